import { createContext, Script } from 'node:vm';

const SCRIPT = new Script('new RegExp(source, flags).test(text)');
let context: { source: string; flags: string; text: string } | undefined;

/**
 * Whether an expression is found in a text; `late` if that could not be told within `ms`. Expressions that somebody wrote
 * can take for ever on texts that somebody else wrote, and hold up everything.
 */
export function foundWithin(
  ms: number,
  { source, flags }: { readonly source: string; readonly flags: string },
  text: string,
): boolean | 'late' {
  context ??= createContext({ source, flags, text }) as NonNullable<typeof context>;
  Object.assign(context, { source, flags, text });
  try {
    return SCRIPT.runInContext(context, { timeout: ms }) === true;
  } catch (error) {
    // What is no expression is found nowhere. Errors from there are no instances of the `Error` here.
    return (error as { readonly code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT' ? 'late' : false;
  } finally {
    context.text = '';
  }
}
