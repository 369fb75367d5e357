import { showCount, showDuration } from '../show-number.ts';
import type { Distribution } from './distribution.ts';
import type { ModeExplanation } from './explain-run.ts';
import type { Latency } from './latencies.ts';
import { textTable } from './text-table.ts';
import { showName } from './words.ts';

const MOST_TOOLS = 10;

const HEAD = ['p50', 'p90', 'p99', 'max'];

function spread({ count, p50Ms, p90Ms, p99Ms, maxMs }: Distribution): string[] {
  return [p50Ms, p90Ms, p99Ms, maxMs].map((ms) => (count > 0 ? showDuration(ms) : ''));
}

function ninetieth({ count, p90Ms }: Distribution): string {
  return count > 0 ? showDuration(p90Ms) : '';
}

/** Conversations and model calls, from the start and from when they were asked for; nothing of what has never ended. */
export function latencyTable({ latency, models }: ModeExplanation): string[] {
  const rows = (name: string, { fromStart, fromAsked }: Latency) =>
    fromStart.count === 0
      ? []
      : [
          [name, 'from start', ...spread(fromStart)],
          ['', 'from asked', ...spread(fromAsked)],
        ];
  const all = [
    ...rows('conversation', latency),
    ...(models.length === 1 && models[0] ? rows('model call', models[0]) : []),
  ];
  return all.length === 0 ? [] : textTable([['', '', ...HEAD], ...all], '<<>>>>');
}

/** A row for each tool, the one that took the most time first. */
export function toolTable({ tools }: ModeExplanation, isWhole: boolean): string[] {
  if (tools.length === 0) return [];
  const shown = isWhole ? tools : tools.slice(0, MOST_TOOLS);
  const rows = shown.map(({ name, fromStart, fromAsked, failures, retries, shared }) => [
    showName(name),
    showCount(fromStart.count + shared),
    showCount(failures),
    ...spread(fromStart),
    ninetieth(fromAsked),
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

/** A row for each model. */
export function modelTable({ models }: ModeExplanation): string[] {
  if (models.length === 0) return [];
  const rows = models.map(({ model, fromStart, fromAsked, firstToken, failedAttempts }) => [
    showName(model),
    showCount(fromStart.count),
    showCount(failedAttempts),
    ...spread(fromStart),
    ninetieth(fromAsked),
    firstToken.count > 0 ? showDuration(firstToken.p50Ms) : '',
  ]);
  return textTable([['', 'calls', 'failed', ...HEAD, 'asked p90', 'first token p50'], ...rows], '<>>>>>>>>');
}
