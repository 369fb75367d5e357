const exit = process.exit.bind(process);

/** Ends the process at once. */
export function endProcess(exitCode: number): never {
  return exit(exitCode);
}

/**
 * Makes `process.exit` fail for everyone else: in a tool it would end all conversations, and with 0 pass for a run that
 * has succeeded.
 */
export function refuseExit(): void {
  process.exit = (exitCode) => {
    throw new Error(
      `it called process.exit(${exitCode ?? ''}), which would end the whole program. ` +
        "Throw an error instead, or give a tool a process of its own: policy: { isolate: 'process' }.",
    );
  };
}
