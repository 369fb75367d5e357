import { entriesOf } from './entries-of.ts';
import { showCount, showCounted, showDuration } from './show-number.ts';
import { timedOf } from './spans/replay-words.ts';
import type { ModeTiming, RunTiming } from './timing.ts';
import { QUEUED_MS } from './timing.ts';
import { useRows } from './use-rows.ts';

/** A line of the timing table: without a number, its text stands in the number's place. */
export interface TimingRow {
  readonly label: string;
  readonly number?: string;
  readonly text: string;
}

/** The timing table of a run, with every number called measured or estimated. */
export function timingRows(timing: RunTiming): TimingRow[] {
  const sequential = timing.modes.find(({ mode }) => mode === 'sequential');
  const parallel = timing.modes.find(({ mode }) => mode === 'parallel');
  const last = timing.modes.at(-1);
  if (!last) return [];
  return [
    ...(sequential ? [measuredRow(sequential, timing)] : []),
    ...(parallel ? (sequential ? bothMeasured(sequential, parallel, timing) : againstEstimate(parallel, timing)) : []),
    ...(parallel ? [floorRow(parallel), ...queuedRows(parallel)] : []),
    ...waitedRows(last),
    ...rateRows(last),
    ...heldRows(last),
    ...sharedRows(last),
    ...useRows(timing.modes),
  ];
}

/** Whether two modes made the same numbers of calls and came to the same ends: otherwise their times tell nothing. */
export function isSameWork(one: ModeTiming, other: ModeTiming): boolean {
  const statuses = [...entriesOf(one.statuses), ...entriesOf(other.statuses)];
  return (
    one.modelCalls === other.modelCalls &&
    one.toolCalls === other.toolCalls &&
    statuses.every(([status]) => one.statuses[status] === other.statuses[status])
  );
}

function measuredRow(sequential: ModeTiming, timing: RunTiming): TimingRow {
  return {
    label: 'sequential',
    number: showDuration(sequential.wallMs),
    text: `${timedOf(timing)}: ${calls(sequential.modelCalls, sequential.toolCalls)}, one after another`,
  };
}

function bothMeasured(sequential: ModeTiming, parallel: ModeTiming, timing: RunTiming): TimingRow[] {
  const number = showDuration(parallel.wallMs);
  if (!isSameWork(sequential, parallel)) {
    return [{ label: 'parallel', number, text: `${timedOf(timing)}; not the same work; ${peak(parallel)}` }];
  }
  const faster = comparison(sequential.wallMs, parallel.wallMs);
  const estimateMs = timing.estimate.sequentialMs;
  return [
    { label: 'parallel', number, text: `${timedOf(timing)}; ${faster}; ${peak(parallel)}` },
    {
      label: 'estimate',
      number: showDuration(estimateMs),
      text: estimateError(estimateMs, sequential.wallMs, timedOf(timing)),
    },
  ];
}

function againstEstimate(parallel: ModeTiming, { estimate }: RunTiming): TimingRow[] {
  const { sequentialMs, modelCalls, toolCalls } = estimate;
  return [
    {
      label: 'sequential',
      number: showDuration(sequentialMs),
      text: `estimated: ${calls(modelCalls, toolCalls)}, one after another`,
    },
    {
      label: 'parallel',
      number: showDuration(parallel.wallMs),
      text: `${comparison(sequentialMs, parallel.wallMs)}; ${peak(parallel)}`,
    },
  ];
}

function floorRow(parallel: ModeTiming): TimingRow {
  const number = showDuration(parallel.longestConversationMs);
  return { label: 'floor', number, text: 'the longest single conversation' };
}

function queuedRows({ queued }: ModeTiming): TimingRow[] {
  const waits = queued.conversations + queued.calls;
  if (waits === 0) return [];
  const who = [
    ...(queued.conversations > 0 ? [showCounted(queued.conversations, 'conversation')] : []),
    ...(queued.calls > 0 ? [showCounted(queued.calls, 'tool call')] : []),
  ].join(' and ');
  const each = waits === 1 ? '' : `, up to ${showDuration(queued.longestMs)} each`;
  const text = `${who} waited for a slot${each}`;
  return [{ label: 'queued', number: showDuration(queued.totalMs), text: `${text}; not in the estimate` }];
}

function waitedRows(last: ModeTiming): TimingRow[] {
  if (last.waitedMs < QUEUED_MS) return [];
  const text = `before retries; ${showCounted(last.failedAttempts, 'attempt')} failed; not in the estimate`;
  return [{ label: 'waited', number: showDuration(last.waitedMs), text }];
}

const HELD_FOR: Readonly<Record<keyof ModeTiming['held'], string>> = {
  dependency: 'other calls or tasks',
  approval: 'a person',
  rate: 'rates',
  lock: 'locks',
  retry: 'retries',
};

function heldRows({ held }: ModeTiming): TimingRow[] {
  const worthSaying = entriesOf(held).filter(([, ms]) => ms >= QUEUED_MS);
  if (worthSaying.length === 0) return [];
  const totalMs = worthSaying.reduce((sum, [, ms]) => sum + ms, 0);
  const parts = worthSaying.map(([reason, ms]) => `${showDuration(ms)} for ${HELD_FOR[reason]}`).join(', ');
  return [{ label: 'held', number: showDuration(totalMs), text: `tool calls waited ${parts}; not in the estimate` }];
}

function sharedRows({ shared }: ModeTiming): TimingRow[] {
  if (shared.calls === 0) return [];
  const text = `${showCounted(shared.calls, 'tool call')} answered with the result of an equal one`;
  return [{ label: 'saved', number: showDuration(shared.savedMs), text }];
}

function rateRows({ rateMs }: ModeTiming): TimingRow[] {
  if (rateMs < QUEUED_MS) return [];
  return [
    { label: 'rate', number: showDuration(rateMs), text: 'model calls waited for rate limits; not in the estimate' },
  ];
}

function comparison(sequentialMs: number, parallelMs: number): string {
  if (sequentialMs === 0) return 'nothing to compare it with';
  const ratio = parallelMs > 0 ? sequentialMs / parallelMs : 1;
  if (ratio > 0.95 && ratio < 1.05) return 'about as fast';
  return ratio > 1 ? `${times(ratio)} times faster` : `${times(1 / ratio)} times slower`;
}

/** One decimal below ten, none above: the next digit would not come out the same in a second run. */
function times(ratio: number): string {
  return ratio < 9.95 ? ratio.toFixed(1) : showCount(Math.round(ratio));
}

function estimateError(estimateMs: number, measuredMs: number, how: string): string {
  const percent = measuredMs > 0 ? ((estimateMs - measuredMs) / measuredMs) * 100 : 0;
  const size = Math.abs(percent) < 9.95 ? Math.abs(percent).toFixed(1) : showCount(Math.round(Math.abs(percent)));
  const side = percent < 0 ? 'below' : 'above';
  return size === '0.0' ? `equal to the ${how} sequential time` : `${size} % ${side} the ${how} sequential time`;
}

function calls(modelCalls: number, toolCalls: number): string {
  return `${showCount(modelCalls)} model and ${showCounted(toolCalls, 'tool call')}`;
}

function peak({ peakCalls }: ModeTiming): string {
  return `at most ${showCounted(peakCalls, 'call')} at once`;
}
