import type { JsonObject, JsonValue } from '../../contract/json.ts';
import { showMissed } from '../show-missed.ts';
import { timedOf } from '../spans/replay-words.ts';
import type { ConversationSpans, ModelSpan, ModeSpans, ToolSpan } from '../spans/run-spans.ts';
import { Lanes } from './lanes.ts';
import type { RecordedRun } from './recorded-run.ts';

/**
 * A run in the Trace Event Format, which Perfetto (https://ui.perfetto.dev) and `chrome://tracing` open: a process for each
 * mode, a track for each slot with its conversations and model calls, and tracks below it for tool calls, as many as ran at
 * once. Times are in microseconds.
 */
export async function* traceReport({ spans }: RecordedRun): AsyncIterable<string> {
  const { runId, version, startedAt, model, agent } = spans;
  yield `{"displayTimeUnit":"ms","otherData":${JSON.stringify({ run: runId, version, startedAt, model, agent, timed: timedOf(spans) })},"traceEvents":[\n`;
  let isFirst = true;
  for (const [index, mode] of spans.modes.entries()) {
    for (const event of modeEvents(mode, index + 1)) {
      yield `${isFirst ? '' : ',\n'}${JSON.stringify(event)}`;
      isFirst = false;
    }
  }
  yield '\n]}\n';
}

interface Part {
  readonly startMs: number;
  readonly endMs: number;
}

/** The tracks of one slot: its conversations are on the first. */
const TRACKS_PER_SLOT = 1000;

function* modeEvents(mode: ModeSpans, pid: number): Iterable<JsonObject> {
  yield { ph: 'M', pid, tid: 0, name: 'process_name', args: { name: `agentpar ${mode.mode}` } };
  const delegated = new Lanes();
  const slots = Math.max(
    0,
    ...mode.conversations.flatMap(({ stretches }) => stretches.map(({ slot = 0 }) => slot + 1)),
  );
  const tools = new Map<number, Lanes>();
  const named = new Set<number>();
  for (const { conversation, startMs, endMs, slot } of stretchesOf(mode)) {
    const at = slot ?? slots + delegated.take(startMs, endMs);
    const tid = (at + 1) * TRACKS_PER_SLOT;
    const lanes = tools.get(at) ?? new Lanes();
    tools.set(at, lanes);
    const of = slot === undefined ? `delegated ${at - slots + 1}` : `slot ${slot + 1}`;
    const track = (offset: number) => {
      const isNew = !named.has(tid + offset);
      named.add(tid + offset);
      return isNew ? trackName(pid, tid + offset, offset === 0 ? of : `${of}, tools ${offset}`) : [];
    };
    yield* track(0);
    yield complete(
      pid,
      tid,
      conversation.conversation,
      'conversation',
      { startMs, endMs },
      aboutConversation(conversation),
    );
    const isWithin = (span: ModelSpan | ToolSpan) => span.startMs >= startMs && span.startMs <= endMs;
    for (const span of conversation.models.filter(isWithin)) yield* modelEvents(span, { startMs, endMs }, pid, tid);
    for (const span of conversation.tools.filter(isWithin).toSorted((one, other) => one.askedMs - other.askedMs)) {
      const offset = 1 + lanes.take(span.askedMs, span.endMs);
      yield* track(offset);
      yield* toolEvents(span, conversation, pid, tid + offset);
    }
    yield* marks(conversation, { startMs, endMs }, pid, tid);
  }
  yield* curves(mode, pid);
}

/** Every part of a conversation that one process worked on, in the order in which they began. */
function stretchesOf({ conversations }: ModeSpans) {
  return conversations
    .flatMap((conversation) => conversation.stretches.map((stretch) => ({ ...stretch, conversation })))
    .sort((one, other) => one.startMs - other.startMs);
}

function trackName(pid: number, tid: number, name: string): JsonObject[] {
  return [
    { ph: 'M', pid, tid, name: 'thread_name', args: { name } },
    { ph: 'M', pid, tid, name: 'thread_sort_index', args: { sort_index: tid } },
  ];
}

function aboutConversation({ agent, model, status, problem, missed, parent }: ConversationSpans): JsonObject {
  const notAsExpected = missed && missed.length > 0 ? missed.map(showMissed).join('\n') : undefined;
  return given({ agent, model, status, problem, missed: notAsExpected, parent });
}

