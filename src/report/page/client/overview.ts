import { showAdvice } from '../../explain/show-advice.ts';
import { totalOf } from '../../explain/split.ts';
import { STATE_LABELS, showShare } from '../../explain/words.ts';
import { showCost, showCount, showDuration, showUsage } from '../../show-number.ts';
import { replayWords } from '../../spans/replay-words.ts';
import type { RunSpans } from '../../spans/run-spans.ts';
import { TIME_STATES } from '../../spans/time-states.ts';
import type { ModePicture } from '../mode-picture.ts';
import { element } from './dom.ts';

/** The run in one line of words, and what is to be known of it. */
export function titleOf(run: RunSpans): HTMLElement {
  const started = new Date(run.startedAt);
  const about = [
    run.files.join(', '),
    run.model,
    ...replayWords(run),
    Number.isNaN(started.getTime())
      ? ''
      : started.toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'medium' }),
    `agentpar ${run.version}`,
  ].filter((part) => part !== '');
  const notes = [
    ...(run.stopped === undefined ? [] : [`Stopped by ${run.stopped}: the times are of the part that was run.`]),
    ...(run.ending === 'open' ? ['It has not come to its end: what is open is drawn as far as it is known.'] : []),
    ...(run.resumes.length === 0
      ? []
      : [
          `Gone on with ${run.resumes.length === 1 ? 'once' : `${run.resumes.length} times`}: the time between is left out, dashed lines show where.`,
        ]),
  ];
  return element(
    'div',
    { class: 'title' },
    element('h1', {}, run.runId),
    element('p', { class: 'muted' }, about.join('  ·  ')),
    ...notes.map((note) => element('p', { class: 'note' }, note)),
  );
}

/** The figures that a person asks for first. */
export function figuresOf(run: RunSpans, picture: ModePicture): HTMLElement {
  const { figures, explanation } = picture;
  const done = figures.statuses.get('done') ?? 0;
  const others = [...figures.statuses].filter(([status]) => status !== 'done');
  const notStarted = Math.max(0, run.prompts - [...figures.statuses.values()].reduce((sum, count) => sum + count, 0));
  const states = [
    ...others.map(([status, count]) => `${status === 'open' ? '' : '✕ '}${showCount(count)} ${status}`),
    ...(figures.missed > 0 ? [`✕ ${showCount(figures.missed)} not as expected`] : []),
    ...(notStarted > 0 ? [`${showCount(notStarted)} not started`] : []),
  ].join(', ');
  const { fromStart } = explanation.latency;
  return element(
    'dl',
    { class: 'figures' },
    ...figure(
      'conversations done',
      showCount(done),
      [`of ${showCount(run.prompts)}`, states].filter((part) => part !== '').join(';  '),
      figures.wrong > 0,
    ),
    ...figure(
      `${picture.spans.mode}, ${picture.timed}`,
      showDuration(figures.wallMs),
      `${showCount(explanation.concurrency)} at once allowed`,
    ),
    ...figure('ceiling, estimated', showDuration(explanation.ceiling.ms), 'everything at once'),
    ...(fromStart.count > 0
      ? figure('conversation, p50', showDuration(fromStart.p50Ms), `longest ${showDuration(fromStart.maxMs)}`)
      : []),
    ...figure(
      'model calls',
      showCount(figures.modelCalls),
      figures.refusals > 0 ? `${showCount(figures.refusals)} refused (429)` : `${showDuration(figures.modelMs)} in all`,
    ),
    ...figure(
      'tool calls',
      showCount(figures.toolCalls),
      figures.failedCalls > 0 ? `✕ ${showCount(figures.failedCalls)} failed` : `${showDuration(figures.toolMs)} in all`,
      figures.failedCalls > 0,
    ),
    ...figure('tokens', showCount(figures.usage.inputTokens + figures.usage.outputTokens), showUsage(figures.usage)),
    ...(figures.costUsd === undefined ? [] : figure('cost', showCost(figures.costUsd), 'at list price')),
  );
}

function figure(label: string, value: string, note: string, isBad = false): readonly Node[] {
  return [
    element(
      'div',
      {},
      element('dt', {}, label),
      element('dd', { class: 'number' }, value),
      element('dd', { class: isBad ? 'bad note' : 'note' }, note),
    ),
  ];
}

/** Into what the time of the conversations went, and what would make less of it. */
export function splitOf({ explanation }: ModePicture): HTMLElement {
  const { split, wallMs, advice, ceiling } = explanation;
  const sumMs = totalOf(split);
  const parts = TIME_STATES.filter((state) => split[state] >= 5 || (state === 'overhead' && sumMs > 0));
  const bar = element('div', { class: 'split', attributes: { role: 'img', 'aria-label': 'Where the time went' } });
  const rows = parts.map((state) => {
    const kind = state === 'model' ? 'model' : state === 'tools' ? 'tool' : state === 'overhead' ? 'overhead' : 'wait';
    const piece = element('i', {
      class: `fill-${kind}`,
      title: `${STATE_LABELS[state]} ${showShare(split[state] / sumMs)}`,
    });
    piece.style.flexGrow = String(split[state] / sumMs);
    bar.append(piece);
    return element(
      'tr',
      {},
      element('td', { class: 'text' }, element('i', { class: `key fill-${kind}` }), STATE_LABELS[state]),
      element('td', { class: 'number' }, showDuration(split[state])),
      element('td', { class: 'number' }, showShare(split[state] / sumMs || 0)),
      element('td', { class: 'number' }, `${(split[state] / wallMs || 0).toFixed(2)} at once`),
    );
  });
  const of = ceiling.conversation === undefined ? '' : `, as long as ${ceiling.conversation} with nothing in its way`;
  return element(
    'div',
    { class: 'went' },
    bar,
    element('div', { class: 'table' }, element('table', {}, element('tbody', {}, ...rows))),
    element(
      'ul',
      { class: 'advice' },
      ...(ceiling.ms > 0
        ? [
            element(
              'li',
              {},
              `With everything at once it would take about ${showDuration(ceiling.ms)}, estimated${of}.`,
            ),
          ]
        : []),
      ...advice.map((each) => element('li', {}, `${capital(showAdvice(each))}.`)),
    ),
  );
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
