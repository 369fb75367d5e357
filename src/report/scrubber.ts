import type { JsonValue } from '../contract/json.ts';
import type { Redactor } from './redactor.ts';

/** What keys and organisations of vendors look like, for those that nobody named. */
const SHAPES: readonly (readonly [name: string, shape: RegExp])[] = [
  ['organisation', /\borg-[A-Za-z0-9]{8,}\b/g],
  ['project', /\bproj_[A-Za-z0-9]{8,}\b/g],
  ['key', /\bsk-[A-Za-z0-9_-]{16,}/g],
  ['key', /\bAIza[A-Za-z0-9_-]{35}/g],
];

/** Keeps secrets out of what others may be shown: those that a redactor knows, and whatever looks like a vendor's. */
export class Scrubber {
  readonly #redactor: Redactor;

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  /** The text without secrets. */
  readonly text = (text: string): string =>
    SHAPES.reduce((shown, [name, shape]) => shown.replaceAll(shape, `[${name}]`), this.#redactor.text(text));

  /** The value without secrets in any of its texts and keys. */
  readonly value = (value: JsonValue): JsonValue => {
    if (typeof value === 'string') return this.text(value);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(this.value);
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [this.text(key), this.value(inner)]));
  };

  /** The pieces of one text without secrets. One that is spread over several leaves the whole text in the first. */
  readonly pieces = (pieces: readonly string[]): readonly string[] => {
    const each = pieces.map(this.text);
    const whole = this.text(pieces.join(''));
    return each.join('') === whole ? each : pieces.map((_, index) => (index === 0 ? whole : ''));
  };
}
