import type { RunEventBody } from '../contract/event.ts';

type Sort = 'string' | 'number' | 'array' | 'object';
type Kind = RunEventBody['kind'];
type Needed<K extends Kind> = { readonly [F in keyof Extract<RunEventBody, { kind: K }>]?: Sort };

/** What every version has written of each kind, and nothing can be made of the event without. */
const NEEDED: { readonly [K in Kind]: Needed<K> } = {
  run_start: {
    format: 'number',
    runId: 'string',
    files: 'array',
    conversations: 'number',
    model: 'string',
    modes: 'array',
    setup: 'object',
  },
  run_resume: { finished: 'number' },
  mode_start: { mode: 'string', concurrency: 'number' },
  conversation_start: { conversation: 'string', index: 'number', prompt: 'string', agent: 'string', model: 'string' },
  model_start: { conversation: 'string', turn: 'number', agent: 'string', model: 'string' },
  model_retry: { conversation: 'string', turn: 'number', attempt: 'number', waitMs: 'number', message: 'string' },
  model_end: { conversation: 'string', turn: 'number', tookMs: 'number', waitedMs: 'number', result: 'object' },
  tool_start: { conversation: 'string', turn: 'number', callId: 'string', name: 'string', argumentsText: 'string' },
  tool_retry: { conversation: 'string', turn: 'number', callId: 'string', name: 'string', waitMs: 'number' },
  tool_end: { conversation: 'string', turn: 'number', callId: 'string', name: 'string', outcome: 'object' },
  handoff: { conversation: 'string', turn: 'number', from: 'string', to: 'string', outcome: 'object' },
  message: { conversation: 'string', text: 'string' },
  task_start: { conversation: 'string', task: 'string', what: 'string' },
  task_end: { conversation: 'string', task: 'string', what: 'string', outcome: 'object' },
  limit_change: { model: 'string', limit: 'number' },
  notice: { message: 'string' },
  conversation_end: { conversation: 'string', index: 'number', status: 'string', answer: 'string', usage: 'object' },
  mode_end: { mode: 'string', tookMs: 'number', counts: 'object' },
  run_end: { tookMs: 'number', counts: 'object' },
};

/** Why a line's value is no event that anything can be made of; nothing if it is one. */
export function eventFlaw(value: unknown): string | undefined {
  if (sortOf(value) !== 'object') return 'it is no event';
  const fields = value as Readonly<Record<string, unknown>>;
  const { kind, seq, atMs } = fields;
  if (typeof kind !== 'string' || typeof seq !== 'number' || typeof atMs !== 'number') return 'it is no event';
  if (!Object.hasOwn(NEEDED, kind)) return `events of the kind ${JSON.stringify(kind)} are not known`;
  const missing = Object.entries(NEEDED[kind as Kind]).find(([name, sort]) => sortOf(fields[name]) !== sort);
  return missing && `its ${JSON.stringify(missing[0])} is missing or of another sort`;
}

function sortOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
