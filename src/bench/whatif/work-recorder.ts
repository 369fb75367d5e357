import type { RecordedOutcome } from '../../contract/cassette.ts';
import type { EventOf, RunEvent } from '../../contract/event.ts';
import type { ToolOutcome } from '../../contract/message.ts';
import type { Prompt } from '../../contract/prompt.ts';
import type { Reporter } from '../../contract/reporter.ts';
import type { ToolEffect } from '../../contract/tool.ts';
import type { ConversationSpans, ModelSpan, ModeSpans, ToolSpan } from '../../report/spans/run-spans.ts';
import { SpanRecorder } from '../../report/spans/span-recorder.ts';
import { ownWork } from './own-work.ts';
import type {
  RecordedAgent,
  RecordedAttempt,
  RecordedFacts,
  RecordedToolCall,
  RecordedTurn,
  RecordedWork,
} from './recorded-work.ts';
import { placeOf } from './recorded-work.ts';

/** Makes of a run's events what its work can be scheduled anew from. Keeps all that was said in its last mode. */
export class WorkRecorder implements Reporter {
  readonly #spans = new SpanRecorder();
  #contents = new Contents();
  #timed: RecordedWork['timed'] = 'measured';

  handle(event: RunEvent): void {
    this.#spans.handle(event);
    if (event.kind === 'run_start' && event.replay?.time === 'virtual') this.#timed = 'virtual';
    if (event.kind === 'mode_start') this.#contents = new Contents();
    this.#contents.add(event);
  }

  /** Nothing if no mode was begun. */
  work(): RecordedWork | undefined {
    const spans = this.#spans.spans();
    const mode = spans?.modes.at(-1);
    if (!spans || !mode) return undefined;
    const contents = this.#contents;
    const work = ownWork(mode);
    const turns = mode.conversations.map((each): [string, readonly RecordedTurn[]] => [
      each.conversation,
      each.models
        .filter(({ ending }) => ending === 'ended')
        .map((model) => turnOf(model, each, contents, work.get(model.seq))),
    ]);
    const flaw = flawOf(mode, spans.stopped);
    const { concurrency = 1, toolConcurrency = 1 } = mode.allowed.at(-1) ?? {};
    return {
      mode: mode.mode,
      concurrency,
      toolConcurrency,
      wallMs: mode.endMs - mode.startMs,
      timed: this.#timed,
      tailMs: mode.endMs - Math.max(mode.startMs, ...mode.conversations.map(({ endMs }) => endMs)),
      prompts: contents.prompts,
      turns: new Map(turns),
      calls: callsOf(mode, contents),
      agents: agentsOf(mode, contents),
      facts: factsOf(mode, spans.resumes.length),
      ...(flaw === undefined ? {} : { flaw }),
    };
  }
}

function flawOf({ ending, counts, conversations }: ModeSpans, stopped: string | undefined): string | undefined {
  if (stopped !== undefined) return `it was stopped by ${stopped}`;
  if (ending === 'open') return 'it has not come to its end';
  if (counts && counts.notStarted > 0) return 'not all of its prompts were started';
  return conversations.length === 0 ? 'it had no prompts' : undefined;
}

/** What spans leave out, by the `seq` of the event that began the span. */
class Contents {
  readonly prompts: Prompt[] = [];
  readonly results = new Map<number, EventOf<'model_end'>['result']>();
  readonly retries = new Map<number, EventOf<'model_retry'>[]>();
  readonly calls = new Map<number, { readonly argumentsText: string; outcome?: ToolOutcome }>();
  /** Of each conversation, the agents that it was handed to. */
  readonly handoffs: EventOf<'handoff'>[] = [];
  readonly #asking = new Map<string, number>();
  readonly #calling = new Map<string, number>();

