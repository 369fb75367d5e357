import { createContext, Script } from 'node:vm';

const SCRIPT = new Script('new RegExp(source, flags).test(text)');
let context: { source: string; flags: string; text: string } | undefined;

interface Expression {
  readonly source: string;
  readonly flags: string;
}

/**
 * Whether an expression is found in a text; `late` if that took more than so much processor time.
 * Expressions that somebody wrote can take for ever on texts that somebody else wrote, and hold up everything.
 */
export function foundWithin(cpuMs: number, expression: Expression, text: string): boolean | 'late' {
  for (let timeoutMs = cpuMs; ; timeoutMs *= 2) {
    const before = processorMs();
    const found = findFor(timeoutMs, expression, text);
    // On a busy machine time passes in which nothing is looked for.
    const hadItsTime = processorMs() - before >= cpuMs / 2 || timeoutMs > LONGEST_MS;
    if (found !== 'late' || hadItsTime) return found;
  }
}

const LONGEST_MS = 5000;

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function findFor(timeout: number, { source, flags }: Expression, text: string): boolean | 'late' {
  context ??= createContext({ source, flags, text }) as NonNullable<typeof context>;
  Object.assign(context, { source, flags, text });
  try {
    return SCRIPT.runInContext(context, { timeout }) === true;
  } catch (error) {
    // What is no expression is found nowhere. Errors from there are no instances of the `Error` here.
    return (error as { readonly code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT' ? 'late' : false;
  } finally {
    context.text = '';
  }
}
