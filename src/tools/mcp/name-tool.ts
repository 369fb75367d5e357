const MAX_LENGTH = 64;

/**
 * A server's tool's name as models are told it: as it is if every vendor accepts it, else with `_` for what they
 * refuse. One that is taken gets the server's name before it, and if that is taken too, a number behind it.
 */
export function nameTool(name: string, server: string, taken: ReadonlySet<string>): string {
  const plain = clean(name);
  if (!taken.has(plain)) return plain;
  const prefixed = clean(`${server}_${name}`);
  if (!taken.has(prefixed)) return prefixed;
  for (let number = 2; ; number++) {
    const ending = `_${number}`;
    const numbered = prefixed.slice(0, MAX_LENGTH - ending.length) + ending;
    if (!taken.has(numbered)) return numbered;
  }
}

function clean(name: string): string {
  const accepted = name.replaceAll(/[^A-Za-z0-9_-]/g, '_');
  return (/^[A-Za-z_]/.test(accepted) ? accepted : `_${accepted}`).slice(0, MAX_LENGTH);
}
