import { fateOf } from '../spans/fate.ts';
import { timedOf } from '../spans/replay-words.ts';
import type { ConversationSpans, ModelSpan, ModeSpans, RunSpans, ToolSpan } from '../spans/run-spans.ts';
import type { Contents } from './otlp-contents.ts';
import type { KeyValue } from './otlp-values.ts';
import { attributes, identifier, unixNano } from './otlp-values.ts';

/** A span of OTLP/JSON: https://github.com/open-telemetry/opentelemetry-proto, `trace.proto`. */
export interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly KeyValue[];
  readonly events?: readonly {
    readonly timeUnixNano: string;
    readonly name: string;
    readonly attributes: readonly KeyValue[];
  }[];
  readonly status?: { readonly code: number; readonly message?: string };
}

const INTERNAL = 1;
const CLIENT = 3;
const ERROR = 2;

/** What all spans of a run have in common. */
interface Frame {
  readonly runId: string;
  readonly traceId: string;
  readonly idOf: (seq: number) => string;
  readonly nano: (atMs: number) => string;
  readonly said: (seq: number) => Readonly<Record<string, string>>;
}

/** Where the calls of a conversation belong: its own span, and a name that no other has, of whatever run. */
interface Place {
  readonly id: string;
  readonly spanId: string;
}

/** A run's spans by OpenTelemetry's conventions for generative AI, those that others belong to before them. */
export function* otlpSpans(run: RunSpans, contents?: Contents): Iterable<OtlpSpan> {
  const { runId, startedAt, endMs, model, agent, prompts, files, stopped } = run;
  const traceId = identifier(32, runId, startedAt);
  const frame: Frame = {
    runId,
    traceId,
    idOf: (seq) => identifier(16, traceId, seq),
    nano: wallClock(run),
    said: (seq) => contents?.get(seq) ?? {},
  };
  const root = identifier(16, traceId, 'run');
  yield {
    traceId,
    spanId: root,
    name: 'invoke_workflow agentpar',
    kind: INTERNAL,
    startTimeUnixNano: frame.nano(0),
    endTimeUnixNano: frame.nano(endMs),
    attributes: attributes({
      'gen_ai.operation.name': 'invoke_workflow',
      'gen_ai.workflow.name': 'agentpar',
      'gen_ai.request.model': model,
      'gen_ai.agent.name': agent,
      'agentpar.run.id': runId,
      'agentpar.files': files,
      'agentpar.conversations': prompts,
      'agentpar.timed': timedOf(run),
      'error.type': stopped === undefined ? undefined : 'stopped',
    }),
    ...(stopped === undefined ? {} : { status: { code: ERROR, message: stopped } }),
  };
  for (const [index, mode] of run.modes.entries()) yield* modeSpans(mode, index, root, frame);
}

function* modeSpans(mode: ModeSpans, index: number, root: string, frame: Frame): Iterable<OtlpSpan> {
  const spanId = identifier(16, frame.traceId, 'mode', index);
  const { concurrency, toolConcurrency } = mode.allowed.at(-1) ?? {};
  yield {
    traceId: frame.traceId,
    spanId,
    parentSpanId: root,
    name: `agentpar ${mode.mode}`,
    kind: INTERNAL,
    ...times(mode, frame),
    attributes: attributes({
      'agentpar.mode': mode.mode,
      'agentpar.concurrency': concurrency,
      'agentpar.tool_concurrency': toolConcurrency,
    }),
    events: mode.limits.map(({ atMs, model, limit, reason }) => ({
      timeUnixNano: frame.nano(atMs),
      name: 'agentpar.limit_change',
      attributes: attributes({ 'gen_ai.request.model': model, 'agentpar.limit': limit, 'agentpar.reason': reason }),
    })),
  };
  const ids = new Map(mode.conversations.map(({ conversation, seq }) => [conversation, frame.idOf(seq)]));
  for (const conversation of mode.conversations) {
    const parent = conversation.parent === undefined ? undefined : ids.get(conversation.parent);
    const place: Place = {
      id: `${frame.runId}/${mode.mode}/${conversation.conversation}`,
      spanId: frame.idOf(conversation.seq),
    };
    yield conversationSpan(conversation, place, parent ?? spanId, frame);
    for (const span of conversation.models) yield chatSpan(span, place, frame);
    for (const span of conversation.tools) yield toolSpan(span, place, frame);
  }
}

function conversationSpan(spans: ConversationSpans, place: Place, parentSpanId: string, frame: Frame): OtlpSpan {
  const { seq, conversation, agent, model, status, problem, missed = [], index, handoffs, messages, stretches } = spans;
  const { isWrong, words } = fateOf(spans);
  const isBad = isWrong || status === undefined;
  return {
    traceId: frame.traceId,
    spanId: place.spanId,
    parentSpanId,
    name: `invoke_agent ${agent}`,
    kind: INTERNAL,
    ...times(spans, frame),
    attributes: attributes({
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.provider.name': providerOf(model),
      'gen_ai.agent.name': agent,
      'gen_ai.conversation.id': place.id,
      'gen_ai.request.model': nameOf(model),
      'agentpar.conversation': conversation,
      'agentpar.status': status ?? 'open',
      'agentpar.prompt.index': index,
      'agentpar.queued_ms': stretches[0]?.queuedMs,
      // What was expected may quote what was said.
      'agentpar.missed': missed.length > 0 ? missed.map(({ what }) => what) : undefined,
      'error.type': isBad ? (missed.length > 0 ? 'not_as_expected' : (status ?? 'open')) : undefined,
      ...frame.said(seq),
    }),
    events: [
      ...handoffs.map(({ atMs, from, to, failed }) => ({
        timeUnixNano: frame.nano(atMs),
        name: 'agentpar.handoff',
        attributes: attributes({ 'agentpar.from': from, 'agentpar.to': to, 'agentpar.failed': failed }),
      })),
      ...messages.map(({ atMs }) => ({ timeUnixNano: frame.nano(atMs), name: 'agentpar.news', attributes: [] })),
    ],
    ...(isBad ? { status: { code: ERROR, message: problem ?? (status ? words : 'it has not ended') } } : {}),
  };
}

