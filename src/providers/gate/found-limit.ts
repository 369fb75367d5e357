import { AdaptiveLimit } from '../../async/adaptive-limit.ts';

/** A change of the limit. `start`: the first attempt. `headers`: the server says that there is room. */
export interface LimitChange {
  /** `provider/name`. */
  readonly model: string;
  /** Requests at once. */
  readonly limit: number;
  readonly reason: 'start' | 'growth' | 'rate_limited' | 'headers';
}

/** What a limit is found for, and who hears of it. */
export interface FoundLimitOptions {
  /** `provider/name`. */
  readonly modelId: string;
  /** Whether to find out how many requests at once the provider takes; without it there may be any number. */
  readonly adaptive: boolean;
  readonly onLimit?: (change: LimitChange) => void;
}

/** Requests at once to begin with. */
const FIRST_LIMIT = 8;

/** How many requests at once a provider takes, found out by trying: an `AdaptiveLimit` that tells of each change. */
export class FoundLimit {
  readonly #options: FoundLimitOptions;
  readonly #limit = new AdaptiveLimit(FIRST_LIMIT);
  #isNew = true;
  #told: number | undefined;

  constructor(options: FoundLimitOptions) {
    this.#options = options;
  }

  /** Whether one more than `running` would be too many. */
  isReached(running: number): boolean {
    return this.#options.adaptive && running >= this.#limit.value;
  }

  /** An attempt starts. Gives its number, which tells what its refusal means. */
  start(): number {
    if (this.#isNew) this.#tell('start');
    this.#isNew = false;
    return this.#limit.start();
  }

  /** An attempt succeeded while `running` ran, itself included. */
  succeeded(running: number): void {
    if (this.#limit.succeeded(running)) this.#tell('growth');
  }

  /** An attempt failed for a reason that has nothing to do with how many there are. */
  failed(): void {
    this.#limit.failed();
  }

  /** The attempt of that number was one too many of `running`, itself included. Returns whether that is news. */
  refused(number: number, running: number): boolean {
    const isNews = this.#limit.refused(number, running);
    if (isNews) this.#tell('rate_limited');
    return isNews;
  }

  /** The server says that there is room for so many. */
  offer(room: number): void {
    if (this.#limit.offer(room)) this.#tell('headers');
  }

  #tell(reason: LimitChange['reason']): void {
    const { adaptive, modelId, onLimit } = this.#options;
    const { value: limit } = this.#limit;
    if (!adaptive || limit === this.#told) return;
    this.#told = limit;
    onLimit?.({ model: modelId, limit, reason });
  }
}
