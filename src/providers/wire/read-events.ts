import type { EventNames } from './event-decoder.ts';
import { EventDecoder } from './event-decoder.ts';
import { notAStream } from './event-lines.ts';
import type { StreamLimits } from './stream-watch.ts';
import { StreamWatch } from './stream-watch.ts';

/**
 * The events of a streamed response, as many at once as came at once, read like `readWatched` does, but for those
 * that `names` calls useless. The `openai` package's stream gives the same, and takes several times as long for it.
 */
export async function* readEvents<T>(
  open: (signal: AbortSignal) => Promise<Response>,
  caller: AbortSignal,
  limits: StreamLimits,
  names?: EventNames,
): AsyncGenerator<readonly T[], void, void> {
  const watch = new StreamWatch(caller, limits);
  try {
    const { body, headers } = await open(watch.signal);
    watch.begun();
    const decoder = new EventDecoder(headers, names);
    const reader = body?.getReader();
    for (let chunk = await reader?.read(); chunk && !chunk.done; chunk = await reader?.read()) {
      watch.pause();
      const events = decoder.push(chunk.value);
      if (events.length > 0) yield events as readonly T[];
      if (decoder.isOver) {
        await reader?.cancel();
        watch.end();
        return;
      }
      watch.resume();
    }
    const last = decoder.end();
    if (last.length > 0) yield last as readonly T[];
    const otherwise = decoder.isStream ? undefined : notAStream(headers);
    if (otherwise) throw otherwise;
    watch.end();
  } catch (error) {
    throw watch.stopped ?? error;
  } finally {
    watch.close();
  }
}
