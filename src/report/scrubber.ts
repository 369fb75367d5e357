import { isList, isObject } from '../contract/json.ts';
import type { Redactor } from './redactor.ts';

/** What keys and organisations of vendors look like, for those that nobody named. */
const SHAPES: readonly (readonly [name: string, shape: RegExp])[] = [
  ['organisation', /(?<![A-Za-z0-9])org-(?=[A-Za-z]*\d)[A-Za-z0-9]{16,}/g],
  ['project', /(?<![A-Za-z0-9])proj_(?=[A-Za-z]*\d)[A-Za-z0-9]{16,}/g],
  ['key', /(?<![A-Za-z0-9])sk-(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{20,}/g],
  ['key', /AIza[A-Za-z0-9_-]{35}/g],
];

/** Most texts have none of them. */
const ANY_SHAPE = /org-|proj_|sk-|AIza/;

/** Keeps secrets out of what others may be shown: those that a redactor knows, and whatever looks like a vendor's. */
export class Scrubber {
  readonly #redactor: Redactor;

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  /** The text without secrets. */
  readonly text = (text: string): string => {
    const redacted = this.#redactor.text(text);
    if (!ANY_SHAPE.test(redacted)) return redacted;
    return SHAPES.reduce((shown, [name, shape]) => shown.replaceAll(shape, `[${name}]`), redacted);
  };

  /** A value of JSON without secrets in any of its texts and keys. */
  readonly value = <T>(value: T): T => this.#scrubbed(value) as T;

  /** The pieces of one text without secrets. One that is spread over several leaves the whole text in the first. */
  readonly pieces = (pieces: readonly string[]): readonly string[] => {
    const joined = pieces.join('');
    const whole = this.text(joined);
    // Joined, one may look like the end of a longer word.
    if (whole === joined && !ANY_SHAPE.test(joined)) return pieces;
    const each = pieces.map(this.text);
    return each.join('') === whole ? each : pieces.map((_, index) => (index === 0 ? whole : ''));
  };

  #scrubbed(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value);
    if (isList(value)) return value.map((item) => this.#scrubbed(item));
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [this.text(key), this.#scrubbed(inner)]));
  }
}
