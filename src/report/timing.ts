import type { ConversationStatus, EventOf, Mode, Replayed, RunEvent, WaitReason, Waits } from '../contract/event.ts';
import type { Usage } from '../contract/model.ts';
import { addUsage, NO_USAGE } from '../contract/model.ts';
import type { Reporter } from '../contract/reporter.ts';
import { entriesOf } from './entries-of.ts';
import type { ModelUses } from './model-use.ts';
import { ModelUseRecorder } from './model-use.ts';

/** Where the time of one mode went. All `...Ms` are milliseconds. */
export interface ModeTiming {
  readonly mode: Mode;
  readonly wallMs: number;
  /** How many conversations ended. */
  readonly conversations: number;
  /** How many ended how. */
  readonly statuses: Readonly<Partial<Record<ConversationStatus, number>>>;
  readonly modelCalls: number;
  readonly toolCalls: number;
  /** Sum of the model calls, without the waits between attempts. */
  readonly modelMs: number;
  readonly toolMs: number;
  /** Sum of the waits between attempts, but for those of rate limits. */
  readonly waitedMs: number;
  /** Sum of the waits for rate limits. */
  readonly rateMs: number;
  readonly failedAttempts: number;
  readonly longestConversationMs: number;
  /** The most model and tool calls that were in flight at once. */
  readonly peakCalls: number;
  /** Waits for a slot of at least 10 ms; shorter ones are the machine at work. */
  readonly queued: {
    readonly conversations: number;
    readonly calls: number;
    readonly totalMs: number;
    readonly longestMs: number;
  };
  /** What tool calls waited for beside slots, summed over all of them. */
  readonly held: Readonly<Partial<Record<Exclude<WaitReason, 'turn' | 'slot'>, number>>>;
  /** Tool calls that were answered with another call's result, and how long those had taken. */
  readonly shared: { readonly calls: number; readonly savedMs: number };
  readonly usage: Usage;
  /** The same for each model, with what it cost. */
  readonly models: ModelUses;
}

/** Where the time of a run went. */
export interface RunTiming {
  /** The recording that all was answered from, if it was. */
  readonly replay?: Replayed;
  /** In the order in which they were run; the last one's answers are the results. */
  readonly modes: readonly ModeTiming[];
  /** The last mode's model and tool calls laid end to end: what it would have taken one at a time. */
  readonly estimate: { readonly sequentialMs: number; readonly modelCalls: number; readonly toolCalls: number };
}

/** The shortest wait that counts as one: what is shown as 0.01 s. */
export const QUEUED_MS = 10;

type Sums = { -readonly [K in keyof Omit<ModeTiming, 'models'>]: ModeTiming[K] } & {
  readonly statuses: Partial<Record<ConversationStatus, number>>;
  readonly queued: { conversations: number; calls: number; totalMs: number; longestMs: number };
  readonly held: { -readonly [K in keyof ModeTiming['held']]: number };
  readonly shared: { calls: number; savedMs: number };
  readonly uses: ModelUseRecorder;
  startedAtMs: number;
  calls: number;
};

/** Adds up a run's times while it runs; its memory does not grow with the run. */
export class TimingRecorder implements Reporter {
  readonly #modes: Sums[] = [];
  #replay: Replayed | undefined;

  handle(event: RunEvent): void {
    if (event.kind === 'run_start') this.#replay = event.replay;
    if (event.kind === 'mode_start') this.#modes.push(startSums(event));
    const sums = this.#modes.at(-1);
    if (sums) addEvent(sums, event);
  }

  /** The times so far. */
  timing(): RunTiming {
    const modes = this.#modes.map(({ startedAtMs: _, calls: __, uses, ...mode }) => {
      return { ...structuredClone(mode), models: uses.uses };
    });
    const last = modes.at(-1);
    return {
      ...(this.#replay ? { replay: this.#replay } : {}),
      modes,
      estimate: {
        sequentialMs: last ? last.modelMs + last.toolMs : 0,
        modelCalls: last?.modelCalls ?? 0,
        toolCalls: last?.toolCalls ?? 0,
      },
    };
  }
}

function startSums(event: EventOf<'mode_start'>): Sums {
  return {
    mode: event.mode,
    wallMs: 0,
    conversations: 0,
    statuses: {},
    modelCalls: 0,
    toolCalls: 0,
    modelMs: 0,
    toolMs: 0,
    waitedMs: 0,
    rateMs: 0,
    failedAttempts: 0,
    longestConversationMs: 0,
    peakCalls: 0,
    queued: { conversations: 0, calls: 0, totalMs: 0, longestMs: 0 },
    held: {},
    shared: { calls: 0, savedMs: 0 },
    usage: NO_USAGE,
    uses: new ModelUseRecorder(),
    startedAtMs: event.atMs,
    calls: 0,
  };
}

function addEvent(sums: Sums, event: RunEvent): void {
  sums.uses.add(event);
  switch (event.kind) {
    case 'conversation_start':
      if (event.parent === undefined && addQueued(sums, event.queuedMs)) sums.queued.conversations++;
      break;
    case 'model_start':
      startCall(sums);
      sums.modelCalls++;
      break;
    case 'model_retry':
      sums.failedAttempts++;
      break;
    case 'model_end':
      sums.calls--;
      sums.modelMs += event.tookMs - event.waitedMs;
      sums.waitedMs += event.waitedMs - event.rateMs;
      sums.rateMs += event.rateMs;
      if (event.result.ok) sums.usage = addUsage(sums.usage, event.result.usage);
      else sums.failedAttempts++;
      break;
    case 'tool_start':
      startCall(sums);
      sums.toolCalls++;
      addWaits(sums, event.waits);
      break;
    case 'tool_end':
      sums.calls--;
      sums.toolMs += event.tookMs;
      addWaits(sums, event.waits);
      if (event.shared) {
        sums.shared.calls++;
        sums.shared.savedMs += event.shared.savedMs;
      }
      break;
    case 'conversation_end':
      if (event.parent !== undefined) break;
      sums.conversations++;
      sums.statuses[event.status] = (sums.statuses[event.status] ?? 0) + 1;
      sums.longestConversationMs = Math.max(sums.longestConversationMs, event.tookMs);
      break;
    case 'mode_end':
      sums.wallMs = event.tookMs;
      return;
    case 'run_start':
    case 'run_end':
      return;
    case 'mode_start':
    case 'wait_start':
    case 'wait_end':
    case 'tool_retry':
    case 'handoff':
    case 'task_start':
    case 'task_end':
    case 'limit_change':
    case 'run_resume':
    case 'message':
    case 'notice':
      break;
    default:
      event satisfies never;
  }
  sums.wallMs = event.atMs - sums.startedAtMs;
}

function startCall(sums: Sums): void {
  sums.calls++;
  sums.peakCalls = Math.max(sums.peakCalls, sums.calls);
}

function addWaits(sums: Sums, { turn = 0, slot = 0, ...held }: Waits): void {
  if (addQueued(sums, turn + slot)) sums.queued.calls++;
  for (const [reason, ms] of entriesOf(held)) {
    sums.held[reason] = (sums.held[reason] ?? 0) + ms;
  }
}

function addQueued(sums: Sums, ms: number): boolean {
  if (ms < QUEUED_MS) return false;
  sums.queued.totalMs += ms;
  sums.queued.longestMs = Math.max(sums.queued.longestMs, ms);
  return true;
}
