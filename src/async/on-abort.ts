interface Watch {
  readonly callbacks: Set<() => void>;
  readonly listener: () => void;
}

const watches = new WeakMap<AbortSignal, Watch>();

/**
 * Calls back when the signal aborts, unless the returned function is called first. Never calls back for a signal that
 * has aborted already. All that wait on one signal share one listener, since a signal searches its listeners for each
 * that is added or removed.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const watch = watches.get(signal) ?? startWatching(signal);
  // A function of its own, so that the same callback may wait twice.
  const call = () => callback();
  watch.callbacks.add(call);
  return () => {
    if (!watch.callbacks.delete(call) || watch.callbacks.size > 0 || signal.aborted) return;
    watches.delete(signal);
    signal.removeEventListener('abort', watch.listener);
  };
}

function startWatching(signal: AbortSignal): Watch {
  const callbacks = new Set<() => void>();
  const listener = () => {
    watches.delete(signal);
    for (const callback of callbacks) callback();
  };
  const watch = { callbacks, listener };
  watches.set(signal, watch);
  signal.addEventListener('abort', listener, { once: true });
  return watch;
}
