/** The streams themselves, whatever users' code finds in their place. */
export const { stdout, stderr } = process;

/**
 * Lets a terminal that shows nothing for a while (after Ctrl-S, say) hold up what is written to it and nothing else:
 * writes to terminals block the whole program otherwise. Lets a closed standard error be no error.
 */
export function prepareStandardStreams(): void {
  stderr.on('error', () => {});
  for (const stream of [stdout, stderr]) {
    if (process.platform !== 'win32' && stream.isTTY) handleOf(stream)?.setBlocking?.(false);
  }
}

/** What was written to the stream and has not left the process, in bytes: it shrinks with all that a reader takes. */
export function unwrittenBytes(stream: NodeJS.WriteStream): number {
  return stream.writableLength + (handleOf(stream)?.writeQueueSize ?? 0);
}

/** What Node has beneath a terminal or a pipe; there is no other way to either of these. A file has none. */
interface Handle {
  setBlocking?(blocking: boolean): number;
  readonly writeQueueSize?: number;
}

function handleOf(stream: NodeJS.WriteStream): Handle | undefined {
  return (stream as { readonly _handle?: Handle })._handle;
}
