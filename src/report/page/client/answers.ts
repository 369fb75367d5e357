import { showMissed } from '../../show-missed.ts';
import { showCount } from '../../show-number.ts';
import { fateOf } from '../../spans/fate.ts';
import type { ConversationRow } from '../conversation-row.ts';
import type { ModePicture } from '../mode-picture.ts';
import { button, element, replaceChildren } from './dom.ts';

const FIRST_ANSWERS = 20;
const MORE_ANSWERS = 100;

/** The answers of the prompts' conversations in the order of the prompts, more of them when asked for. */
export class Answers {
  readonly node = element('div', { class: 'answers' });
  #shown = FIRST_ANSWERS;

  show(picture: ModePicture, rows: readonly ConversationRow[]): void {
    const own = rows.filter(({ depth }) => depth === 0).toSorted((a, b) => a.spans.index - b.spans.index);
    const left = own.length - this.#shown;
    replaceChildren(
      this.node,
      ...own.slice(0, this.#shown).map((row) => answerNode(row, picture)),
      left > 0
        ? button(`Show ${showCount(Math.min(left, MORE_ANSWERS))} more of ${showCount(own.length)}`, () => {
            this.#shown += MORE_ANSWERS;
            this.show(picture, rows);
          })
        : undefined,
    );
  }
}

function answerNode({ spans }: ConversationRow, { texts }: ModePicture): HTMLElement {
  const { conversation, status, problem, missed = [], seq } = spans;
  const said = texts.get(seq);
  const { isWrong, words } = fateOf(spans);
  return element(
    'article',
    {},
    element(
      'header',
      {},
      element('b', {}, conversation),
      element('span', { class: isWrong ? 'bad' : 'muted' }, isWrong ? `✕ ${words}` : words),
    ),
    element('div', { class: 'prompt' }, said?.prompt ?? ''),
    problem === undefined ? undefined : element('div', { class: 'bad' }, problem),
    ...missed.map((each) => element('div', { class: 'bad' }, `expected ${showMissed(each)}`)),
    element('div', { class: 'answer' }, said?.answer || (status === undefined ? '…' : '(no answer)')),
  );
}
