import { onAbort } from '../../async/on-abort.ts';
import type { Clock } from '../../contract/clock.ts';

/** The longest time that timers of the platform can be set to. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Waits until something has ended, the time is up or a signal fires: whichever is first. Never rejects, leaves nothing behind. */
export async function waitUntil(
  ended: Promise<unknown>,
  signals: readonly AbortSignal[],
  limit?: { readonly timeoutMs: number; readonly clock: Clock },
): Promise<void> {
  if (signals.some(({ aborted }) => aborted)) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const giveUp = signals.map((signal) => onAbort(signal, resolve));
  if (limit) giveUp.push(limit.clock.after(Math.min(limit.timeoutMs, MAX_TIMER_MS), resolve));
  ended.then(
    () => resolve(),
    () => resolve(),
  );
  await promise;
  for (const cancel of giveUp) cancel();
}
