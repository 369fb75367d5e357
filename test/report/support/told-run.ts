import type { BodyOf, Mode, RequestWait, RunEvent, RunEventBody } from '../../../src/contract/event.ts';
import { EVENT_FORMAT } from '../../../src/contract/event.ts';
import { NO_USAGE } from '../../../src/contract/model.ts';

type Parts<K extends RunEventBody['kind']> = Partial<Omit<BodyOf<K>, 'kind'>>;

/** A run told event by event, in which only what matters to a test is named. */
export class ToldRun {
  readonly events: RunEvent[] = [];

  constructor(parts: Parts<'run_start'> = {}) {
    this.tell(0, {
      kind: 'run_start',
      format: EVENT_FORMAT,
      version: '0.1.0',
      runId: 'run',
      startedAt: '2026-01-01T00:00:00.000Z',
      files: ['prompts.txt'],
      conversations: 1,
      model: 'sim/offline',
      modelReason: 'a test',
      agent: 'assistant',
      concurrency: 4,
      toolConcurrency: 16,
      modes: ['parallel'],
      setup: { cwd: '/', options: {}, fingerprints: { prompts: '', agents: '', options: '' } },
      ...parts,
    });
  }

  tell(atMs: number, body: RunEventBody): this {
    this.events.push({ seq: this.events.length + 1, atMs, ...body });
    return this;
  }

  mode(atMs: number, concurrency = 4, mode: Mode = 'parallel'): this {
    return this.tell(atMs, { kind: 'mode_start', mode, concurrency, toolConcurrency: 16 });
  }

  resume(atMs: number, parts: Parts<'run_resume'> = {}): this {
    return this.tell(atMs, { kind: 'run_resume', version: '0.1.0', startedAt: '', finished: 0, ...parts });
  }

  start(atMs: number, conversation: string, parts: Parts<'conversation_start'> = {}): this {
    return this.tell(atMs, {
      kind: 'conversation_start',
      conversation,
      index: Number(conversation.match(/\d+/)?.[0] ?? 1) - 1,
      prompt: 'Hello',
      agent: 'assistant',
      model: 'sim/offline',
      source: { file: 'prompts.txt', line: 1 },
      queuedMs: 0,
      ...parts,
    });
  }

  end(atMs: number, conversation: string, parts: Parts<'conversation_end'> = {}): this {
    return this.tell(atMs, {
      kind: 'conversation_end',
      conversation,
      index: 0,
      status: 'done',
      answer: '',
      agent: 'assistant',
      model: 'sim/offline',
      turns: 1,
      toolCalls: 0,
      handoffs: 0,
      usage: NO_USAGE,
      tookMs: 0,
      ...parts,
    });
  }

  ask(atMs: number, conversation: string, parts: Parts<'model_start'> = {}): this {
    return this.tell(atMs, {
      kind: 'model_start',
      conversation,
      turn: 1,
      agent: 'assistant',
      model: 'sim/offline',
      ...parts,
    });
  }

  askAgain(atMs: number, conversation: string, parts: Parts<'model_retry'> = {}): this {
    const failed = { attempt: 1, waitMs: 0, code: 'server', message: 'busy' } as const;
    return this.tell(atMs, { kind: 'model_retry', conversation, turn: 1, ...failed, ...parts });
  }

  wait(atMs: number, conversation: string, reason: RequestWait = 'rate'): this {
    return this.tell(atMs, { kind: 'wait_start', conversation, turn: 1, reason });
  }

  waited(atMs: number, conversation: string, reason: RequestWait = 'rate'): this {
    const start = this.events.findLast((event) => event.kind === 'wait_start' && event.conversation === conversation);
    return this.sent(atMs, conversation, atMs - (start?.atMs ?? atMs), reason);
  }

  /** The end of a wait that was over sooner than the request was sent. */
  sent(atMs: number, conversation: string, tookMs: number, reason: RequestWait = 'rate'): this {
    return this.tell(atMs, { kind: 'wait_end', conversation, turn: 1, reason, tookMs });
  }

  answer(atMs: number, conversation: string, parts: Parts<'model_end'> = {}): this {
    const result = { ok: true, stop: 'done', text: '', calls: [], usage: NO_USAGE } as const;
    const times = { tookMs: 0, waitedMs: 0, rateMs: 0 };
    return this.tell(atMs, { kind: 'model_end', conversation, turn: 1, ...times, result, ...parts });
  }

  call(atMs: number, conversation: string, callId: string, parts: Parts<'tool_start'> = {}): this {
    const waits = parts.waits ?? {};
    const queuedMs = Object.values(waits).reduce((sum, ms) => sum + ms, 0);
    const rest = { name: 'look_up', argumentsText: '{}', eager: false, queuedMs, waits };
    return this.tell(atMs, { kind: 'tool_start', conversation, turn: 1, callId, ...rest, ...parts });
  }

  callAgain(atMs: number, conversation: string, callId: string, waitMs: number): this {
    const failed = { name: 'look_up', attempt: 1, message: 'no' };
    return this.tell(atMs, { kind: 'tool_retry', conversation, turn: 1, callId, ...failed, waitMs });
  }

  result(atMs: number, conversation: string, callId: string, parts: Parts<'tool_end'> = {}): this {
    const outcome = { kind: 'ok', callId, output: null } as const;
    const rest = { name: 'look_up', tookMs: 0, waits: {}, outcome };
    return this.tell(atMs, { kind: 'tool_end', conversation, turn: 1, callId, ...rest, ...parts });
  }

  modeEnd(atMs: number, mode: Mode = 'parallel'): this {
    const counts = { done: 1, failed: 0, cancelled: 0, notStarted: 0 };
    return this.tell(atMs, { kind: 'mode_end', mode, tookMs: atMs, counts });
  }

  runEnd(atMs: number, parts: Parts<'run_end'> = {}): this {
    const counts = { done: 1, failed: 0, cancelled: 0, notStarted: 0 };
    return this.tell(atMs, { kind: 'run_end', tookMs: atMs, counts, ...parts });
  }
}
