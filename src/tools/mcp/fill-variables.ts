/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

/**
 * A text with `${NAME}` replaced by the variable's value and `${NAME:-default}` by the default if it is not set or
 * empty; beside it the names that are not set and have no default.
 */
export function fillVariables(
  text: string,
  environment: Environment,
): { readonly filled: string; readonly missing: readonly string[] } {
  const missing: string[] = [];
  const filled = text.replaceAll(VARIABLE, (_match, name: string, fallback: string | undefined) => {
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (fallback !== undefined) return value || fallback;
    if (value === undefined) missing.push(name);
    return value ?? '';
  });
  return { filled, missing };
}
