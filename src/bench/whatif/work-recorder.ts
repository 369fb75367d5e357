import type { EventOf, RunEvent } from '../../contract/event.ts';
import type { Reporter } from '../../contract/reporter.ts';
import type { ToolEffect } from '../../contract/tool.ts';
import { timedOf } from '../../report/spans/replay-words.ts';
import type { ConversationSpans, ModelSpan, ModeSpans } from '../../report/spans/run-spans.ts';
import { SpanRecorder } from '../../report/spans/span-recorder.ts';
import { ModeContents } from './mode-contents.ts';
import type { OwnWork } from './own-work.ts';
import { ownWork } from './own-work.ts';
import { callsOf } from './recorded-calls.ts';
import { factsOf } from './recorded-facts.ts';
import type { RecordedAgent, RecordedAttempt, RecordedTurn, RecordedWork } from './recorded-work.ts';
import type { SentApart } from './sent-apart.ts';
import { sentApart } from './sent-apart.ts';

/** Makes of a run's events what its work can be scheduled anew from. Keeps all that was said in its last mode. */
export class WorkRecorder implements Reporter {
  readonly #spans = new SpanRecorder();
  #contents = new ModeContents();

  handle(event: RunEvent): void {
    this.#spans.handle(event);
    if (event.kind === 'mode_start') this.#contents = new ModeContents();
    this.#contents.add(event);
  }

  /** Nothing if no mode was begun. */
  work(): RecordedWork | undefined {
    const spans = this.#spans.spans();
    const mode = spans?.modes.at(-1);
    if (!spans || !mode) return undefined;
    const contents = this.#contents;
    const resumesMs = spans.resumes.map(({ atMs }) => atMs);
    const work = ownWork(mode, resumesMs);
    const apart = sentApart(mode);
    const turns = mode.conversations.map((each): [string, readonly RecordedTurn[]] => [
      each.conversation,
      each.models
        .filter(({ ending }) => ending === 'ended')
        .map((model) => turnOf(model, each, contents, { own: work.get(model.seq), apart })),
    ]);
    const flaw = flawOf(mode, spans.stopped);
    const { concurrency = 1, toolConcurrency = 1 } = mode.allowed.at(-1) ?? {};
    return {
      mode: mode.mode,
      concurrency,
      toolConcurrency,
      wallMs: mode.endMs - mode.startMs,
      timed: timedOf(spans),
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

function turnOf(
  span: ModelSpan,
  { tools }: ConversationSpans,
  { results, retries }: ModeContents,
  { own = { beforeMs: 0, afterMs: 0 }, apart }: { readonly own: OwnWork | undefined; readonly apart: SentApart },
): RecordedTurn {
  const result = results.get(span.seq) ?? { ok: false, code: 'unavailable', message: 'its end was not told' };
  const counted = span.attempts.at(-1)?.startMs ?? span.startMs;
  const early = tools.filter(({ turn, eager }) => turn === span.turn && eager);
  return {
    model: span.model,
    beforeMs: own.beforeMs,
    afterMs: own.afterMs,
    attempts: attemptsOf(span, retries.get(span.seq) ?? [], result, apart),
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
  apart: SentApart,
): readonly RecordedAttempt[] {
  return attempts.map((attempt, index) => {
    const { startMs, endMs } = attempt;
    const apartMs = apart.get(attempt);
    const tookMs = endMs - startMs;
    const times = { tookMs, ...(apartMs === undefined ? {} : { apartMs }) };
    const retry = retries[index];
    if (retry) {
      const { code, message, waitMs, askedMs } = retry;
      return { ...times, failure: { code, message, waitMs, ...(askedMs === undefined ? {} : { askedMs }) } };
    }
    if (result.ok)
      return { ...times, firstMs: firstTokenMs === undefined ? tookMs : Math.max(0, firstTokenMs - startMs) };
    return { ...times, failure: { code: result.code, message: result.message, waitMs: 0 } };
  });
}

function agentsOf(mode: ModeSpans, { handoffs }: ModeContents): ReadonlyMap<string, RecordedAgent> {
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
