import { showCount, showCounted, showDuration } from '../show-number.ts';
import { shortenMiddle, showText } from '../show-text.ts';
import type { TimeState } from '../spans/time-states.ts';
import { TIME_STATES } from '../spans/time-states.ts';
import type { Theme } from '../theme.ts';
import type { ConversationSplit } from './conversation-split.ts';
import type { Distribution } from './distribution.ts';
import type { ModeExplanation, RunExplanation } from './explain-run.ts';
import type { Latency } from './latencies.ts';
import { inTheWay, renderPath } from './render-path.ts';
import { renderSlots } from './render-slots.ts';
import { showAdvice } from './show-advice.ts';
import type { Split } from './split.ts';
import { totalOf } from './split.ts';
import type { Straggler } from './stragglers.ts';
import { textTable } from './text-table.ts';
import { STATE_LABELS, showShare } from './words.ts';

/** How an explanation is shown. */
export interface RenderOptions {
  readonly theme: Theme;
  /** Every conversation and every step, however many there are. */
  readonly isWhole: boolean;
}

const NAME_WIDTH = 32;
const MOST_CONVERSATIONS = 20;
const MOST_TOOLS = 10;
const MOST_STRAGGLERS = 5;
/** What is shown as 0.00 s says nothing. */
const SHORT_MS = 5;

/** An explanation in whole lines: all of the last mode, whose answers are the results, and the split of others. */
export function renderExplanation({ run, modes }: RunExplanation, options: RenderOptions): string {
  const last = modes.at(-1);
  const about = [
    showCounted(run.prompts, 'conversation'),
    ...(last ? [`${showCount(last.concurrency)} at once`] : []),
    showText(run.model),
  ];
  const lines = [`agentpar explain ${showText(run.runId)}   ${about.join(', ')}`, ...notes(run)];
  if (!last) return `${[...lines, '', 'Nothing was run.'].join('\n')}\n`;
  for (const mode of modes.slice(0, -1)) lines.push('', ...renderSplit(mode, modes.length > 1, options));
  lines.push('', ...renderSplit(last, modes.length > 1, options));
  for (const [title, body] of sections(last, options)) lines.push('', titled(title, options), ...body);
  return `${lines.join('\n')}\n`;
}

function notes({ ending, stopped, resumes }: RunExplanation['run']): string[] {
  return [
    ...(ending === 'open' ? ['It has not come to its end: what is open is taken to end where the journal does.'] : []),
    ...(stopped === undefined ? [] : [`Stopped by ${showText(stopped)}.`]),
    ...(resumes.length === 0
      ? []
      : [`Resumed ${showCounted(resumes.length, 'time')}; the time in which no process worked on it counts as none.`]),
  ];
}

type Section = readonly [title: string, lines: readonly string[]];

function sections(mode: ModeExplanation, { isWhole }: RenderOptions): readonly Section[] {
  const { wallMs, ceiling, advice, tools, models, stragglers } = mode;
  const who = ceiling.conversation === undefined ? '' : ` for ${showText(ceiling.conversation)}`;
  const way = inTheWay(mode);
  const all: readonly Section[] = [
    ['Slots   conversations at once, on average and over time', renderSlots(mode)],
    [`Critical path   what made the ${showDuration(wallMs)}, step by step`, renderPath(mode, isWhole)],
    [
      'Ceiling   the least that it could take: the longest conversation with nothing in its way',
      [
        `  ${showDuration(ceiling.ms)}   estimated${who}: models and tools are taken to be as fast with everything at once`,
        ...(way === '' ? [] : [`  in the way, along the critical path: ${way}`]),
        ...advice.map((each) => `  ${showAdvice(each)}`),
      ],
    ],
    ['Latencies   from the start, and from when it was asked for: with all waiting', latencyTable(mode)],
    ['Tools', tools.length === 0 ? [] : toolTable(mode, isWhole)],
    ['Models', models.length === 0 ? [] : modelTable(mode)],
    ['Stragglers', stragglerLines(stragglers, isWhole)],
    [conversationTitle(mode, isWhole), conversationTable(mode, isWhole)],
  ];
  return all.filter(([, lines]) => lines.length > 0);
}

function titled(title: string, { theme }: RenderOptions): string {
  const [name = '', ...rest] = title.split('   ');
  return [theme.strong(name), ...rest].join('   ');
}

function renderSplit(mode: ModeExplanation, isOneOfSeveral: boolean, options: RenderOptions): string[] {
  const { split, wallMs, conversations, slots } = mode;
  const own = conversations.filter(({ parent }) => parent === undefined);
  const sumMs = totalOf(split);
  const queuedMs = own.reduce((sum, each) => sum + Math.max(0, each.queuedMs), 0);
  const of = isOneOfSeveral ? `, ${mode.mode}` : '';
  const title = `Where the time went${of}   summed over ${showCounted(own.length, 'conversation')}, each in one state at a time`;
  const rows = TIME_STATES.filter((state) => split[state] >= SHORT_MS || state === 'overhead').map((state) => {
    const ms = split[state];
    return [
      STATE_LABELS[state],
      showDuration(ms),
      showShare(ms / sumMs || 0),
      `${(ms / wallMs || 0).toFixed(2)} at once`,
    ];
  });
  const together = `${(sumMs / wallMs || 0).toFixed(2)} at once, of ${Number(slots.whole.allowed.toFixed(2))} allowed, in ${showDuration(wallMs)}`;
  const queued =
    queuedMs >= SHORT_MS && mode.mode === 'parallel'
      ? [['queued', showDuration(queuedMs), '', 'before their start; in no number above']]
      : [];
  return [
    titled(title, options),
    ...textTable([...rows, ['together', showDuration(sumMs), '100 %', together], ...queued], '<>><'),
  ];
}

