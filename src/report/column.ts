import { showText } from './show-text.ts';
import { padEnd, textWidth } from './text-width.ts';

/** How wide a column is, in terminal columns, and how it cuts what does not fit. */
interface ColumnOptions {
  readonly least: number;
  readonly most: number;
  readonly cut: (text: string, width: number) => string;
}

/** How many texts a column remembers: the same ones come again and again, and measuring takes longer than looking up. */
const REMEMBERED = 1000;

/** A column of texts from anywhere: it starts narrow, grows to what has to stand in it, and never shrinks. */
export class Column {
  readonly #most: number;
  readonly #cut: ColumnOptions['cut'];
  readonly #cells = new Map<string, string>();
  #width: number;

  constructor({ least, most, cut }: ColumnOptions) {
    this.#width = least;
    this.#most = most;
    this.#cut = cut;
  }

  get width(): number {
    return this.#width;
  }

  /** Makes room for a text before it is needed. */
  fit(text: string): void {
    if (this.#width < this.#most && !this.#cells.has(text)) this.#grow(Math.min(this.#most, textWidth(showText(text))));
  }

  /** The text made safe, cut and filled up to the column's width, for which it grows if it may. */
  cell(text: string): string {
    this.fit(text);
    const known = this.#cells.get(text);
    if (known !== undefined) return known;
    const cell = padEnd(this.#cut(showText(text), this.#width), this.#width);
    if (this.#cells.size >= REMEMBERED) this.#cells.clear();
    this.#cells.set(text, cell);
    return cell;
  }

  #grow(width: number): void {
    if (width <= this.#width) return;
    this.#width = width;
    this.#cells.clear();
  }
}
