import type { Usage } from '../contract/model.ts';
import { mostOutputTokens } from './request-size.ts';

/** How many tokens of output to allow a response. */
export interface OutputRange {
  /** With less it would hardly come to an end. */
  readonly least: number;
  /** Enough for whatever the model usually writes. */
  readonly ample: number;
  /** More than that it cannot write, or is not expected to. */
  readonly most: number;
}

/** Responses of a model together. */
interface Responses {
  readonly responses: number;
  readonly outputTokens: number;
  /** Of the longest one. */
  readonly longestOutputTokens: number;
}

/** A request is counted as this much larger than it seems, so that the vendor hardly ever counts more. */
const MARGIN = 4 / 3;
/** In smaller requests most of the error is what the vendor adds, which does not grow with their size. */
const SMALL_INPUT = 1000;
const LEAST_OUTPUT = 1024;
/** Ample for a model that little is known of, and for one that has written many responses. */
const AMPLE_OUTPUT = 8192;
const AMPLE_OUTPUT_KNOWN = 2048;
const MANY_RESPONSES = 16;
/** How many times as long as the longest response so far another one may become. */
const LONGER = 4;
/** How much of its maximum a response has at least that was cut off there: not all vendors count alike. */
const NEARLY = 0.9;

/** What a run finds out about one model: how far estimates of its input are off, and how much it writes. */
export class ModelHabits {
  readonly #mostPossible: number | undefined;
  #ratio = 1;
  #extra = 0;
  #responses = 0;
  #outputTokens = 0;
  #longest = 0;
  #ignoresMaximum = false;

  /** @param modelId `provider/name` */
  constructor(modelId: string) {
    this.#mostPossible = mostOutputTokens(modelId);
  }

  /** The average output of the responses so far. */
  get usualOutput(): number {
    return this.#responses === 0 ? 0 : Math.ceil(this.#outputTokens / this.#responses);
  }

  /** What a response is assumed to have whose end is never heard of: as much as the longest so far, or else a guess. */
  get unheardOutput(): number {
    return this.#longest || AMPLE_OUTPUT_KNOWN;
  }

  get output(): OutputRange {
    const expected = LONGER * this.#longest;
    const most = this.#mostPossible ?? Math.max(AMPLE_OUTPUT, expected);
    const ample = Math.min(
      most,
      Math.max(this.#responses < MANY_RESPONSES ? AMPLE_OUTPUT : AMPLE_OUTPUT_KNOWN, expected),
    );
    const least = this.#ignoresMaximum ? ample : Math.min(ample, Math.max(LEAST_OUTPUT, this.usualOutput));
    return { least, ample, most };
  }

  likelyInput(estimated: number): number {
    return Math.ceil(estimated * this.#ratio + this.#extra);
  }

  mostInput(estimated: number): number {
    return Math.ceil(this.likelyInput(estimated) * MARGIN);
  }

  /** Takes note of a response to a request whose input was estimated, if it was, and of the maximum that it was given. */
  learn(
    { inputTokens, outputTokens }: Usage,
    estimated: number | undefined,
    maxOutputTokens: number | undefined,
  ): void {
    if (outputTokens > 0) this.recall({ responses: 1, outputTokens, longestOutputTokens: outputTokens });
    if (maxOutputTokens !== undefined && outputTokens > maxOutputTokens) this.#ignoresMaximum = true;
    if (estimated === undefined || !(inputTokens > this.likelyInput(estimated))) return;
    if (estimated < SMALL_INPUT) this.#extra = Math.max(this.#extra, inputTokens - estimated * this.#ratio);
    else this.#ratio = (inputTokens - this.#extra) / estimated;
  }

  recall({ responses, outputTokens, longestOutputTokens }: Responses): void {
    this.#responses += responses;
    this.#outputTokens += outputTokens;
    this.#longest = Math.max(this.#longest, longestOutputTokens);
  }

  /** Whether it was the maximum it was given that cut a response off, and not one of the model or of its server. */
  wasCutOffAt(maxOutputTokens: number, { outputTokens }: Usage): boolean {
    if (this.#mostPossible !== undefined && maxOutputTokens >= this.#mostPossible) return false;
    return outputTokens === 0 || outputTokens >= maxOutputTokens * NEARLY;
  }
}