const HEAD = ['p50', 'p90', 'p99', 'max'];

function spread({ p50Ms, p90Ms, p99Ms, maxMs }: Distribution): string[] {
  return [p50Ms, p90Ms, p99Ms, maxMs].map(showDuration);
}

function latencyTable({ latency, models }: ModeExplanation): string[] {
  const rows = (name: string, { fromStart, fromAsked }: Latency) => [
    [name, 'from start', ...spread(fromStart)],
    ['', 'from asked', ...spread(fromAsked)],
  ];
  return textTable(
    [
      ['', '', ...HEAD],
      ...rows('conversation', latency),
      ...(models.length === 1 && models[0] ? rows('model call', models[0]) : []),
    ],
    '<<>>>>',
  );
}

function toolTable({ tools }: ModeExplanation, isWhole: boolean): string[] {
  const shown = isWhole ? tools : tools.slice(0, MOST_TOOLS);
  const rows = shown.map(({ name, fromStart, fromAsked, failures, retries, shared }) => [
    shortenMiddle(showText(name), NAME_WIDTH),
    showCount(fromStart.count + shared),
    showCount(failures),
    ...spread(fromStart),
    showDuration(fromAsked.p90Ms),
    [
      ...(shared > 0 ? [`${showCount(shared)} answered with equal calls' results`] : []),
      ...(retries > 0 ? [retries === 1 ? '1 retry' : `${showCount(retries)} retries`] : []),
    ].join(', '),
  ]);
  const head = ['', 'calls', 'failed', ...HEAD, 'asked p90'];
  const left = tools.length - shown.length;
  return [
    ...textTable([head, ...rows], '<>>>>>>><'),
    ...(left > 0 ? [`  and ${left} more, which took less time in all`] : []),
  ];
}

function modelTable({ models }: ModeExplanation): string[] {
  const rows = models.map(({ model, fromStart, fromAsked, firstToken, failedAttempts }) => [
    shortenMiddle(showText(model), NAME_WIDTH),
    showCount(fromStart.count),
    showCount(failedAttempts),
    ...spread(fromStart),
    showDuration(fromAsked.p90Ms),
    firstToken.count > 0 ? showDuration(firstToken.p50Ms) : '',
  ]);
  return textTable([['', 'calls', 'failed', ...HEAD, 'asked p90', 'first token p50'], ...rows], '<>>>>>>>>');
}

function stragglerLines(stragglers: readonly Straggler[], isWhole: boolean): string[] {
  const shown = isWhole ? stragglers : stragglers.slice(0, MOST_STRAGGLERS);
  const lines = shown.map(({ conversation, tookMs, usualMs, because, turns, usualTurns }) => {
    const times = (tookMs / Math.max(1, usualMs)).toFixed(1);
    const { state, ms, longest } = because;
    const call = longest
      ? `, longest ${showText(longest.name)} ${showDuration(longest.ms)} in turn ${longest.turn}`
      : '';
    const more = turns > usualTurns ? `, ${turns} turns where ${usualTurns} are usual` : '';
    const why = `${STATE_LABELS[state]} ${showDuration(ms)} where ${showDuration(because.usualMs)} is usual${call}${more}`;
    return `  ${shortenMiddle(showText(conversation), NAME_WIDTH)}  ${showDuration(tookMs)}, ${times} times the median: ${why}`;
  });
  const left = stragglers.length - shown.length;
  return left > 0 ? [...lines, `  and ${left} more`] : lines;
}

function conversationTitle({ conversations }: ModeExplanation, isWhole: boolean): string {
  const left = conversations.length - MOST_CONVERSATIONS;
  if (isWhole || left <= 0) return 'Conversations';
  return `Conversations   the ${MOST_CONVERSATIONS} that took longest of ${showCount(conversations.length)}; all with --verbose or --json`;
}

function conversationTable({ conversations }: ModeExplanation, isWhole: boolean): string[] {
  const isAll = isWhole || conversations.length <= MOST_CONVERSATIONS;
  const shown = isAll
    ? conversations
    : conversations.toSorted((one, other) => other.tookMs - one.tookMs).slice(0, MOST_CONVERSATIONS);
  const rows = shown.map((one) => {
    const { conversation, status = 'open', queuedMs, tookMs, split } = one;
    const waitingMs = tookMs - split.model - split.tools - split.overhead;
    return [
      shortenMiddle(showText(conversation), NAME_WIDTH),
      status,
      ...[queuedMs, tookMs, split.model, split.tools, waitingMs, split.overhead].map((ms) =>
        showDuration(Math.max(0, ms)),
      ),
      mostly(one, waitingMs),
    ];
  });
  return textTable([['', '', 'queued', 'took', 'model', 'tools', 'waiting', 'overhead'], ...rows], '<<>>>>>><');
}

/** What a conversation mostly waited for. */
function mostly({ split }: ConversationSplit, waitingMs: number): string {
  if (waitingMs < SHORT_MS) return '';
  const most = WAITING.reduce((so, state) => (split[state] > split[so] ? state : so));
  return `${showDuration(split[most])} ${STATE_LABELS[most]}`;
}

const WAITING: readonly (TimeState & keyof Split)[] = TIME_STATES.filter(
  (state) => state !== 'model' && state !== 'tools' && state !== 'overhead',
);
