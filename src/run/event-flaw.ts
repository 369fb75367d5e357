import type { RunEventBody } from '../contract/event.ts';

type Kind = RunEventBody['kind'];
type BodyOf<K extends Kind> = Extract<RunEventBody, { kind: K }>;
type Sort = 'string' | 'number' | 'boolean' | 'array' | 'object';
type NeededOf<Body> = { readonly [F in keyof Body as object extends Pick<Body, F> ? never : Exclude<F, 'kind'>]: Sort };

const CONVERSATION = { conversation: 'string' } as const;
const TURN = { ...CONVERSATION, turn: 'number' } as const;
const CALL = { ...TURN, callId: 'string', name: 'string' } as const;
const TASK = { ...CONVERSATION, task: 'string', what: 'string' } as const;

/** What an event of each kind always has. */
const NEEDED: { readonly [K in Kind]: NeededOf<BodyOf<K>> } = {
  run_start: {
    format: 'number',
    version: 'string',
    runId: 'string',
    startedAt: 'string',
    files: 'array',
    conversations: 'number',
    model: 'string',
    modelReason: 'string',
    agent: 'string',
    concurrency: 'number',
    toolConcurrency: 'number',
    modes: 'array',
    setup: 'object',
  },
  run_resume: { version: 'string', startedAt: 'string', finished: 'number' },
  mode_start: { mode: 'string', concurrency: 'number', toolConcurrency: 'number' },
  conversation_start: {
    ...CONVERSATION,
    index: 'number',
    prompt: 'string',
    agent: 'string',
    model: 'string',
    source: 'object',
    queuedMs: 'number',
  },
  model_start: { ...TURN, agent: 'string', model: 'string' },
  model_retry: { ...TURN, attempt: 'number', waitMs: 'number', code: 'string', message: 'string' },
  wait_start: { ...TURN, reason: 'string' },
  wait_end: { ...TURN, reason: 'string', tookMs: 'number' },
  model_end: { ...TURN, tookMs: 'number', waitedMs: 'number', rateMs: 'number', result: 'object' },
  tool_start: { ...CALL, argumentsText: 'string', eager: 'boolean', queuedMs: 'number', waits: 'object' },
  tool_retry: { ...CALL, attempt: 'number', waitMs: 'number', message: 'string' },
  tool_end: { ...CALL, tookMs: 'number', waits: 'object', outcome: 'object' },
  handoff: { ...TURN, from: 'string', to: 'string', outcome: 'object' },
  message: { ...CONVERSATION, text: 'string' },
  task_start: TASK,
  task_end: { ...TASK, tookMs: 'number', outcome: 'object' },
  limit_change: { model: 'string', limit: 'number', reason: 'string' },
  notice: { message: 'string' },
  conversation_end: {
    ...CONVERSATION,
    index: 'number',
    status: 'string',
    answer: 'string',
    agent: 'string',
    model: 'string',
    turns: 'number',
    toolCalls: 'number',
    handoffs: 'number',
    usage: 'object',
    tookMs: 'number',
  },
  mode_end: { mode: 'string', tookMs: 'number', counts: 'object' },
  run_end: { tookMs: 'number', counts: 'object' },
};

const NEEDED_FIELDS = new Map(Object.entries(NEEDED).map(([kind, needed]) => [kind, Object.entries(needed)]));

/** Why a line's value is no event that anything can be made of; nothing if it is one. */
export function eventFlaw(value: unknown): string | undefined {
  if (sortOf(value) !== 'object') return 'it is no event';
  const fields = value as Readonly<Record<string, unknown>>;
  const { kind, seq, atMs } = fields;
  if (typeof kind !== 'string' || typeof seq !== 'number' || typeof atMs !== 'number') return 'it is no event';
  const needed = NEEDED_FIELDS.get(kind);
  if (!needed) return `events of the kind ${JSON.stringify(kind)} are not known`;
  const missing = needed.find(([name, sort]) => sortOf(fields[name]) !== sort);
  return missing && `its ${JSON.stringify(missing[0])} is missing or of another sort`;
}

function sortOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
