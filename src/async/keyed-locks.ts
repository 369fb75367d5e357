import { onAbort } from './on-abort.ts';
import { WaitingLine } from './waiting-line.ts';

/** A lock that is wanted: equal names are the same lock. */
export interface LockRequest {
  readonly name: string;
  readonly mode: 'shared' | 'exclusive';
}

/** Locks by name, each held by one exclusively or by any number that share it. */
export class KeyedLocks {
  readonly #doors = new Map<string, Door>();

  /**
   * Takes all the locks at once, or none, and resolves with the function that gives them back (again: does nothing).
   * First come, first served per name: no request overtakes an earlier one that it conflicts with, and requests for
   * other names pass freely. Rejects with the signal's reason if it fires while waiting.
   */
  acquire(requests: readonly LockRequest[], signal: AbortSignal): Promise<() => void> {
    const modes = modesByName(requests);
    if (modes.size === 0) return Promise.resolve(() => {});
    if (signal.aborted) return Promise.reject(signal.reason);
    const { promise, resolve, reject } = Promise.withResolvers<() => void>();
    let missing = modes.size;
    let stopListening = () => {};
    const leaves: (() => void)[] = [];
    const release = () => {
      for (const leave of leaves.splice(0)) leave();
    };
    const admit = () => {
      missing -= 1;
      if (missing > 0) return;
      stopListening();
      resolve(release);
    };
    for (const [name, mode] of modes) leaves.push(this.#enter(name, { mode, admit }));
    if (missing > 0) {
      stopListening = onAbort(signal, () => {
        release();
        reject(signal.reason);
      });
    }
    return promise;
  }

  #enter(name: string, guest: Guest): () => void {
    const door = this.#doors.get(name) ?? new Door();
    this.#doors.set(name, door);
    const leave = door.enter(guest);
    return () => {
      leave();
      if (door.isDeserted) this.#doors.delete(name);
    };
  }
}

interface Guest {
  readonly mode: LockRequest['mode'];
  /** Told once, when nobody before this guest is in its way any more: nobody after it will be, either. */
  readonly admit: () => void;
}

/**
 * Who wants one lock, in order of arrival. To be admitted is to be next, not yet to hold: a request holds its locks from
 * the moment when it is admitted at all its doors. The longest-waiting request is thus kept waiting by holders alone,
 * which is why there is no deadlock.
 */
class Door {
  readonly #waiting = new WaitingLine<Guest>();
  #admitted = 0;
  #admittedMode: LockRequest['mode'] = 'shared';

  get isDeserted(): boolean {
    // Where nobody is admitted nobody waits.
    return this.#admitted === 0;
  }

  /** Stands in line for the lock. The returned function, which may be called once, leaves the line or gives back the lock. */
  enter({ mode, admit }: Guest): () => void {
    let isAdmitted = false;
    const leaveLine = this.#waiting.join({
      mode,
      admit: () => {
        leaveLine();
        isAdmitted = true;
        admit();
      },
    });
    this.#admitNext();
    return () => {
      if (isAdmitted) this.#admitted -= 1;
      else leaveLine();
      this.#admitNext();
    };
  }

  #admitNext(): void {
    for (let next = this.#waiting.first; next && this.#mayJoin(next.mode); next = this.#waiting.first) {
      this.#admitted += 1;
      this.#admittedMode = next.mode;
      next.admit();
    }
  }

  #mayJoin(mode: LockRequest['mode']): boolean {
    return this.#admitted === 0 || (mode === 'shared' && this.#admittedMode === 'shared');
  }
}

function modesByName(requests: readonly LockRequest[]): ReadonlyMap<string, LockRequest['mode']> {
  const modes = new Map<string, LockRequest['mode']>();
  for (const { name, mode } of requests) {
    if (modes.get(name) !== 'exclusive') modes.set(name, mode);
  }
  return modes;
}
