import type { ConversationRow } from '../conversation-row.ts';
import type { ModePicture } from '../mode-picture.ts';
import { showTime } from '../show-time.ts';
import { button, element, replaceChildren } from './dom.ts';
import type { Told } from './tooltip.ts';
import { tellModel, tellRow, tellTool } from './words.ts';

const MOST_STEPS = 300;

/** What one conversation said and did, in a panel beside the page. */
export class Details {
  readonly node = element('aside', { class: 'details', attributes: { hidden: '', 'aria-label': 'Conversation' } });
  #before: Element | null = null;

  constructor() {
    this.node.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.close();
    });
  }

  get isOpen(): boolean {
    return !this.node.hidden;
  }

  open(row: ConversationRow, picture: ModePicture): void {
    if (!this.isOpen) this.#before = document.activeElement;
    const { spans } = row;
    const texts = picture.texts.get(spans.seq);
    const told = tellRow(row);
    const close = button('Close', () => this.close(), { title: 'Esc' });
    replaceChildren(
      this.node,
      element('header', {}, element('h2', {}, told.title), close),
      ...told.lines.map((line) => element('p', { class: 'muted' }, line)),
      ...section('Prompt', texts?.prompt),
      ...section('Answer', texts?.answer),
      element('h3', {}, 'Step by step'),
      ...stepsOf(row, picture),
    );
    this.node.hidden = false;
    this.node.scrollTop = 0;
    close.focus({ preventScroll: true });
  }

  close(): void {
    if (!this.isOpen) return;
    this.node.hidden = true;
    if (this.#before instanceof HTMLElement) this.#before.focus({ preventScroll: true });
  }
}

function section(title: string, text: string | undefined): readonly Node[] {
  if (!text) return [];
  return [element('h3', {}, title), element('div', { class: 'said' }, text)];
}

function stepsOf({ spans }: ConversationRow, { calls }: ModePicture): readonly Node[] {
  const { models, tools, handoffs, tasks, startMs } = spans;
  const steps: { readonly atMs: number; readonly kind: string; readonly told: Told }[] = [
    ...models.map((span) => ({ atMs: span.startMs, kind: span.failure ? 'fail' : 'model', told: tellModel(span) })),
    ...tools.map((span) => {
      return { atMs: span.startMs, kind: span.failure ? 'fail' : 'tool', told: tellTool(span, calls.get(span.seq)) };
    }),
    ...handoffs.map(({ atMs, from, to, failed }) => {
      return {
        atMs,
        kind: 'handoff',
        told: { title: `handoff ${from} → ${to}${failed ? ' ✕ refused' : ''}`, lines: [] },
      };
    }),
    ...tasks.map(({ startMs: atMs, endMs, task, what }) => {
      return {
        atMs,
        kind: 'task',
        told: { title: `background task ${task}: ${what}  ${showTime(endMs - atMs)}`, lines: [] },
      };
    }),
  ].sort((one, other) => one.atMs - other.atMs);
  const shown = steps
    .slice(0, MOST_STEPS)
    .map(({ atMs, kind, told }) =>
      element(
        'li',
        { class: kind },
        element('span', { class: 'number muted' }, `+${showTime(atMs - startMs)}`),
        element('div', {}, element('strong', {}, told.title), ...told.lines.map((line) => element('div', {}, line))),
      ),
    );
  const left = steps.length - shown.length;
  return [
    element('ol', { class: 'steps' }, ...shown),
    ...(left > 0 ? [element('p', { class: 'muted' }, `and ${left} more, in the journal`)] : []),
  ];
}
