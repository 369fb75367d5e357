import type { ConversationStatus, Mode, RunEvent, RunEventBody } from '../../../src/contract/event.ts';
import { EVENT_FORMAT } from '../../../src/contract/event.ts';
import type { Missed } from '../../../src/contract/expectation.ts';
import type { JsonValue } from '../../../src/contract/json.ts';
import type { ToolFailureCode } from '../../../src/contract/message.ts';
import type { StopReason, Usage } from '../../../src/contract/model.ts';
import { addUsage, NO_USAGE } from '../../../src/contract/model.ts';

/** A tool call of a fake run. */
export interface FakeCall {
  readonly name: string;
  readonly ms: number;
  readonly argumentsText?: string;
  readonly output?: JsonValue;
  readonly failure?: { readonly code: ToolFailureCode; readonly message: string };
  readonly queuedMs?: number;
}

/** A turn of a fake run: a model call, then its tool calls side by side, then perhaps a handoff. */
export interface FakeTurn {
  readonly modelMs: number;
  readonly text?: string;
  readonly usage?: Usage;
  readonly model?: string;
  readonly costUsd?: number;
  readonly stop?: StopReason;
  readonly retries?: readonly { readonly afterMs: number; readonly waitMs: number; readonly message: string }[];
  readonly failure?: string;
  readonly calls?: readonly FakeCall[];
  readonly handoffTo?: string;
}

/** A conversation of a fake run. */
export interface FakeConversation {
  readonly id: string;
  readonly prompt?: string;
  readonly turns: readonly FakeTurn[];
  readonly status?: ConversationStatus;
  readonly problem?: string;
  readonly missed?: readonly Missed[];
  readonly answer?: string;
  readonly costUsd?: number;
}

/** How a fake run is made. */
export interface FakeRunOptions {
  readonly concurrency?: number;
  readonly toolConcurrency?: number;
  readonly modes?: readonly Mode[];
  readonly stopped?: string;
  readonly notStarted?: number;
}

type Timed = readonly [atMs: number, body: RunEventBody];

export const USAGE: Usage = { inputTokens: 210, cachedInputTokens: 0, outputTokens: 48, reasoningTokens: 0 };

/** All events of a run whose conversations take turns as they say, in time that nobody has to wait for. */
export function fakeRun(conversations: readonly FakeConversation[], options: FakeRunOptions = {}): RunEvent[] {
  const { concurrency = 4, toolConcurrency = 16, modes = ['parallel'], stopped, notStarted = 0 } = options;
  const caps = { concurrency, toolConcurrency };
  const events: Timed[] = [[0, runStart(conversations.length + notStarted, caps, modes)]];
  let nowMs = 1;
  for (const mode of modes) nowMs = runMode(conversations, mode, { ...caps, notStarted, startMs: nowMs, events });
  const counts = countsOf(conversations, notStarted);
  events.push([nowMs, { kind: 'run_end', tookMs: nowMs, counts, ...(stopped !== undefined && { stopped }) }]);
  return events
    .toSorted(([one], [other]) => one - other)
    .map(([atMs, body], index) => ({ seq: index + 1, atMs, ...body }));
}

function runMode(
  conversations: readonly FakeConversation[],
  mode: Mode,
  run: { concurrency: number; toolConcurrency: number; notStarted: number; startMs: number; events: Timed[] },
): number {
  const slots = new Array<number>(mode === 'sequential' ? 1 : run.concurrency).fill(run.startMs);
  const caps = { concurrency: slots.length, toolConcurrency: mode === 'sequential' ? 1 : run.toolConcurrency };
  run.events.push([run.startMs, { kind: 'mode_start', mode, ...caps }]);
  let endMs = run.startMs;
  conversations.forEach((conversation, index) => {
    const slot = slots.indexOf(Math.min(...slots));
    const startMs = slots[slot] ?? 0;
    slots[slot] = runConversation(conversation, index, mode, { startMs, modeMs: run.startMs, events: run.events });
    endMs = Math.max(endMs, slots[slot]);
  });
  const counts = countsOf(conversations, run.notStarted);
  run.events.push([endMs, { kind: 'mode_end', mode, tookMs: endMs - run.startMs, counts }]);
  return endMs;
}

