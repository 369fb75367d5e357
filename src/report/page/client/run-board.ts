import { showMissed } from '../../show-missed.ts';
import { showCount } from '../../show-number.ts';
import { fateOf } from '../../spans/fate.ts';
import type { ConversationRow } from '../conversation-row.ts';
import type { ModePicture } from '../mode-picture.ts';
import { modePictures } from '../mode-picture.ts';
import type { RowOrder } from '../sort-rows.ts';
import { sortRows } from '../sort-rows.ts';
import type { PageRun } from '../unpack-run.ts';
import { Answers } from './answers.ts';
import type { Details } from './details.ts';
import { button, element, replaceChildren } from './dom.ts';
import { legend } from './legend.ts';
import { figuresOf, splitOf, titleOf } from './overview.ts';
import { scalePicture } from './scale-picture.ts';
import { SortedTable } from './table.ts';
import type { ConversationFigures } from './tables.ts';
import { CONVERSATION_COLUMNS, conversationFigures, MODEL_COLUMNS, TOOL_COLUMNS } from './tables.ts';
import { TimeView } from './time-view.ts';
import { Timeline } from './timeline.ts';
import { Toolbar } from './toolbar.ts';

/** All that a page shows of one run, and shows again when there is more of it. */
export class RunBoard {
  readonly node = element('div', { class: 'board' });
  readonly #details: Details;
  readonly #title = element('div', {});
  readonly #modes = element('nav', { class: 'modes', attributes: { 'aria-label': 'Mode' } });
  readonly #figures = element('div', {});
  readonly #scale = element('div', {});
  readonly #legend = element('div', {});
  readonly #split = element('div', {});
  readonly #empty = element('p', { class: 'empty' });
  readonly #nothing = element('p', { class: 'empty' }, 'Nothing of it has been run.');
  readonly #toolbar: Toolbar;
  readonly #answers = new Answers();
  readonly #tools: SortedTable<ModePicture['explanation']['tools'][number]>;
  readonly #models: SortedTable<ModePicture['explanation']['models'][number]>;
  readonly #conversations: SortedTable<ConversationFigures>;
  readonly #body: HTMLElement;
  #pictures: readonly ModePicture[] = [];
  #mode: number | undefined;
  #drawnMode: ModePicture['spans']['mode'] | undefined;
  #view: TimeView | undefined;
  #timeline: Timeline | undefined;
  readonly #timelineHolder = element('div', {});
  #run: PageRun;
  #rows: readonly ConversationRow[] = [];

