import { createHash } from 'node:crypto';
import { addCost } from '../contract/cost.ts';
import type { ConversationStatus, EventOf, Mode, RunEvent } from '../contract/event.ts';
import { isFinished } from '../contract/event.ts';

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
  /** How many prompts there are. */
  readonly count: number;
  /** Whether some resume found other prompts than those that the run was started with. */
  readonly hasChanged: boolean;
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
  /** Of its first event: what was told under its id before was another prompt's. */
  readonly seq: number;
  /** Of the prompt's text, so that it is found again in a file that was changed. */
  readonly contentHash: string;
  /** Nothing if it is finished: then nothing of it is needed any more. */
  readonly events: readonly RunEvent[] | undefined;
  readonly status: ConversationStatus | undefined;
  /** It has ended, and otherwise than it should have: with less than was expected of it, or else not `done`. */
  readonly isWrong: boolean;
}

/** Adds up a journal's events. Keeps the events of unfinished conversations only. */
export async function foldJournal(events: AsyncIterable<RunEvent>): Promise<RunSoFar | undefined> {
  const sums: Sums = {
    start: undefined,
    last: { seq: 0, atMs: 0 },
    mode: undefined,
    modeStartedAtMs: 0,
    begun: [],
    ended: false,
    conversations: new Map(),
    delegated: new Map(),
    count: 0,
    hasChanged: false,
    tokens: 0,
    costUsd: 0,
  };
  for await (const event of events) add(sums, event);
  const { start, begun, ended, delegated: _, ...rest } = sums;
  if (!start) return undefined;
  const modesLeft = start.modes.filter((each) => !begun.includes(each));
  const unfinished = [...sums.conversations.values()].some(({ status }) => !isFinished(status));
  // Without its end, what is made after the last conversation's may be missing: its row, for one.
  const isComplete = ended && modesLeft.length === 0 && !unfinished && sums.conversations.size >= sums.count;
  return { start, modesLeft, isComplete, ...rest };
}

/** What is known of a run by some event. */
interface Sums {
  start: EventOf<'run_start'> | undefined;
  last: RunSoFar['last'];
  mode: Mode | undefined;
  modeStartedAtMs: number;
  begun: readonly Mode[];
  ended: boolean;
  readonly conversations: Map<string, Recorded>;
  readonly delegated: Map<string, Recorded>;
  count: number;
  hasChanged: boolean;
  tokens: number;
  costUsd: number | undefined;
}

function add(sums: Sums, event: RunEvent): void {
  sums.last = { seq: event.seq, atMs: event.atMs };
  switch (event.kind) {
    case 'run_start':
      sums.start = event;
      sums.count = event.conversations;
      return;
    case 'run_resume':
      sums.ended = false;
      if (event.changed) addChange(sums, event.changed);
      return;
    case 'mode_start':
      sums.mode = event.mode;
      sums.modeStartedAtMs = event.atMs;
      sums.begun = [...sums.begun, event.mode];
      sums.conversations.clear();
      sums.delegated.clear();
      return;
    case 'run_end':
      sums.ended = event.stopped === undefined;
      return;
    default:
      if (event.kind === 'model_end') addUse(sums, event);
      if ('conversation' in event && event.conversation !== undefined) record(event, event.conversation, sums);
  }
}

function addChange(sums: Sums, { conversations, gone }: NonNullable<EventOf<'run_resume'>['changed']>): void {
  sums.hasChanged = true;
  sums.count = conversations;
  for (const id of gone) sums.conversations.delete(id);
}

function addUse(sums: Sums, { result, costUsd }: EventOf<'model_end'>): void {
  if (!result.ok) return;
  sums.tokens += result.usage.inputTokens + result.usage.outputTokens;
  sums.costUsd = addCost(sums.costUsd, costUsd);
}

/** Whether what was told of a conversation is void: its prompt has changed since, or is among those that are `gone` now. */
export function isVoid(
  { seq, atMs, conversation }: EventOf<'conversation_end'>,
  { conversations, modeStartedAtMs }: RunSoFar,
  gone: ReadonlySet<string> | undefined,
): boolean {
  if (atMs < modeStartedAtMs) return false;
  const known = conversations.get(conversation);
  return !known || seq < known.seq || (gone?.has(conversation) ?? false);
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
  { conversations, delegated }: Pick<Sums, 'conversations' | 'delegated'>,
): void {
  const find = (id: string) => conversations.get(id) ?? delegated.get(id);
  if (event.kind === 'conversation_start' && event.parent !== undefined) {
    const parent = find(event.parent);
    if (parent) delegated.set(conversation, parent);
  }
  if (event.kind === 'conversation_start' && event.parent === undefined && event.resumed === undefined) {
    const { index, seq, prompt } = event;
    const started = { status: undefined, isWrong: false };
    conversations.set(conversation, { index, seq, contentHash: contentHash(prompt), events: [event], ...started });
    return;
  }
  const known = find(conversation);
  if (!known) return;
  known.events?.push(withoutFullOutput(event));
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

/** What the model was not shown is not needed to go on. */
function withoutFullOutput(event: RunEvent): RunEvent {
  if (event.kind !== 'tool_end' || event.fullOutput === undefined) return event;
  const { fullOutput: _, ...rest } = event;
  return rest;
}
