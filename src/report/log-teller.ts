import type { EventOf, RequestWait, RunEvent } from '../contract/event.ts';
import type { Missed } from '../contract/expectation.ts';
import type { ToolOutcome } from '../contract/message.ts';
import type { LogLine, Word } from './log-line.ts';
import { OpenCalls } from './open-calls.ts';
import { showCounted, showDuration, showUsage } from './show-number.ts';
import { showWaits, WAIT_WORTH_SAYING_MS } from './show-waits.ts';
import { Slowness } from './slowness.ts';
import type { Theme } from './theme.ts';

/** How much the log tells, and in which colours. */
export interface LogTellerOptions {
  readonly theme: Theme;
  /** Starts of conversations and models too, and nothing cut. */
  readonly verbose: boolean;
}

/** What the log tells of each event. Remembers what it takes to tell it: who speaks, what is open, what is usual. */
export class LogTeller {
  readonly #options: LogTellerOptions;
  readonly #slowness = new Slowness();
  readonly #openCalls = new OpenCalls();
  /** Of the running conversations: who speaks, where it is not the agent the run was started with. */
  readonly #agents = new Map<string, string>();
  #runAgent = '';

  constructor(options: LogTellerOptions) {
    this.#options = options;
  }

  /** The line for an event, if it is worth one. */
  tell(event: RunEvent): LogLine | undefined {
    switch (event.kind) {
      case 'conversation_start':
        return this.#conversationStart(event);
      case 'model_start':
        return this.#modelStart(event);
      case 'model_retry':
        return this.#modelRetry(event);
      case 'wait_start':
        return this.#waitStart(event);
      case 'wait_end':
        return undefined;
      case 'model_end':
        return this.#modelEnd(event);
      case 'tool_start':
        return this.#toolStart(event);
      case 'tool_retry':
        return this.#toolRetry(event);
      case 'tool_end':
        return this.#toolEnd(event);
      case 'handoff':
        return this.#handoff(event);
      case 'task_start':
        return { ...task(event), took: this.#started(), detail: event.what };
      case 'task_end':
        return this.#taskEnd(event);
      case 'notice':
        return { ...at(event), kind: this.#warn('note'), detail: event.message };
      case 'conversation_end':
        return this.#conversationEnd(event);
      case 'limit_change':
        return this.#limitChange(event);
      case 'run_resume':
        return {
          ...at(event),
          kind: this.#warn('resume'),
          detail: `${showCounted(event.finished, 'prompt')} finished before${event.changed ? '; the prompts have changed' : ''}`,
        };
      case 'run_start':
        this.#runAgent = event.agent;
        return undefined;
      case 'message':
      case 'mode_start':
      case 'mode_end':
      case 'run_end':
        return undefined;
      default:
        event satisfies never;
        return undefined;
    }
  }

  #conversationStart(event: EventOf<'conversation_start'>): LogLine | undefined {
    if (!this.#options.verbose) return undefined;
    const detail = `${JSON.stringify(event.prompt)}${queued(event.queuedMs)}`;
    return { ...at(event), kind: { text: 'start' }, name: { text: event.agent }, took: this.#started(), detail };
  }

  #modelStart(event: EventOf<'model_start'>): LogLine | undefined {
    if (event.agent === this.#runAgent) this.#agents.delete(event.conversation);
    else this.#agents.set(event.conversation, event.agent);
    if (!this.#options.verbose) return undefined;
    return { ...this.#model(event), took: this.#started(), detail: event.model };
  }

  #modelRetry(event: EventOf<'model_retry'>): LogLine {
    const took = { text: `in ${showDuration(event.waitMs)}` };
    const detail = `${event.code}: ${event.message} (attempt ${event.attempt})`;
    return { ...this.#model(event), kind: this.#warn('retry'), took, detail };
  }

  /** Waiting is normal, and `model_end` tells how long it took; an outage has a notice of its own. */
  #waitStart(event: EventOf<'wait_start'>): LogLine | undefined {
    if (!this.#options.verbose) return undefined;
    return { ...this.#model(event), took: { text: 'waits' }, detail: `for ${REQUEST_WAITS[event.reason]}` };
  }

  #modelEnd(event: EventOf<'model_end'>): LogLine {
    const { result } = event;
    const line = { ...this.#model(event), took: { text: showDuration(event.tookMs) } };
    const waited = showModelWaits(event);
    if (!result.ok)
      return { ...line, mark: this.#bad('failed'), detail: `: ${result.message || result.code}${waited}` };
    const text = this.#options.verbose && result.text ? `  ${JSON.stringify(result.text)}` : '';
    const detail = `${showUsage(result.usage)}${waited}${text}`;
    if (result.stop !== 'done') {
      return {
        ...line,
        mark: this.#bad(result.stop),
        detail: `${result.detail ? `: ${result.detail}` : ''}  ${detail}`,
      };
    }
    return { ...line, ...this.#slow('model', event.tookMs - event.waitedMs, detail) };
  }

  #toolStart(event: EventOf<'tool_start'>): LogLine {
    this.#openCalls.start(event);
    const eager = this.#options.verbose && event.eager ? '  eager' : '';
    const detail = `${event.argumentsText}${eager}${showWaits('after', event.waits)}`;
    return { ...tool(event), took: this.#started(), detail };
  }

  #toolRetry(event: EventOf<'tool_retry'>): LogLine {
    const took = { text: `in ${showDuration(event.waitMs)}` };
    const detail = `${event.message} (attempt ${event.attempt})`;
    return { ...tool(event), kind: this.#warn('retry'), took, detail };
  }

  #toolEnd(event: EventOf<'tool_end'>): LogLine {
    const { outcome } = event;
    const subject = this.#openCalls.end(event);
    const took = { text: showDuration(event.tookMs) };
    const line = { ...tool(event), took, ...(subject !== undefined && { subject }) };
    const shared = event.shared && `shared with ${event.shared.conversation}`;
    if (outcome.kind === 'failed') {
      const failure = this.#failure(outcome);
      return { ...line, ...failure, detail: shared === undefined ? failure.detail : `, ${shared}${failure.detail}` };
    }
    const output = JSON.stringify(outcome.output);
    if (shared !== undefined) return { ...line, detail: `${shared}  ${output}` };
    return {
      ...line,
      ...this.#slow(`tool ${event.name}`, event.tookMs, `${output}${showWaits('besides', event.waits)}`),
    };
  }

  #handoff(event: EventOf<'handoff'>): LogLine {
    const { outcome } = event;
    const kind = { text: 'handoff', paint: this.#options.theme.handoff };
    const line = { ...at(event), kind, name: { text: `${event.from} → ${event.to}` } };
    return outcome.kind === 'failed' ? { ...line, ...this.#failure(outcome) } : { ...line, detail: '' };
  }

  /** Growth is as it should be; a cut is worth a line. */
  #limitChange(event: EventOf<'limit_change'>): LogLine | undefined {
    if (!this.#options.verbose && event.reason !== 'rate_limited') return undefined;
    const detail = `${event.model} takes ${showCounted(event.limit, 'request')} at once (${event.reason})`;
    return { ...at(event), kind: this.#warn('limit'), detail };
  }

  #taskEnd(event: EventOf<'task_end'>): LogLine {
    const line = { ...task(event), took: { text: showDuration(event.tookMs) } };
    if (event.outcome.kind === 'failed') return { ...line, ...this.#failure(event.outcome) };
    return { ...line, detail: `${event.what}  ${JSON.stringify(event.outcome.output)}` };
  }

  #conversationEnd(event: EventOf<'conversation_end'>): LogLine {
    this.#agents.delete(event.conversation);
    const { good, bad, warn } = this.#options.theme;
    const paint = event.status === 'done' ? good : event.status === 'cancelled' ? warn : bad;
    const work = this.#options.verbose
      ? `  ${showCounted(event.turns, 'turn')}, ${showCounted(event.toolCalls, 'tool call')}, ${showUsage(event.usage)}`
      : '';
    return {
      ...at(event),
      kind: { text: 'end' },
      name: { text: event.status, paint },
      took: { text: showDuration(event.tookMs) },
      ...this.#missed(event.missed ?? []),
      detail: (event.status === 'done' ? event.answer : (event.problem ?? event.answer)) + work,
    };
  }

  /** Stands out before what the answer is. */
  #missed(missed: readonly Missed[]): Pick<LogLine, 'mark'> {
    if (missed.length === 0) return {};
    return { mark: this.#bad(`missed ${missed.map(({ what }) => what).join(', ')}  `) };
  }

  #model(
    event: EventOf<'model_start' | 'model_retry' | 'wait_start' | 'model_end'>,
  ): Pick<LogLine, 'atMs' | 'conversation' | 'kind' | 'name'> {
    return { ...at(event), kind: { text: 'model' }, name: { text: this.#agents.get(event.conversation) ?? '' } };
  }

  #failure(outcome: ToolOutcome & { kind: 'failed' }): Pick<LogLine, 'mark' | 'detail'> {
    const mark = outcome.code === 'cancelled' ? this.#warn('cancelled') : this.#bad('failed');
    return { mark, detail: `: ${outcome.message || outcome.code}` };
  }

  #slow(name: string, tookMs: number, detail: string): Pick<LogLine, 'mark' | 'detail'> {
    const slow = this.#slowness.judge(name, tookMs);
    if (!slow) return { detail };
    const usual = slow.usualMs === undefined ? '' : ` (usually ${showDuration(slow.usualMs)})`;
    return { mark: this.#warn('slow'), detail: `${usual}  ${detail}` };
  }

  #started(): Word {
    return { text: 'started', paint: this.#options.theme.dim };
  }

  #bad(text: string): Word {
    return { text, paint: this.#options.theme.bad };
  }

  #warn(text: string): Word {
    return { text, paint: this.#options.theme.warn };
  }
}

function at(event: { readonly atMs: number; readonly conversation?: string }): Pick<LogLine, 'atMs' | 'conversation'> {
  return { atMs: event.atMs, conversation: event.conversation ?? '' };
}

function tool(
  event: EventOf<'tool_start' | 'tool_retry' | 'tool_end'>,
): Pick<LogLine, 'atMs' | 'conversation' | 'kind' | 'name'> {
  return { ...at(event), kind: { text: 'tool' }, name: { text: event.name } };
}

const REQUEST_WAITS: Readonly<Record<RequestWait, string>> = {
  rate: 'rate limits, or for fewer requests at once',
  outage: 'the provider to answer again',
  budget: "room in the run's budget",
};

function showModelWaits({ waitedMs, rateMs }: EventOf<'model_end'>): string {
  const otherMs = waitedMs - rateMs;
  const parts = [
    ...(rateMs >= WAIT_WORTH_SAYING_MS ? [`${showDuration(rateMs)} of it waiting for rate limits`] : []),
    ...(otherMs >= WAIT_WORTH_SAYING_MS ? [`${showDuration(otherMs)} of it waiting to retry`] : []),
  ];
  return parts.map((part) => `, ${part}`).join('');
}

function queued(ms: number): string {
  return ms >= WAIT_WORTH_SAYING_MS ? `  queued ${showDuration(ms)}` : '';
}

function task(event: EventOf<'task_start' | 'task_end'>): Pick<LogLine, 'atMs' | 'conversation' | 'kind' | 'name'> {
  return { ...at(event), kind: { text: 'task' }, name: { text: event.task } };
}
