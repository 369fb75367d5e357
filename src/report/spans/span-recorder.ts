import type { EventOf, Mode, RunEvent } from '../../contract/event.ts';
import type { Reporter } from '../../contract/reporter.ts';
import { ConversationRecord } from './conversation-record.ts';
import type { LimitMark, ModeSpans, RefusalMark, RunSpans } from './run-spans.ts';
import { SlotBoard } from './slot-board.ts';

interface ModeRecord {
  readonly mode: Mode;
  readonly startMs: number;
  endMs: number;
  ended: EventOf<'mode_end'> | undefined;
  readonly allowed: { fromMs: number; concurrency: number; toolConcurrency: number }[];
  readonly conversations: Map<string, ConversationRecord>;
  readonly limits: LimitMark[];
  readonly refusals: RefusalMark[];
  slots: SlotBoard;
}

/** Makes spans of a run's events, in memory that grows with their number. Can be asked at any moment of a run. */
export class SpanRecorder implements Reporter {
  #start: EventOf<'run_start'> | undefined;
  #end: EventOf<'run_end'> | undefined;
  #endMs = 0;
  readonly #resumes: RunSpans['resumes'][number][] = [];
  readonly #modes: ModeRecord[] = [];

  handle(event: RunEvent): void {
    this.#endMs = event.atMs;
    const mode = this.#modes.at(-1);
    if (mode && event.kind !== 'run_end') mode.endMs = event.atMs;
    switch (event.kind) {
      case 'run_start':
        this.#start = event;
        break;
      case 'run_resume':
        this.#resume(event, mode);
        break;
      case 'run_end':
        this.#end = event;
        break;
      case 'mode_start':
        this.#modes.push(begin(event));
        break;
      case 'mode_end':
        if (mode) mode.ended = event;
        break;
      case 'limit_change':
        mode?.limits.push({ atMs: event.atMs, model: event.model, limit: event.limit, reason: event.reason });
        break;
      default:
        if (mode) record(event, mode);
    }
  }

  /** All spans so far, of a run that goes on up to `nowMs`; nothing before the run's first event. */
  spans(nowMs = this.#endMs): RunSpans | undefined {
    if (!this.#start) return undefined;
    const endMs = this.#end ? this.#endMs : Math.max(this.#endMs, nowMs);
    const last = this.#modes.at(-1);
    const { runId, version, startedAt, files, conversations: prompts, model, agent, replay } = this.#start;
    const stopped = this.#end?.stopped === undefined ? {} : { stopped: this.#end.stopped };
    return {
      runId,
      version,
      startedAt,
      files,
      prompts,
      model,
      agent,
      ...(replay ? { replay } : {}),
      modes: this.#modes.map((mode) =>
        modeSpans(mode, mode === last && !this.#end && !mode.ended ? endMs : mode.endMs),
      ),
      resumes: [...this.#resumes],
      endMs,
      ending: this.#end ? 'ended' : 'open',
      ...stopped,
    };
  }

  #resume(event: EventOf<'run_resume'>, mode: ModeRecord | undefined): void {
    const { atMs, startedAt, finished } = event;
    this.#resumes.push({ atMs, startedAt, finished });
    this.#end = undefined;
    if (!mode) return;
    for (const conversation of mode.conversations.values()) conversation.interrupt(atMs);
    mode.slots = new SlotBoard();
    mode.ended = undefined;
    const { concurrency, toolConcurrency } = event;
    if (mode.mode === 'sequential' || concurrency === undefined || toolConcurrency === undefined) return;
    const last = mode.allowed.at(-1);
    if (last?.concurrency === concurrency && last.toolConcurrency === toolConcurrency) return;
    mode.allowed.push({ fromMs: atMs, concurrency, toolConcurrency });
  }
}

function begin({ mode, atMs, concurrency, toolConcurrency }: EventOf<'mode_start'>): ModeRecord {
  return {
    mode,
    startMs: atMs,
    endMs: atMs,
    ended: undefined,
    allowed: [{ fromMs: atMs, concurrency, toolConcurrency }],
    conversations: new Map(),
    limits: [],
    refusals: [],
    slots: new SlotBoard(),
  };
}

function record(event: RunEvent, mode: ModeRecord): void {
  if (!('conversation' in event) || event.conversation === undefined) return;
  const { conversations, slots, refusals } = mode;
  const known = conversations.get(event.conversation);
  if (event.kind === 'conversation_start') {
    const slot = event.parent === undefined ? slots.take(event.conversation) : undefined;
    if (known) known.goOn(event, slot);
    else conversations.set(event.conversation, new ConversationRecord(event, slot));
    return;
  }
  if (!known) return;
  if (event.kind === 'conversation_end' && event.parent === undefined) slots.giveBack(event.conversation);
  if (isRefusal(event)) {
    refusals.push({ atMs: event.atMs, conversation: event.conversation, model: known.modelAsked });
  }
  known.add(event);
}

function isRefusal(event: RunEvent): boolean {
  if (event.kind === 'model_retry') return event.code === 'rate_limited';
  return event.kind === 'model_end' && !event.result.ok && event.result.code === 'rate_limited';
}

function modeSpans(record: ModeRecord, endMs: number): ModeSpans {
  const { mode, startMs, ended, allowed, conversations, limits, refusals } = record;
  return {
    mode,
    startMs,
    endMs,
    ending: ended ? 'ended' : 'open',
    allowed: [...allowed],
    conversations: [...conversations.values()].map((conversation) => conversation.spans(endMs)),
    limits: [...limits],
    refusals: [...refusals],
    ...(ended ? { counts: ended.counts } : {}),
  };
}
