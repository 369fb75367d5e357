import { createHash } from 'node:crypto';
import { addCost } from '../agent/cost.ts';
import type { ConversationStatus, EventOf, Mode, RunEvent } from '../contract/event.ts';

/** What a journal says of a run that has not come to its end. */
export interface RunSoFar {
  readonly start: EventOf<'run_start'>;
  readonly last: { readonly seq: number; readonly atMs: number };
  /** The mode that was under way, if one was, and those that were not begun. */
  readonly mode: Mode | undefined;
  /** When that mode began, in the run's own time. */
  readonly modeStartedAtMs: number;
  readonly modesLeft: readonly Mode[];
  /** Of the mode under way. */
  readonly conversations: ReadonlyMap<string, ConversationSoFar>;
  /** The run came to its own end: everything is finished. */
  readonly isComplete: boolean;
  /** Of all responses of all modes, as the vendors counted. */
  readonly tokens: number;
  /** The same at list price; nothing if one of them had no price. */
  readonly costUsd: number | undefined;
}

/** What was recorded of one conversation. */
export interface ConversationSoFar {
  readonly index: number;
  /** Of the prompt's text, so that it is found again in a file that was changed. */
  readonly contentHash: string;
  /** Nothing if it is finished: then nothing of it is needed any more. */
  readonly events: readonly RunEvent[] | undefined;
  readonly status: ConversationStatus | undefined;
  /** It has ended, and otherwise than it should have: with less than was expected of it, or else not `done`. */
  readonly isWrong: boolean;
}

/** Ends that are no end: the conversation can be gone on with. */
const RESUMABLE: ReadonlySet<ConversationStatus> = new Set(['cancelled', 'limit', 'rate_limited', 'provider_down']);

/** Whether a conversation that ended so is finished, rather than stopped. */
export function isFinished(status: ConversationStatus | undefined): boolean {
  return status !== undefined && !RESUMABLE.has(status);
}

/** Adds up a journal's events. Keeps the events of unfinished conversations only. */
export async function foldJournal(events: AsyncIterable<RunEvent>): Promise<RunSoFar | undefined> {
  let start: EventOf<'run_start'> | undefined;
  let last = { seq: 0, atMs: 0 };
  let mode: Mode | undefined;
  let modeStartedAtMs = 0;
  let begun: Mode[] = [];
  let ended = false;
  let tokens = 0;
  let costUsd: number | undefined = 0;
  const conversations = new Map<string, Recorded>();
  const delegated = new Map<string, Recorded>();
  for await (const event of events) {
    last = { seq: event.seq, atMs: event.atMs };
    if (event.kind === 'model_end' && event.result.ok) {
      tokens += event.result.usage.inputTokens + event.result.usage.outputTokens;
      costUsd = addCost(costUsd, event.costUsd);
    }
    if (event.kind === 'run_start') start = event;
    else if (event.kind === 'mode_start') {
      mode = event.mode;
      modeStartedAtMs = event.atMs;
      begun = [...begun, event.mode];
      conversations.clear();
      delegated.clear();
    } else if (event.kind === 'run_end') ended = event.stopped === undefined;
    else if (event.kind === 'run_resume') ended = false;
    else if ('conversation' in event && event.conversation !== undefined)
      record(event, event.conversation, conversations, delegated);
  }
  if (!start) return undefined;
  const modesLeft = start.modes.filter((each) => !begun.includes(each));
  const unfinished = [...conversations.values()].some(({ status }) => !isFinished(status));
  // Without its end, what is made after the last conversation's may be missing: its row, for one.
  const isComplete = ended && modesLeft.length === 0 && !unfinished && conversations.size >= start.conversations;
  return { start, last, mode, modeStartedAtMs, modesLeft, conversations, isComplete, tokens, costUsd };
}

/** The digest of a prompt's text. */
export function contentHash(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}

type Recorded = { -readonly [K in keyof ConversationSoFar]: ConversationSoFar[K] } & { events: RunEvent[] | undefined };

/** What delegated conversations do is kept with the prompt's own that they work for. */
function record(
  event: RunEvent,
  conversation: string,
  conversations: Map<string, Recorded>,
  delegated: Map<string, Recorded>,
): void {
  const find = (id: string) => conversations.get(id) ?? delegated.get(id);
  if (event.kind === 'conversation_start' && event.parent !== undefined) {
    const parent = find(event.parent);
    if (parent) delegated.set(conversation, parent);
  }
  if (event.kind === 'conversation_start' && event.parent === undefined && event.resumed === undefined) {
    const { index, prompt } = event;
    const started = { status: undefined, isWrong: false };
    conversations.set(conversation, { index, contentHash: contentHash(prompt), events: [event], ...started });
    return;
  }
  const known = find(conversation);
  if (!known) return;
  known.events?.push(event);
  if ('parent' in event && event.parent !== undefined) {
    if (event.kind === 'conversation_end') delegated.delete(conversation);
    return;
  }
  if (event.kind === 'conversation_start') known.status = undefined;
  if (event.kind !== 'conversation_end') return;
  known.status = event.status;
  known.isWrong = event.missed ? event.missed.length > 0 : event.status !== 'done';
  if (isFinished(event.status)) known.events = undefined;
}
