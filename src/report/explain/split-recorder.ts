import type { EventOf, Mode, RunEvent } from '../../contract/event.ts';
import { isFinished } from '../../contract/event.ts';
import type { Reporter } from '../../contract/reporter.ts';
import { TIME_STATES } from '../spans/time-states.ts';
import type { Advice } from './advice.ts';
import { adviseOn } from './advice.ts';
import { OpenSplit } from './open-split.ts';
import { rescheduledMs } from './reschedule.ts';
import type { Split } from './split.ts';
import { BEHIND_OTHERS, emptySplit, totalOf } from './split.ts';

/** Where the time of a run's last mode went, in short. Waits for `limit` are among those for `rate`. */
export interface ShortExplanation {
  readonly mode: Mode;
  readonly wallMs: number;
  readonly concurrency: number;
  /** How many conversations of prompts ended. */
  readonly conversations: number;
  /** The sum over them. */
  readonly split: Split;
  /** An estimate of the least that it could take: the longest of them with nothing in its way. */
  readonly ceilingMs: number;
  readonly advice: readonly Advice[];
}

/** So many lengths are kept: with more the sum of all says the same. */
const KEPT_LENGTHS = 1000;

/** Adds up where the time goes while a run goes on. Its memory grows with what is open, and not with the run. */
export class SplitRecorder implements Reporter {
  #mode: EventOf<'mode_start'> | undefined;
  #concurrency = 1;
  #toolConcurrency = 1;
  #toolCalls = 0;
  #mostToolCalls = 0;
  #endMs = 0;
  #split = emptySplit();
  #turnWaitMs = 0;
  #count = 0;
  #done = 0;
  #longestMs = 0;
  #longest: Split = this.#split;
  #ceilingMs = 0;
  /** In the order of their ends. */
  readonly #lengthsMs: number[] = [];
  readonly #open = new Map<string, OpenSplit>();

  handle(event: RunEvent): void {
    switch (event.kind) {
      case 'mode_start':
        this.#begin(event);
        break;
      case 'mode_end':
        this.#endMs = event.atMs;
        for (const open of this.#open.values()) this.#close(open);
        break;
      case 'run_resume':
        this.#resume(event);
        break;
      case 'conversation_start': {
        const known = this.#open.get(event.conversation);
        if (known) known.goOn(event.atMs);
        else if (event.parent === undefined) this.#open.set(event.conversation, new OpenSplit(event.atMs));
        break;
      }
      default:
        if (event.kind !== 'run_end') this.#endMs = event.atMs;
        if ('conversation' in event && event.conversation !== undefined) this.#add(event, event.conversation);
    }
  }

  /** So far; nothing before a conversation has ended. */
  explanation(): ShortExplanation | undefined {
    if (!this.#mode || this.#count === 0) return undefined;
    const { mode, atMs } = this.#mode;
    const about = { mode, wallMs: this.#endMs - atMs, concurrency: this.#concurrency, conversations: this.#count };
    const restMs = Math.max(0, about.wallMs - this.#rescheduledMs(this.#concurrency));
    const wallAt = (setting: number) => restMs + this.#rescheduledMs(setting);
    const advice = adviseOn({
      ...about,
      done: this.#done,
      toolConcurrency: this.#toolConcurrency,
      mostToolCalls: this.#mostToolCalls,
      split: this.#split,
      turnWaitMs: this.#turnWaitMs,
      decisive: this.#longest,
      wallAt,
    });
    return { ...about, split: this.#split, ceilingMs: this.#ceilingMs, advice };
  }

  #begin(event: EventOf<'mode_start'>): void {
    this.#mode = event;
    this.#concurrency = event.concurrency;
    this.#toolConcurrency = event.toolConcurrency;
    this.#toolCalls = 0;
    this.#mostToolCalls = 0;
    this.#endMs = event.atMs;
    this.#split = emptySplit();
    this.#turnWaitMs = 0;
    this.#count = 0;
    this.#done = 0;
    this.#longestMs = 0;
    this.#ceilingMs = 0;
    this.#lengthsMs.length = 0;
    this.#open.clear();
  }

  #resume({ atMs, concurrency, toolConcurrency }: EventOf<'run_resume'>): void {
    for (const open of this.#open.values()) open.end(atMs);
    this.#toolCalls = 0;
    if (this.#mode?.mode !== 'parallel') return;
    this.#concurrency = concurrency ?? this.#concurrency;
    this.#toolConcurrency = toolConcurrency ?? this.#toolConcurrency;
  }

  #add(event: RunEvent, conversation: string): void {
    const open = this.#open.get(conversation);
    open?.add(event);
    if (event.kind === 'tool_start') this.#mostToolCalls = Math.max(this.#mostToolCalls, ++this.#toolCalls);
    if (event.kind === 'tool_end') this.#toolCalls -= 1;
    if (event.kind !== 'conversation_end' || !open) return;
    open.end(event.atMs);
    // Another process may go on with it.
    if (!isFinished(event.status)) return;
    this.#open.delete(conversation);
    this.#close(open);
    if (event.status === 'done') this.#done += 1;
  }

  #close(open: OpenSplit): void {
    const split = open.split();
    const lengthMs = totalOf(split);
    for (const state of TIME_STATES) this.#split[state] += split[state];
    this.#turnWaitMs += open.turnWaitMs;
    this.#count += 1;
    if (lengthMs > this.#longestMs) {
      this.#longestMs = lengthMs;
      this.#longest = split;
    }
    this.#ceilingMs = Math.max(this.#ceilingMs, lengthMs - totalOf(split, BEHIND_OTHERS));
    if (this.#lengthsMs.length < KEPT_LENGTHS) this.#lengthsMs.push(lengthMs);
  }

  #rescheduledMs(concurrency: number): number {
    if (this.#count <= KEPT_LENGTHS) return rescheduledMs(this.#lengthsMs, concurrency);
    return Math.max(this.#longestMs, totalOf(this.#split) / concurrency);
  }
}
