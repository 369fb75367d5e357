import type { PromptSource } from '../contract/prompt.ts';
import type { Draft } from './make-prompts.ts';

/** Two prompts with one id. */
export interface IdClash {
  /** The one whose id can be changed. */
  readonly at: PromptSource;
  readonly other: PromptSource;
  /** Whether the other's id is the one it was given for its position. */
  readonly isAutomatic: boolean;
}

/** Knows every id so far and where it stands, in little memory: a number for each prompt, and the text of given ids. */
export class PromptIds {
  readonly #files: string[] = [];
  readonly #given = new Map<string, number>();
  /** The places of prompts without an id of their own, by position; 0 for the others. */
  readonly #automatic: number[] = [];

  /** Takes note of a prompt's id; says which other prompt has it already. */
  claim({ id, source }: Draft, position: number, hasOwnId: boolean): IdClash | undefined {
    const place = this.#pack(source);
    this.#automatic[position - 1] = hasOwnId ? 0 : place;
    const given = this.#given.get(id);
    if (!hasOwnId) {
      return given === undefined ? undefined : { at: this.#unpack(given), other: source, isAutomatic: true };
    }
    if (given !== undefined) return { at: source, other: this.#unpack(given), isAutomatic: false };
    this.#given.set(id, place);
    const automatic = this.#automatic[Number(/^p([1-9]\d*)$/.exec(id)?.[1] ?? 0) - 1];
    return automatic ? { at: source, other: this.#unpack(automatic), isAutomatic: true } : undefined;
  }

  #pack({ file, line }: PromptSource): number {
    if (this.#files.at(-1) !== file) this.#files.push(file);
    return (this.#files.length - 1) * LINES + line;
  }

  #unpack(place: number): PromptSource {
    return { file: this.#files[Math.floor(place / LINES)] ?? '', line: place % LINES };
  }
}

/** More lines than a file can have. */
const LINES = 2 ** 40;