  add(event: RunEvent): void {
    switch (event.kind) {
      case 'conversation_start':
        if (event.parent === undefined && !event.resumed) this.prompts.push(promptOf(event));
        break;
      case 'model_start':
        this.#asking.set(event.conversation, event.seq);
        this.retries.set(event.seq, []);
        break;
      case 'model_retry':
        this.retries.get(this.#asking.get(event.conversation) ?? 0)?.push(event);
        break;
      case 'model_end':
        this.results.set(this.#asking.get(event.conversation) ?? 0, event.result);
        break;
      case 'tool_start':
        this.#calling.set(placeOf(event.conversation, event.callId), event.seq);
        this.calls.set(event.seq, { argumentsText: event.argumentsText });
        break;
      case 'tool_end': {
        const call = this.calls.get(this.#calling.get(placeOf(event.conversation, event.callId)) ?? 0);
        if (call) call.outcome = event.outcome;
        break;
      }
      case 'handoff':
        this.handoffs.push(event);
        break;
      default:
    }
  }
}

/** With the model that it began with, whoever had chosen that. */
function promptOf({ conversation, index, prompt, agent, model, source }: EventOf<'conversation_start'>): Prompt {
  return { id: conversation, index, text: prompt, agent, model, source };
}

function turnOf(
  span: ModelSpan,
  { tools }: ConversationSpans,
  { results, retries }: Contents,
  own: { readonly beforeMs: number; readonly afterMs: number } = { beforeMs: 0, afterMs: 0 },
): RecordedTurn {
  const result = results.get(span.seq) ?? { ok: false, code: 'unavailable', message: 'its end was not told' };
  const counted = span.attempts.at(-1)?.startMs ?? span.startMs;
  const early = tools.filter(({ turn, eager }) => turn === span.turn && eager);
  return {
    model: span.model,
    beforeMs: own.beforeMs,
    afterMs: own.afterMs,
    attempts: attemptsOf(span, retries.get(span.seq) ?? [], result),
    result,
    calls: (result.ok ? result.calls : []).map((call) => {
      // The calls of a plan are called after it.
      const started = early.filter(({ callId }) => callId === call.callId || callId.startsWith(`${call.callId}.`));
      const atMs = Math.min(...started.map(({ askedMs }) => askedMs)) - counted;
      return Number.isFinite(atMs) ? { call, atMs: Math.max(0, atMs) } : { call };
    }),
  };
}

function attemptsOf(
  { attempts, firstTokenMs }: ModelSpan,
  retries: readonly EventOf<'model_retry'>[],
  result: EventOf<'model_end'>['result'],
): readonly RecordedAttempt[] {
  return attempts.map(({ startMs, endMs }, index) => {
    const tookMs = endMs - startMs;
    const retry = retries[index];
    if (retry) {
      const { code, message, waitMs, askedMs } = retry;
      return { tookMs, failure: { code, message, waitMs, ...(askedMs === undefined ? {} : { askedMs }) } };
    }
    if (result.ok)
      return { tookMs, firstMs: firstTokenMs === undefined ? tookMs : Math.max(0, firstTokenMs - startMs) };
    return { tookMs, failure: { code: result.code, message: result.message, waitMs: 0 } };
  });
}

function callsOf(mode: ModeSpans, contents: Contents): RecordedWork['calls'] {
  const calls = new Map<string, RecordedToolCall[]>();
  for (const { conversation, tools } of mode.conversations) {
    for (const tool of tools) {
      const content = contents.calls.get(tool.seq);
      if (tool.ending !== 'ended' || !content?.outcome) continue;
      const place = placeOf(conversation, tool.callId);
      const known = calls.get(place) ?? [];
      known.push(callOf(tool, content.argumentsText, content.outcome));
      calls.set(place, known);
    }
  }
  return calls;
}

function callOf(span: ToolSpan, argumentsText: string, told: ToolOutcome): RecordedToolCall {
  const outcome = recordedOutcome(told);
  const failure = outcome.kind === 'failed' ? outcome.code : undefined;
  const approvalMs = span.waits.reduce(
    (sum, wait) => sum + (wait.reason === 'approval' ? wait.endMs - wait.startMs : 0),
    0,
  );
  const decision = failure === 'not_approved' ? 'no' : 'yes';
  return {
    name: span.name,
    argumentsText,
    isMisfit: failure === 'invalid_arguments',
    attempts: span.shared
      ? [{ tookMs: span.shared.savedMs, outcome }]
      : ranMs(span).map((tookMs, index, all) => ({
          tookMs,
          outcome: index === all.length - 1 ? outcome : { kind: 'failed', code: 'threw', message: 'it failed' },
        })),
    ...(approvalMs > 0 || failure === 'not_approved' ? { decision: { tookMs: approvalMs, decision } } : {}),
  };
}

function recordedOutcome(told: ToolOutcome): RecordedOutcome {
  if (told.kind === 'ok') return { kind: 'ok', output: told.output };
  return told.code === 'cancelled' ? { kind: 'cancelled' } : { kind: 'failed', code: told.code, message: told.message };
}

/** How long each attempt ran: waits for another attempt part them, other waits are no part of them. */
function ranMs({ startMs, endMs, waits }: ToolSpan): readonly number[] {
  const ran: number[] = [];
  let sinceMs = startMs;
  let soFarMs = 0;
  for (const wait of waits.filter((each) => each.startMs >= startMs)) {
    soFarMs += wait.startMs - sinceMs;
    sinceMs = wait.endMs;
    if (wait.reason !== 'retry') continue;
    ran.push(soFarMs);
    soFarMs = 0;
  }
  return [...ran, soFarMs + endMs - sinceMs];
}

function agentsOf(mode: ModeSpans, { handoffs }: Contents): ReadonlyMap<string, RecordedAgent> {
  const agents = new Map<string, { models: Set<string>; handoffs: Set<string>; tools: Map<string, ToolEffect> }>();
  const get = (name: string) => {
    const known = agents.get(name) ?? { models: new Set(), handoffs: new Set(), tools: new Map() };
    agents.set(name, known);
    return known;
  };
  for (const { agent, models, tools } of mode.conversations) {
    get(agent);
    const speakers = new Map(models.map(({ turn, agent: speaker }) => [turn, speaker]));
    for (const span of models) get(span.agent).models.add(span.model);
    for (const { turn, name, effect } of tools) {
      if (effect !== undefined) get(speakers.get(turn) ?? agent).tools.set(name, effect);
    }
  }
  for (const { from, to, outcome } of handoffs) {
    if (outcome.kind !== 'ok') continue;
    get(from).handoffs.add(to);
    get(to);
  }
  return new Map(
    [...agents].map(([name, { models, ...rest }]) => [
      name,
      { ...rest, model: models.size === 1 ? [...models][0] : undefined },
    ]),
  );
}

function factsOf(mode: ModeSpans, resumes: number): RecordedFacts {
  const { conversations } = mode;
  const headMs = headMsOf(mode);
  const tools = conversations.flatMap((each) => each.tools);
  return {
    refusals: mode.refusals.length,
    ...(headMs === undefined ? {} : { headMs }),
    budgetMs: conversations.flatMap(({ models }) => models).reduce((sum, { budgetMs }) => sum + budgetMs, 0),
    approvals: tools.filter(({ waits }) => waits.some(({ reason }) => reason === 'approval')).length,
    toolRetries: tools.reduce((sum, { retries }) => sum + retries, 0),
    tasks: conversations.reduce((sum, { tasks }) => sum + tasks.length, 0),
    resumes,
    notDone: conversations.filter(({ parent, status }) => parent === undefined && status !== 'done').length,
  };
}

/** From when the first request was sent to the first head of a response that raised the limit for others. */
function headMsOf({ conversations, limits }: ModeSpans): number | undefined {
  const told = limits.find(({ reason }) => reason === 'headers');
  if (!told) return undefined;
  const sentMs = conversations
    .flatMap(({ models }) => models)
    .filter(({ model }) => model === told.model)
    .flatMap(({ attempts }) => attempts.map(({ startMs }) => startMs));
  const firstMs = Math.min(...sentMs);
  return firstMs <= told.atMs ? told.atMs - firstMs : undefined;
}
