import { showCount } from '../../show-number.ts';
import { button, element, replaceChildren } from './dom.ts';

/** A column of a table: with a `value` it can be sorted by, the largest first. */
export interface Column<Row> {
  readonly label: string;
  readonly title?: string;
  readonly text: (row: Row) => string;
  readonly value?: (row: Row) => number;
  readonly isText?: boolean;
  readonly class?: (row: Row) => string;
}

const FEW_COLUMNS = 6;
const FIRST_ROWS = 50;
const MORE_ROWS = 500;

/** A table that sorts by a click on a head, and shows the first rows until more are asked for. */
export class SortedTable<Row> {
  readonly node: HTMLElement;
  readonly #columns: readonly Column<Row>[];
  readonly #onOpen: ((row: Row) => void) | undefined;
  readonly #isSortable: boolean;
  #rows: readonly Row[] = [];
  #sorted: { readonly column: Column<Row>; readonly isDown: boolean } | undefined;
  #shown = FIRST_ROWS;

  constructor(
    columns: readonly Column<Row>[],
    { onOpen, isSorted = true }: { readonly onOpen?: (row: Row) => void; readonly isSorted?: boolean } = {},
  ) {
    // A few columns far apart are hard to read along.
    this.node = element('div', { class: columns.length < FEW_COLUMNS ? 'table narrow' : 'table' });
    this.#columns = columns;
    this.#onOpen = onOpen;
    this.#isSortable = isSorted;
  }

  show(rows: readonly Row[]): void {
    this.#rows = rows;
    this.#draw();
  }

  #draw(): void {
    const rows = this.#inOrder();
    const left = rows.length - this.#shown;
    const more = Math.min(left, MORE_ROWS);
    replaceChildren(
      this.node,
      element(
        'table',
        {},
        element('thead', {}, element('tr', {}, ...this.#columns.map((column) => this.#head(column)))),
        element('tbody', {}, ...rows.slice(0, this.#shown).map((row) => this.#row(row))),
      ),
      left > 0
        ? button(`Show ${showCount(more)} more of ${showCount(rows.length)}`, () => {
            this.#shown += MORE_ROWS;
            this.#draw();
          })
        : undefined,
    );
  }

  #inOrder(): readonly Row[] {
    const { column, isDown } = this.#sorted ?? {};
    if (!column) return this.#rows;
    const sign = isDown ? -1 : 1;
    return this.#rows.toSorted((one, other) => {
      const { value, text } = column;
      if (value) return sign * (value(one) - value(other));
      return sign * text(one).localeCompare(text(other), 'en', { numeric: true });
    });
  }

  #head(column: Column<Row>): HTMLElement {
    const kind = column.isText ? 'text' : 'number';
    if (!this.#isSortable) return element('th', { class: kind, attributes: { scope: 'col' } }, column.label);
    const isSorted = this.#sorted?.column === column;
    const isDown = this.#sorted?.isDown ?? false;
    const arrow = isSorted ? (isDown ? ' ↓' : ' ↑') : '';
    return element(
      'th',
      {
        class: kind,
        attributes: { scope: 'col', 'aria-sort': isSorted ? (isDown ? 'descending' : 'ascending') : 'none' },
      },
      button(
        `${column.label}${arrow}`,
        () => {
          const startsDown = column.value !== undefined;
          this.#sorted = { column, isDown: isSorted ? !isDown : startsDown };
          this.#draw();
        },
        { class: 'head', title: column.title ?? `sort by ${column.label}` },
      ),
    );
  }

  #row(row: Row): HTMLElement {
    const onOpen = this.#onOpen;
    const cells = this.#columns.map((column, at) => {
      const kind = `${column.isText ? 'text' : 'number'} ${column.class?.(row) ?? ''}`.trim();
      const text = column.text(row);
      if (at > 0 || !onOpen) return element('td', { class: kind }, text);
      return element(
        'td',
        { class: kind },
        button(text, () => onOpen(row), { class: 'link' }),
      );
    });
    return element('tr', {}, ...cells);
  }
}
