/** Something that the person who started the program can mend: shown as its message, without a stack. */
export class UserError extends Error {
  override readonly name = 'UserError';
  /** What the process exits with. */
  readonly exitCode: number;

  /** @param exitCode 2 for the command line and what it names, 65 for bad input, 74 for input and output that failed */
  constructor(message: string, options: { readonly exitCode?: number; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.exitCode = options.exitCode ?? 2;
  }
}

/** What an error of any kind says. */
export function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return 'it threw something that cannot be shown';
  }
}
