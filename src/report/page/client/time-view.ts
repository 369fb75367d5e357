/** The part of time that is shown. Several drawings may share one. */
export class TimeView {
  #wholeFromMs: number;
  #wholeToMs: number;
  #fromMs: number;
  #toMs: number;
  readonly #listeners = new Set<() => void>();

  constructor(fromMs: number, toMs: number) {
    this.#wholeFromMs = fromMs;
    this.#wholeToMs = Math.max(toMs, fromMs + LEAST_MS);
    this.#fromMs = this.#wholeFromMs;
    this.#toMs = this.#wholeToMs;
  }

  get fromMs(): number {
    return this.#fromMs;
  }

  get toMs(): number {
    return this.#toMs;
  }

  get isWhole(): boolean {
    return this.#fromMs <= this.#wholeFromMs && this.#toMs >= this.#wholeToMs;
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** There is more time than before; who sees all of it goes on to see all of it. */
  extend(toMs: number): void {
    if (toMs <= this.#wholeToMs) return;
    const seesAll = this.isWhole;
    this.#wholeToMs = toMs;
    if (seesAll) this.showAll();
  }

  showAll(): void {
    this.#show(this.#wholeFromMs, this.#wholeToMs);
  }

  /** Shows that part with some room around it. */
  showPart(fromMs: number, toMs: number): void {
    const marginMs = Math.max((toMs - fromMs) * 0.05, LEAST_MS / 2);
    this.#show(fromMs - marginMs, toMs + marginMs);
  }

  /** By a factor; what is at `share` of the width stays there. */
  zoom(factor: number, share = 0.5): void {
    const lengthMs = this.#toMs - this.#fromMs;
    const aroundMs = this.#fromMs + lengthMs * share;
    const zoomedMs = Math.max(LEAST_MS, lengthMs / factor);
    this.#show(aroundMs - zoomedMs * share, aroundMs + zoomedMs * (1 - share));
  }

  /** By so much of what is shown. */
  pan(share: number): void {
    const lengthMs = this.#toMs - this.#fromMs;
    this.#show(this.#fromMs + lengthMs * share, this.#toMs + lengthMs * share);
  }

  #show(fromMs: number, toMs: number): void {
    const lengthMs = Math.min(toMs - fromMs, this.#wholeToMs - this.#wholeFromMs);
    const firstMs = Math.min(Math.max(fromMs, this.#wholeFromMs), this.#wholeToMs - lengthMs);
    this.#fromMs = firstMs;
    this.#toMs = firstMs + lengthMs;
    for (const listener of this.#listeners) listener();
  }
}

/** The least that can be shown: a tenth of a millisecond. */
const LEAST_MS = 0.1;
