import { EventDecoder } from './event-decoder.ts';
import type { StreamLimits } from './read-watched.ts';
import { readWatched } from './read-watched.ts';

/**
 * The events of a streamed response, read like `readWatched` does. The `openai` package makes the request and judges the
 * response; its stream, which gives the same, takes several times as long for it.
 */
export async function* readEvents<T>(
  open: (signal: AbortSignal) => Promise<Response>,
  caller: AbortSignal,
  limits: StreamLimits,
): AsyncGenerator<T, void, void> {
  const openEvents = async (signal: AbortSignal) => eventsOf(await open(signal));
  for await (const events of readWatched(openEvents, caller, limits)) {
    for (const event of events as readonly T[]) yield event;
  }
}

/** The events of a response, as many at once as came at once. */
async function* eventsOf({ body, headers }: Response): AsyncGenerator<readonly unknown[], void, void> {
  const decoder = new EventDecoder(headers);
  const reader = body?.getReader();
  for (let chunk = await reader?.read(); chunk && !chunk.done; chunk = await reader?.read()) {
    const events = decoder.push(chunk.value);
    if (events.length > 0) yield events;
    if (!decoder.isOver) continue;
    await reader?.cancel();
    return;
  }
  const last = decoder.end();
  if (last.length > 0) yield last;
}