  constructor(run: PageRun, details: Details) {
    this.#run = run;
    this.#details = details;
    this.#tools = new SortedTable(TOOL_COLUMNS);
    this.#models = new SortedTable(MODEL_COLUMNS);
    this.#conversations = new SortedTable(CONVERSATION_COLUMNS, { onOpen: ({ row }) => this.#open(row) });
    this.#toolbar = new Toolbar({
      onChange: () => this.#drawRows(),
      zoom: (factor) => this.#view?.zoom(factor),
      showAll: () => this.#view?.showAll(),
      setCompact: (isCompact) => this.#timeline?.setCompact(isCompact),
      setPath: (showsPath) => this.#timeline?.setPath(showsPath),
      nextFailed: () => this.#timeline?.selectNext(isFailed),
    });
    this.#body = element(
      'div',
      {},
      this.#figures,
      section('One after another, and at once', 'to the same scale', this.#scale),
      section(
        'Timeline',
        'each row a conversation; times from the start of the run',
        this.#toolbar.node,
        this.#legend,
        this.#empty,
        this.#timelineHolder,
      ),
      section('Where the time went', 'summed over the conversations, each in one state at a time', this.#split),
      section('Tools', 'how long they ran, the slowest in all first', this.#tools.node),
      section('Models', 'how long responses took, without waiting', this.#models.node),
      section('Conversations', 'a click on a head sorts, on a name opens', this.#conversations.node),
      section('Answers', 'in the order of the prompts', this.#answers.node),
    );
    this.node.append(this.#title, this.#modes, this.#nothing, this.#body);
    this.show(run);
  }

  /** Shows the run as it is now. */
  show(run: PageRun): void {
    this.#run = run;
    this.#pictures = modePictures(run);
    replaceChildren(this.#title, titleOf(run.spans));
    this.#drawModes();
    const picture = this.#picture;
    this.#body.hidden = !picture;
    this.#nothing.hidden = picture !== undefined;
    if (picture) this.#drawMode(picture);
  }

  get toolbar(): Toolbar {
    return this.#toolbar;
  }

  /** For keys that the whole page listens to. */
  get timeline(): Timeline | undefined {
    return this.#timeline;
  }

  get #picture(): ModePicture | undefined {
    return this.#pictures[this.#mode ?? this.#pictures.length - 1];
  }

  #drawModes(): void {
    this.#modes.hidden = this.#pictures.length < 2;
    replaceChildren(
      this.#modes,
      ...this.#pictures.map((picture, at) => {
        const made = button(picture.spans.mode, () => {
          this.#mode = at;
          this.show(this.#run);
        });
        made.setAttribute('aria-pressed', String(picture === this.#picture));
        return made;
      }),
    );
  }

  #drawMode(picture: ModePicture): void {
    replaceChildren(this.#figures, figuresOf(this.#run.spans, picture));
    replaceChildren(this.#scale, scalePicture(this.#pictures));
    replaceChildren(this.#legend, legend(picture));
    replaceChildren(this.#split, splitOf(picture));
    this.#tools.show(picture.explanation.tools);
    this.#models.show(picture.explanation.models);
    hideEmpty(this.#tools.node, picture.explanation.tools.length);
    hideEmpty(this.#models.node, picture.explanation.models.length);
    const { startMs, endMs, mode } = picture.spans;
    if (this.#view && this.#drawnMode === mode) this.#view.extend(endMs);
    else {
      this.#drawnMode = mode;
      this.#view = new TimeView(startMs, endMs);
      this.#timeline = new Timeline(picture, this.#view, { onOpen: (row) => this.#open(row) });
      replaceChildren(this.#timelineHolder, this.#timeline.node);
    }
    this.#timeline?.setPath(this.#toolbar.showsPath);
    this.#timeline?.setCompact(this.#toolbar.choosesCompact(picture.rows.length > MANY_ROWS));
    this.#toolbar.offerFailed(picture.rows.filter(isFailed).length);
    this.#drawRows();
  }

  #drawRows(): void {
    const picture = this.#picture;
    if (!picture) return;
    const { words, order } = this.#toolbar;
    const found = words === '' ? picture.rows : picture.rows.filter((row) => matches(row, words, picture));
    this.#rows = sortRows(found, order as RowOrder);
    this.#toolbar.found = words === '' ? '' : `${showCount(found.length)} of ${showCount(picture.rows.length)}`;
    this.#empty.hidden = found.length > 0;
    this.#empty.textContent =
      picture.rows.length === 0
        ? 'No conversation has begun.'
        : `No conversation has “${words}” in its name, texts or tools.`;
    this.#timelineHolder.hidden = found.length === 0;
    const resumes = this.#run.spans.resumes.map(({ atMs }) => atMs);
    this.#timeline?.show(picture, this.#rows, resumes);
    this.#conversations.show(conversationFigures(picture, this.#rows));
    this.#answers.show(picture, this.#rows);
  }

  #open(row: ConversationRow): void {
    const picture = this.#picture;
    if (picture) this.#details.open(row, picture);
  }
}

/** More rows than that begin small. */
const MANY_ROWS = 120;

function section(title: string, note: string, ...children: readonly HTMLElement[]): HTMLElement {
  return element('section', {}, element('h2', {}, title, element('small', {}, note)), ...children);
}

function hideEmpty(node: HTMLElement, count: number): void {
  const parent = node.closest('section');
  if (parent) parent.hidden = count === 0;
}

function isFailed({ spans }: ConversationRow): boolean {
  return fateOf(spans).isWrong;
}

function missedOf({ missed = [] }: ConversationRow['spans']): readonly string[] {
  return missed.map(showMissed);
}

function matches({ spans }: ConversationRow, words: string, { texts, calls }: ModePicture): boolean {
  const wanted = words.toLowerCase();
  const has = (text: string | undefined) => text?.toLowerCase().includes(wanted) ?? false;
  const said = texts.get(spans.seq);
  return (
    [
      spans.conversation,
      fateOf(spans).words,
      spans.problem,
      ...missedOf(spans),
      spans.agent,
      said?.prompt,
      said?.answer,
    ].some(has) ||
    spans.models.some(({ agent, model }) => has(agent) || has(model)) ||
    spans.tools.some(({ name, failure, seq }) => {
      const call = calls.get(seq);
      return has(name) || has(failure) || has(call?.argumentsText) || has(call?.outcome);
    })
  );
}
