import type { JsonObject } from '../../contract/json.ts';

/** What is wrong with an object that has a field nobody knows. */
export function checkNames(object: JsonObject, known: readonly string[], at: string): string | undefined {
  const unknown = Object.keys(object).find((name) => !known.includes(name));
  if (unknown === undefined) return undefined;
  const place = at === '' ? '' : ` at '${at}'`;
  return `Invalid JSON payload received. Unknown name "${unknown}"${place}: Cannot find field.`;
}
