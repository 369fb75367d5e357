import { showCount } from '../../show-number.ts';
import type { RowOrder } from '../sort-rows.ts';
import { button, element } from './dom.ts';

/** What a person asks of the timeline. */
export interface ToolbarListener {
  onChange(): void;
  zoom(factor: number): void;
  showAll(): void;
  setCompact(isCompact: boolean): void;
  setPath(showsPath: boolean): void;
  nextFailed(): void;
}

const ORDERS: readonly (readonly [RowOrder, string])[] = [
  ['start', 'by start'],
  ['name', 'by prompt'],
  ['longest', 'longest first'],
  ['failed', 'failed first'],
];

/** Search, order, size and zoom of the timeline. */
export class Toolbar {
  readonly node: HTMLElement;
  readonly #search: HTMLInputElement;
  readonly #found = element('span', { class: 'muted number', attributes: { 'aria-live': 'polite' } });
  readonly #order: HTMLSelectElement;
  readonly #compact: HTMLInputElement;
  readonly #path: HTMLInputElement;
  readonly #failed: HTMLButtonElement;
  #hasChosen = false;

  constructor(listener: ToolbarListener) {
    this.#search = element('input', {
      attributes: { type: 'search', placeholder: 'Search names, texts, tools', title: '/', 'aria-label': 'Search' },
      on: { input: () => listener.onChange() },
    });
    this.#order = element(
      'select',
      { attributes: { 'aria-label': 'Order of the rows' }, on: { change: () => listener.onChange() } },
      ...ORDERS.map(([value, label]) => element('option', { attributes: { value } }, label)),
    );
    this.#compact = checkbox((isChecked) => {
      this.#hasChosen = true;
      listener.setCompact(isChecked);
    });
    this.#path = checkbox((isChecked) => listener.setPath(isChecked));
    this.#failed = button('Next failed', () => listener.nextFailed(), { title: 'f' });
    this.node = element(
      'div',
      { class: 'toolbar' },
      this.#search,
      this.#found,
      this.#order,
      element('label', { title: 'c' }, this.#compact, 'small rows'),
      element('label', { title: 'p: the chain of steps that made the time' }, this.#path, 'critical path'),
      this.#failed,
      element(
        'span',
        { class: 'group' },
        button('−', () => listener.zoom(1 / 1.5), { title: 'zoom out ( − )' }),
        button('+', () => listener.zoom(1.5), { title: 'zoom in ( + )' }),
        button('All', () => listener.showAll(), { title: 'all of it ( 0 )' }),
      ),
      element(
        'span',
        { class: 'muted hint' },
        'In the timeline: Ctrl + wheel zooms, drag pans;  ↑ ↓ select, Enter opens, z zooms to it, 0 shows all',
      ),
    );
  }

  get showsPath(): boolean {
    return this.#path.checked;
  }

  get words(): string {
    return this.#search.value.trim();
  }

  get order(): string {
    return this.#order.value;
  }

  set found(text: string) {
    this.#found.textContent = text;
  }

  /** Whether rows are to be small: as somebody chose, or as was proposed. */
  choosesCompact(proposed: boolean): boolean {
    if (!this.#hasChosen) this.#compact.checked = proposed;
    return this.#compact.checked;
  }

  offerFailed(count: number): void {
    this.#failed.hidden = count === 0;
    this.#failed.textContent = `Next of ${showCount(count)} failed`;
  }

  /** What keys do that the whole page listens to. */
  readonly keys: Readonly<Record<string, () => void>> = {
    '/': () => this.#search.focus(),
    c: () => this.#compact.click(),
    p: () => this.#path.click(),
    f: () => this.#failed.click(),
  };
}

function checkbox(onChange: (isChecked: boolean) => void): HTMLInputElement {
  const made = element('input', { attributes: { type: 'checkbox' } });
  made.addEventListener('change', () => onChange(made.checked));
  return made;
}
