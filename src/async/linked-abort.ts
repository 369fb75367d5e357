import { onAbort } from './on-abort.ts';

/** Aborts with a wider signal or by itself, at a fraction of what `AbortSignal.any` costs. */
export interface LinkedAbort {
  readonly signal: AbortSignal;
  abort(reason: Error): void;
  /** Forgets the wider signal: nothing listens to it any more. */
  unlink(): void;
}

/** Makes an abort that comes with the signal's, with its reason, unless it is unlinked before. */
export function linkedAbort(signal: AbortSignal): LinkedAbort {
  const own = new AbortController();
  if (signal.aborted) own.abort(signal.reason);
  const unlink = onAbort(signal, () => own.abort(signal.reason));
  return { signal: own.signal, abort: (reason) => own.abort(reason), unlink };
}
