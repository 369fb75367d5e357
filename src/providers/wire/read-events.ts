import { EventDecoder } from './event-decoder.ts';
import { notAStream } from './event-lines.ts';
import type { StreamLimits } from './read-watched.ts';
import { readWatched } from './read-watched.ts';

/**
 * The events of a streamed response, as many at once as came at once, read like `readWatched` does; those with `useless`
 * names are left out. The `openai` package's stream gives the same, and takes several times as long for it.
 */
export function readEvents<T>(
  open: (signal: AbortSignal) => Promise<Response>,
  caller: AbortSignal,
  limits: StreamLimits,
  useless?: RegExp,
): AsyncGenerator<readonly T[], void, void> {
  return readWatched(async (signal) => eventsOf<T>(await open(signal), useless), caller, limits);
}

async function* eventsOf<T>({ body, headers }: Response, useless?: RegExp): AsyncGenerator<readonly T[], void, void> {
  const decoder = new EventDecoder(headers, useless);
  const reader = body?.getReader();
  for (let chunk = await reader?.read(); chunk && !chunk.done; chunk = await reader?.read()) {
    // None at all is a sign of life, too.
    yield decoder.push(chunk.value) as readonly T[];
    if (!decoder.isOver) continue;
    await reader?.cancel();
    return;
  }
  const last = decoder.end();
  if (last.length > 0) yield last as readonly T[];
  const otherwise = decoder.isStream ? undefined : notAStream(headers);
  if (otherwise) throw otherwise;
}
