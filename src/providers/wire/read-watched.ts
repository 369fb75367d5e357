import type { StreamLimits } from './stream-watch.ts';
import { StreamWatch } from './stream-watch.ts';

/**
 * Reads a stream to its end, whatever the library under it makes of aborts and silence: throws a `ModelError` `aborted`
 * when `caller` fires and `idle` when the server falls silent. Leaving early aborts the request.
 */
export async function* readWatched<T>(
  open: (signal: AbortSignal) => Promise<AsyncIterable<T>>,
  caller: AbortSignal,
  limits: StreamLimits,
): AsyncGenerator<T, void, void> {
  const watch = new StreamWatch(caller, limits);
  try {
    const stream = await open(watch.signal);
    watch.begun();
    for await (const event of stream) {
      watch.pause();
      yield event;
      watch.resume();
    }
    watch.end();
  } catch (error) {
    throw watch.stopped ?? error;
  } finally {
    watch.close();
  }
}
