import type { ModelLatency, ToolLatency } from '../../explain/latencies.ts';
import { showCount, showDuration } from '../../show-number.ts';
import type { Fate } from '../../spans/fate.ts';
import { fateOf } from '../../spans/fate.ts';
import type { ConversationRow } from '../conversation-row.ts';
import type { ModePicture } from '../mode-picture.ts';
import { usageOf } from '../run-figures.ts';
import { showTime } from '../show-time.ts';
import type { Column } from './table.ts';

/** What the table of conversations tells of each. */
export interface ConversationFigures {
  readonly row: ConversationRow;
  readonly fate: Fate;
  readonly queuedMs: number;
  readonly tookMs: number;
  readonly modelMs: number;
  readonly toolsMs: number;
  readonly waitingMs: number;
  readonly overheadMs: number;
  readonly turns: number;
  readonly toolCalls: number;
  readonly inTokens: number;
  readonly outTokens: number;
  readonly costUsd: number | undefined;
}

/** The figures of those rows. */
export function conversationFigures(
  { explanation }: ModePicture,
  rows: readonly ConversationRow[],
): readonly ConversationFigures[] {
  const splits = new Map(explanation.conversations.map((each) => [each.conversation, each]));
  return rows.flatMap((row): ConversationFigures[] => {
    const one = splits.get(row.spans.conversation);
    if (!one) return [];
    const { usage, costUsd } = usageOf([row.spans]);
    const { model, tools, overhead } = one.split;
    return [
      {
        row,
        fate: fateOf(row.spans),
        queuedMs: Math.max(0, one.queuedMs),
        tookMs: one.tookMs,
        modelMs: model,
        toolsMs: tools,
        waitingMs: Math.max(0, one.tookMs - model - tools - overhead),
        overheadMs: overhead,
        turns: one.turns,
        toolCalls: one.toolCalls,
        inTokens: usage.inputTokens,
        outTokens: usage.outputTokens,
        costUsd,
      },
    ];
  });
}

export const CONVERSATION_COLUMNS: readonly Column<ConversationFigures>[] = [
  { label: 'conversation', isText: true, text: ({ row }) => row.spans.conversation },
  {
    label: 'status',
    isText: true,
    text: ({ fate: { isWrong, words } }) => (isWrong ? `✕ ${words}` : words),
    class: ({ fate }) => (fate.isWrong ? 'bad' : ''),
  },
  { label: 'agent', isText: true, text: ({ row }) => agentsOf(row) },
  time('took', ({ tookMs }) => tookMs, 'while it was worked on'),
  time('queued', ({ queuedMs }) => queuedMs, "from the mode's start to its own; in no other number"),
  time('model', ({ modelMs }) => modelMs, 'a request was with a model'),
  time('tools', ({ toolsMs }) => toolsMs, 'a tool ran, and no model'),
  time('waiting', ({ waitingMs }) => waitingMs, 'for slots, locks, rates, retries, tasks'),
  time('overhead', ({ overheadMs }) => overheadMs, "agentpar's own work"),
  count('turns', ({ turns }) => turns),
  count('tool calls', ({ toolCalls }) => toolCalls),
  count('tokens in', ({ inTokens }) => inTokens),
  count('tokens out', ({ outTokens }) => outTokens),
  {
    label: 'cost',
    title: 'US dollars at list price',
    // All to the same digit, so that they can be compared at a glance.
    text: ({ costUsd }) => (costUsd === undefined ? '–' : `$${costUsd.toFixed(4)}`),
    value: ({ costUsd }) => costUsd ?? -1,
  },
];

export const TOOL_COLUMNS: readonly Column<ToolLatency>[] = [
  { label: 'tool', isText: true, text: ({ name }) => name },
  count('calls', ({ fromStart, shared }) => fromStart.count + shared),
  {
    ...count<ToolLatency>('failed', ({ failures }) => failures),
    class: ({ failures }) => (failures > 0 ? 'bad' : ''),
  },
  count('retries', ({ retries }) => retries),
  { ...count<ToolLatency>('shared', ({ shared }) => shared), title: "answered with an equal call's result" },
  shortTime('p50', ({ fromStart }) => fromStart.p50Ms),
  shortTime('p90', ({ fromStart }) => fromStart.p90Ms),
  shortTime('p99', ({ fromStart }) => fromStart.p99Ms),
  shortTime('max', ({ fromStart }) => fromStart.maxMs),
  {
    ...shortTime<ToolLatency>('asked p90', ({ fromAsked }) => fromAsked.p90Ms),
    title: 'with all waiting since it was asked for',
  },
  time('total', ({ fromStart }) => fromStart.totalMs),
];

export const MODEL_COLUMNS: readonly Column<ModelLatency>[] = [
  { label: 'model', isText: true, text: ({ model }) => model },
  count('calls', ({ fromStart }) => fromStart.count),
  {
    ...count<ModelLatency>('failed attempts', ({ failedAttempts }) => failedAttempts),
    class: ({ failedAttempts }) => (failedAttempts > 0 ? 'bad' : ''),
  },
  shortTime('first token p50', ({ firstToken }) => firstToken.p50Ms),
  shortTime('p50', ({ fromStart }) => fromStart.p50Ms),
  shortTime('p90', ({ fromStart }) => fromStart.p90Ms),
  shortTime('p99', ({ fromStart }) => fromStart.p99Ms),
  shortTime('max', ({ fromStart }) => fromStart.maxMs),
  {
    ...shortTime<ModelLatency>('asked p90', ({ fromAsked }) => fromAsked.p90Ms),
    title: 'with all waiting since it was asked for',
  },
  time('total', ({ fromStart }) => fromStart.totalMs),
];

function agentsOf({ spans }: ConversationRow): string {
  const agents = [...new Set([spans.agent, ...spans.models.map(({ agent }) => agent)])];
  return agents.join(' → ');
}

function time<Row>(label: string, value: (row: Row) => number, title?: string): Column<Row> {
  return { label, value, text: (row) => showDuration(value(row)), ...(title === undefined ? {} : { title }) };
}

function shortTime<Row>(label: string, value: (row: Row) => number): Column<Row> {
  return { label, value, text: (row) => showTime(value(row)) };
}

function count<Row>(label: string, value: (row: Row) => number): Column<Row> {
  return { label, value, text: (row) => showCount(value(row)) };
}