/** None of it goes on longer than its conversation, even if its end was never told. */
function* modelEvents(span: ModelSpan, within: Part, pid: number, tid: number): Iterable<JsonObject> {
  const { model, turn, agent, usage, failure, costUsd, calls, attempts, waits, firstTokenMs } = span;
  const { inputTokens, outputTokens } = usage ?? {};
  const args = given({ turn, agent, calls, failure, costUsd, tokensIn: inputTokens, tokensOut: outputTokens });
  yield complete(pid, tid, model, 'model', cut(span, within), args);
  for (const wait of waits) yield complete(pid, tid, `waiting: ${wait.reason}`, 'wait', cut(wait, within), {});
  for (const attempt of attempts.length > 1 ? attempts : []) {
    yield complete(pid, tid, 'attempt', 'model', cut(attempt, within), given({ failure: attempt.failure }));
  }
  if (firstTokenMs === undefined) return;
  yield { ...instant(pid, tid, 'first token', Math.min(firstTokenMs, within.endMs)), s: 't' };
}

function cut({ startMs, endMs }: Part, within: Part): Part {
  return { startMs: Math.min(startMs, within.endMs), endMs: Math.min(endMs, within.endMs) };
}

function* toolEvents(
  span: ToolSpan,
  { conversation }: ConversationSpans,
  pid: number,
  tid: number,
): Iterable<JsonObject> {
  const { name, turn, callId, effect, eager, failure, retries, shared, askedMs, endMs, waits } = span;
  const args = given({
    conversation,
    turn,
    callId,
    effect,
    eager,
    failure,
    retries: retries > 0 ? retries : undefined,
    shared: shared ? `${shared.conversation} ${shared.callId}` : undefined,
  });
  yield complete(pid, tid, name, 'tool', { startMs: askedMs, endMs }, args);
  for (const wait of waits) yield complete(pid, tid, `waiting: ${wait.reason}`, 'wait', wait, {});
}

function* marks(
  { handoffs, messages }: ConversationSpans,
  { startMs, endMs }: Part,
  pid: number,
  tid: number,
): Iterable<JsonObject> {
  const isWithin = ({ atMs }: { readonly atMs: number }) => atMs >= startMs && atMs <= endMs;
  for (const { from, to, atMs, failed } of handoffs.filter(isWithin)) {
    yield { ...instant(pid, tid, `handoff to ${to}`, atMs), s: 't', args: { from, to, failed } };
  }
  for (const { atMs } of messages.filter(isWithin))
    yield { ...instant(pid, tid, 'news of background tasks', atMs), s: 't' };
}

/** What changes over time: how many conversations run, how many requests at once are let through, and refusals. */
function* curves({ conversations, limits, refusals }: ModeSpans, pid: number): Iterable<JsonObject> {
  const changes = conversations
    .filter(({ parent }) => parent === undefined)
    .flatMap(({ stretches }) =>
      stretches.flatMap(({ startMs, endMs }) => [[startMs, 1] as const, [endMs, -1] as const]),
    )
    .sort(([one, change], [other, otherChange]) => one - other || change - otherChange);
  let running = 0;
  for (const [atMs, change] of changes) {
    running += change;
    yield { ph: 'C', pid, tid: 0, ts: micros(atMs), name: 'conversations at once', args: { conversations: running } };
  }
  for (const { atMs, model, limit } of limits) {
    yield { ph: 'C', pid, tid: 0, ts: micros(atMs), name: `requests at once: ${model}`, args: { limit } };
  }
  for (const { atMs, model, conversation } of refusals) {
    yield { ...instant(pid, 0, 'refused', atMs), s: 'p', args: { model, conversation } };
  }
}

function complete(
  pid: number,
  tid: number,
  name: string,
  cat: string,
  { startMs, endMs }: Part,
  args: JsonObject,
): JsonObject {
  const ts = micros(startMs);
  // From rounded ends, so that what lies within another stays within it.
  return { ph: 'X', pid, tid, name, cat, ts, dur: Math.max(0, micros(endMs) - ts), args };
}

function instant(pid: number, tid: number, name: string, atMs: number) {
  return { ph: 'i', pid, tid, name, ts: micros(atMs) };
}

function micros(ms: number): number {
  return Math.round(ms * 1000);
}

function given(values: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined),
  );
}