function runConversation(
  fake: FakeConversation,
  index: number,
  mode: Mode,
  run: { startMs: number; modeMs: number; events: Timed[] },
): number {
  const { id: conversation } = fake;
  let nowMs = run.startMs;
  let agent = 'assistant';
  let usage = NO_USAGE;
  const emit = (body: RunEventBody) => run.events.push([nowMs, body]);
  emit({
    kind: 'conversation_start',
    conversation,
    index,
    prompt: fake.prompt ?? `prompt ${index}`,
    agent,
    model: 'sim/offline',
    source: { file: 'prompts.txt', line: index + 1 },
    queuedMs: run.startMs - run.modeMs,
  });
  fake.turns.forEach((turn, at) => {
    const scene = { conversation, turn: at + 1, agent };
    nowMs = runModel(turn, scene, nowMs, run.events);
    if (!turn.failure) usage = addUsage(usage, turn.usage ?? USAGE);
    nowMs = runTools(turn.calls ?? [], { ...scene, mode }, nowMs, run.events);
    if (turn.handoffTo === undefined) return;
    const outcome = { kind: 'ok', callId: 'h', output: null } as const;
    emit({ kind: 'handoff', conversation, turn: at + 1, from: agent, to: turn.handoffTo, outcome });
    agent = turn.handoffTo;
  });
  emit({
    kind: 'conversation_end',
    conversation,
    index,
    status: fake.status ?? 'done',
    answer: fake.answer ?? fake.turns.at(-1)?.text ?? '',
    ...(fake.problem !== undefined && { problem: fake.problem }),
    ...(fake.missed !== undefined && { missed: fake.missed }),
    agent,
    model: 'sim/offline',
    turns: fake.turns.length,
    toolCalls: fake.turns.reduce((sum, turn) => sum + (turn.calls?.length ?? 0), 0),
    handoffs: fake.turns.filter((turn) => turn.handoffTo !== undefined).length,
    usage,
    ...(fake.costUsd !== undefined && { costUsd: fake.costUsd }),
    tookMs: nowMs - run.startMs,
  });
  return nowMs;
}

interface Scene {
  readonly conversation: string;
  readonly turn: number;
  readonly agent: string;
}

function runModel(fake: FakeTurn, { conversation, turn, agent }: Scene, startMs: number, events: Timed[]): number {
  const { failure, stop = 'done', text = '', usage = USAGE, model = 'sim/offline', costUsd } = fake;
  events.push([startMs, { kind: 'model_start', conversation, turn, agent, model }]);
  let nowMs = startMs;
  let waitedMs = 0;
  fake.retries?.forEach(({ afterMs, waitMs, message }, index) => {
    nowMs += afterMs;
    const attempt = index + 1;
    events.push([nowMs, { kind: 'model_retry', conversation, turn, attempt, waitMs, code: 'rate_limited', message }]);
    nowMs += waitMs;
    waitedMs += waitMs;
  });
  nowMs += fake.modelMs;
  const calls = (fake.calls ?? []).map((call, index) => ({
    callId: `call_${turn}_${index}`,
    name: call.name,
    argumentsText: call.argumentsText ?? '{}',
  }));
  const result = failure
    ? ({ ok: false, code: 'server', message: failure } as const)
    : ({ ok: true, stop, text, calls, usage } as const);
  const cost = costUsd === undefined ? {} : { costUsd };
  const tookMs = nowMs - startMs;
  events.push([nowMs, { kind: 'model_end', conversation, turn, tookMs, waitedMs, rateMs: 0, ...cost, result }]);
  return nowMs;
}

function runTools(
  calls: readonly FakeCall[],
  { conversation, turn, mode }: Scene & { mode: Mode },
  startMs: number,
  events: Timed[],
): number {
  let endMs = startMs;
  calls.forEach((call, index) => {
    const callId = `call_${turn}_${index}`;
    const queuedMs = call.queuedMs ?? 0;
    const beginMs = (mode === 'sequential' ? endMs : startMs) + queuedMs;
    const same = { conversation, turn, callId, name: call.name };
    const outcome = call.failure
      ? ({ kind: 'failed', callId, ...call.failure } as const)
      : ({ kind: 'ok', callId, output: call.output ?? null } as const);
    const argumentsText = call.argumentsText ?? '{}';
    events.push([
      beginMs,
      { kind: 'tool_start', ...same, argumentsText, eager: false, queuedMs, waits: { slot: queuedMs } },
    ]);
    events.push([beginMs + call.ms, { kind: 'tool_end', ...same, tookMs: call.ms, waits: {}, outcome }]);
    endMs = Math.max(endMs, beginMs + call.ms);
  });
  return endMs;
}

function runStart(
  conversations: number,
  caps: { readonly concurrency: number; readonly toolConcurrency: number },
  modes: readonly Mode[],
): RunEventBody {
  return {
    kind: 'run_start',
    format: EVENT_FORMAT,
    version: '0.1.0',
    runId: 'run',
    startedAt: '2026-01-01T00:00:00.000Z',
    files: ['prompts/cities.txt'],
    conversations,
    model: 'sim/offline',
    modelReason: 'no OPENAI_API_KEY or GEMINI_API_KEY is set, so a rule-based stand-in answers',
    agent: 'assistant',
    ...caps,
    modes,
    setup: { cwd: '/', options: {}, fingerprints: { prompts: '', agents: '', options: '' } },
  };
}

function countsOf(conversations: readonly FakeConversation[], notStarted: number) {
  const done = conversations.filter(({ status = 'done' }) => status === 'done').length;
  const cancelled = conversations.filter(({ status }) => status === 'cancelled').length;
  return { done, cancelled, failed: conversations.length - done - cancelled, notStarted };
}