function chatSpan(span: ModelSpan, place: Place, frame: Frame): OtlpSpan {
  const { seq, turn, agent, model, attempts, waits, failure, usage, costUsd, calls, firstTokenMs } = span;
  const counted = attempts.at(-1);
  const failed = attempts.filter((attempt) => attempt.failure !== undefined && attempt !== attempts.at(-1));
  return {
    traceId: frame.traceId,
    spanId: frame.idOf(seq),
    parentSpanId: place.spanId,
    name: `chat ${nameOf(model)}`,
    kind: CLIENT,
    ...times(span, frame),
    attributes: attributes({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': providerOf(model),
      'gen_ai.request.model': nameOf(model),
      'gen_ai.request.stream': true,
      'gen_ai.conversation.id': place.id,
      'gen_ai.agent.name': agent,
      'gen_ai.response.time_to_first_chunk':
        firstTokenMs === undefined || !counted ? undefined : (firstTokenMs - counted.startMs) / 1000,
      'gen_ai.usage.input_tokens': usage?.inputTokens,
      'gen_ai.usage.output_tokens': usage?.outputTokens,
      'gen_ai.usage.cache_read.input_tokens': usage?.cachedInputTokens,
      'gen_ai.usage.reasoning.output_tokens': usage?.reasoningTokens,
      'agentpar.cost_usd': costUsd,
      'agentpar.turn': turn,
      'agentpar.tool_calls': calls,
      'agentpar.waited_ms': waits.reduce((sum, wait) => sum + wait.endMs - wait.startMs, 0),
      'error.type': failure,
      ...frame.said(seq),
    }),
    events: failed.map((attempt) => ({
      timeUnixNano: frame.nano(attempt.endMs),
      name: 'agentpar.retry',
      attributes: attributes({ 'error.type': attempt.failure }),
    })),
    ...(failure === undefined ? {} : { status: { code: ERROR, message: failure } }),
  };
}

function toolSpan(span: ToolSpan, place: Place, frame: Frame): OtlpSpan {
  const { seq, turn, callId, name, effect, failure, retries, shared, eager, startMs, askedMs } = span;
  return {
    traceId: frame.traceId,
    spanId: frame.idOf(seq),
    parentSpanId: place.spanId,
    name: `execute_tool ${name}`,
    kind: INTERNAL,
    ...times(span, frame),
    attributes: attributes({
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': name,
      'gen_ai.tool.type': 'function',
      'gen_ai.tool.call.id': callId,
      'gen_ai.conversation.id': place.id,
      'agentpar.turn': turn,
      'agentpar.effect': effect,
      'agentpar.eager': eager,
      'agentpar.retries': retries,
      'agentpar.queued_ms': startMs - askedMs,
      'agentpar.shared_with': shared ? `${shared.conversation} ${shared.callId}` : undefined,
      'error.type': failure,
      ...frame.said(seq),
    }),
    ...(failure === undefined ? {} : { status: { code: ERROR, message: failure } }),
  };
}

function times({ startMs, endMs }: { readonly startMs: number; readonly endMs: number }, { nano }: Frame) {
  return { startTimeUnixNano: nano(startMs), endTimeUnixNano: nano(Math.max(startMs, endMs)) };
}

const PROVIDERS: ReadonlyMap<string, string> = new Map([
  ['openai', 'openai'],
  ['openai-chat', 'openai'],
  ['gemini', 'gcp.gemini'],
]);

function providerOf(model: string): string {
  const [provider = ''] = model.split('/', 1);
  return PROVIDERS.get(provider) ?? `agentpar.${provider}`;
}

/** Without its provider. */
function nameOf(model: string): string {
  return model.slice(model.indexOf('/') + 1);
}

/**
 * When a moment of the run was by the wall clock: the time in which no process worked on it is there again. A wall clock
 * that was put back meanwhile puts nothing before what came earlier.
 */
function wallClock({ startedAt, resumes }: RunSpans): (atMs: number) => string {
  const parts = [{ atMs: 0, epochMs: Date.parse(startedAt) || 0 }];
  for (const resume of resumes) {
    const last = parts.at(-1) ?? { atMs: 0, epochMs: 0 };
    const soonestMs = last.epochMs + Math.ceil(resume.atMs - last.atMs);
    parts.push({ atMs: resume.atMs, epochMs: Math.max(soonestMs, Date.parse(resume.startedAt) || 0) });
  }
  return (atMs) => {
    const part = parts.findLast((each) => each.atMs <= atMs) ?? { atMs: 0, epochMs: 0 };
    return unixNano(part.epochMs, atMs - part.atMs);
  };
}
