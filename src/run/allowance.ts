import { onAbort } from '../async/on-abort.ts';
import { WaitingLine } from '../async/waiting-line.ts';

/** An amount of each thing that is limited. Costs are whole billionths of a dollar, so that sums of them are exact. */
export interface Amount {
  readonly tokens: number;
  readonly nanoUsd: number;
}

/** What may be used; without a limit, any amount. */
export type AmountLimits = { readonly [Kind in keyof Amount]?: number | undefined };

/** What was set aside: to be given back once, with what was used of it. Returns whether it was the first time. */
export type GiveBack = (used: Amount) => boolean;

export const NOTHING: Amount = { tokens: 0, nanoUsd: 0 };

export const NANO = 1e9;

/** What tokens and what they cost come to. */
export function amountOf(
  { inputTokens, outputTokens }: { readonly inputTokens: number; readonly outputTokens: number },
  costUsd = 0,
): Amount {
  const tokens = inputTokens + outputTokens;
  // A server may send what is no number, which must not spoil the sum.
  return { tokens: tokens > 0 ? tokens : 0, nanoUsd: Math.ceil(costUsd * NANO) };
}

interface Waiter {
  readonly need: Amount;
  readonly answer: (answer: GiveBack | 'exceeded') => void;
  readonly leave: () => void;
}

/**
 * An amount that many use up together. What was used, what is set aside and what is asked for stay within the limits, so
 * that these are never passed unless somebody uses more than was set aside.
 */
export class Allowance {
  readonly #limits: AmountLimits;
  readonly #line = new WaitingLine<Waiter>();
  #used = NOTHING;
  #reserved = NOTHING;
  #isClosed = false;

  constructor(limits: AmountLimits) {
    this.#limits = limits;
  }

  get used(): Amount {
    return this.#used;
  }

  get reserved(): Amount {
    return this.#reserved;
  }

  /** Whether somebody waits for others to give back. */
  get isAwaited(): boolean {
    return this.#line.first !== undefined;
  }

  /** What was not used by now; endless where there is no limit. */
  get left(): Amount {
    const { tokens = Number.POSITIVE_INFINITY, nanoUsd = Number.POSITIVE_INFINITY } = this.#limits;
    return plus({ tokens, nanoUsd }, minus(this.#used));
  }

  /** What is left of that when all use up what they have set aside. */
  get free(): Amount {
    return plus(this.left, minus(this.#reserved));
  }

  /**
   * Sets an amount aside. Where only what others have set aside is in the way, waits for them behind those who came
   * before. Rejects with the reason of a signal that fires while it waits.
   */
  async take(need: Amount, signals: readonly AbortSignal[]): Promise<GiveBack | 'exceeded'> {
    for (const signal of signals) signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<GiveBack | 'exceeded'>();
    const waiter: Waiter = { need, answer: resolve, leave: () => leave() };
    const leave = this.#line.join(waiter);
    const unwatch = signals.map((signal) =>
      onAbort(signal, () => {
        leave();
        reject(signal.reason);
        this.#serve();
      }),
    );
    this.#serve();
    try {
      return await promise;
    } finally {
      for (const stop of unwatch) stop();
    }
  }

  /** Counts what was used without having been set aside. */
  charge(used: Amount): void {
    this.#used = plus(this.#used, used);
    this.#serve();
  }

  /** Grants nothing from now on, not even to those who wait already. */
  close(): void {
    this.#isClosed = true;
    this.#serve();
  }

  /** The limit that `need` would pass even if everything that is set aside came back unused. */
  limitPassedBy(need: Amount): keyof Amount | undefined {
    return this.#passed(plus(this.#used, need));
  }

  /** Answers those who wait, in order, up to the first who has to wait for others to give back. */
  #serve(): void {
    for (let waiter = this.#line.first; waiter; waiter = this.#line.first) {
      const { need, answer, leave } = waiter;
      if (this.#isClosed || this.limitPassedBy(need) !== undefined) {
        leave();
        answer('exceeded');
      } else if (this.#passed(plus(plus(this.#used, this.#reserved), need)) === undefined) {
        leave();
        answer(this.#reserve(need));
      } else return;
    }
  }

  #reserve(amount: Amount): GiveBack {
    this.#reserved = plus(this.#reserved, amount);
    let isGiven = false;
    return (used) => {
      if (isGiven) return false;
      isGiven = true;
      this.#reserved = plus(this.#reserved, minus(amount));
      this.charge(used);
      return true;
    };
  }

  #passed({ tokens, nanoUsd }: Amount): keyof Amount | undefined {
    if (nanoUsd > (this.#limits.nanoUsd ?? Number.POSITIVE_INFINITY)) return 'nanoUsd';
    if (tokens > (this.#limits.tokens ?? Number.POSITIVE_INFINITY)) return 'tokens';
    return undefined;
  }
}

function minus({ tokens, nanoUsd }: Amount): Amount {
  return { tokens: -tokens, nanoUsd: -nanoUsd };
}

function plus(one: Amount, other: Amount): Amount {
  return { tokens: one.tokens + other.tokens, nanoUsd: one.nanoUsd + other.nanoUsd };
}
