import type { RunEvent, RunEventBody } from '../contract/event.ts';
import type { ToolOutcome } from '../contract/message.ts';
import type { Usage } from '../contract/model.ts';
import type { ToolEffect } from '../contract/tool.ts';
import type { Shape } from './shape.ts';
import { checkOf } from './shape.ts';

const CONVERSATION = { conversation: 'name' } as const;
const TURN = { ...CONVERSATION, turn: 'number' } as const;
const CALL = { ...TURN, callId: 'string', name: 'string' } as const;
const TASK = { ...CONVERSATION, task: 'name', what: 'string' } as const;
const MODE = { mode: 'string', concurrency: 'ordinal', toolConcurrency: 'ordinal' } as const;
const EFFECTS: ReadonlySet<ToolEffect> = new Set(['pure', 'read', 'idempotent', 'unsafe']);
const COUNTS = { done: 'number', failed: 'number', cancelled: 'number', notStarted: 'number' } as const;
const ESTIMATE = { inputTokens: 'number', outputTokens: 'number', 'costUsd?': 'number' } as const;
const WAITS = {
  'dependency?': 'number',
  'approval?': 'number',
  'rate?': 'number',
  'lock?': 'number',
  'slot?': 'number',
  'turn?': 'number',
  'retry?': 'number',
} as const;
const USAGE: Shape<Usage> = {
  inputTokens: 'number',
  cachedInputTokens: 'number',
  outputTokens: 'number',
  reasoningTokens: 'number',
};
const OUTCOME: Shape<ToolOutcome> = [
  'kind',
  {
    ok: { callId: 'string', output: 'value' },
    failed: { callId: 'string', code: 'string', message: 'string' },
  },
];

/** What events look like, by their kinds. */
const EVENT: Shape<RunEventBody> = [
  'kind',
  {
    run_start: {
      format: 'number',
      version: 'string',
      runId: 'name',
      startedAt: 'string',
      files: ['string'],
      conversations: 'number',
      model: 'name',
      modelReason: 'string',
      agent: 'name',
      concurrency: 'ordinal',
      toolConcurrency: 'ordinal',
      modes: ['string'],
      'replay?': { cassette: 'string', time: 'string' },
      setup: {
        cwd: 'string',
        options: 'object',
        fingerprints: { prompts: 'string', 'texts?': 'string', agents: 'string', options: 'string' },
      },
    },
    run_resume: {
      version: 'string',
      startedAt: 'string',
      finished: 'number',
      'changed?': { conversations: 'number', gone: ['string'] },
      'concurrency?': 'ordinal',
      'toolConcurrency?': 'ordinal',
    },
    mode_start: MODE,
    conversation_start: {
      ...CONVERSATION,
      'parent?': 'name',
      index: 'index',
      'resumed?': 'boolean',
      prompt: 'string',
      agent: 'name',
      model: 'name',
      source: { file: 'string', line: 'number' },
      'metadata?': 'object',
      'expect?': {
        'contains?': ['string'],
        'equals?': 'string',
        'matches?': ['string'],
        'tool?': ['string'],
        'status?': 'string',
        'maxSeconds?': 'number',
        'maxTokens?': 'number',
        'maxCost?': 'number',
      },
      queuedMs: 'number',
    },
    model_start: { ...TURN, agent: 'name', model: 'name', 'budgetMs?': 'number', 'estimate?': ESTIMATE },
    model_retry: {
      ...TURN,
      attempt: 'number',
      waitMs: 'number',
      'askedMs?': 'number',
      code: 'string',
      message: 'string',
      'estimate?': ESTIMATE,
    },
    wait_start: { ...TURN, reason: 'string' },
    wait_end: { ...TURN, reason: 'string', tookMs: 'number' },
    model_end: {
      ...TURN,
      tookMs: 'number',
      waitedMs: 'number',
      rateMs: 'number',
      'costUsd?': 'number',
      'firstMs?': 'number',
      'estimate?': ESTIMATE,
      result: [
        'ok',
        {
          true: {
            stop: 'string',
            'detail?': 'string',
            'limit?': 'string',
            text: 'string',
            calls: [{ callId: 'string', name: 'string', argumentsText: 'string' }],
            usage: USAGE,
            'echo?': { modelId: 'name', items: ['value'] },
          },
          false: { code: 'string', message: 'string' },
        },
      ],
    },
    tool_start: {
      ...CALL,
      argumentsText: 'string',
      'effect?': EFFECTS,
      eager: 'boolean',
      queuedMs: 'number',
      waits: WAITS,
    },
    tool_retry: { ...CALL, attempt: 'number', waitMs: 'number', message: 'string' },
    tool_end: {
      ...CALL,
      tookMs: 'number',
      waits: WAITS,
      outcome: OUTCOME,
      'fullOutput?': 'value',
      'shared?': { ...CONVERSATION, callId: 'string', savedMs: 'number' },
    },
    handoff: { ...TURN, from: 'name', to: 'string', outcome: OUTCOME },
    message: { ...CONVERSATION, text: 'string' },
    task_start: TASK,
    task_end: { ...TASK, tookMs: 'number', outcome: OUTCOME },
    limit_change: { model: 'name', limit: 'number', reason: 'string' },
    notice: { 'conversation?': 'name', message: 'string' },
    conversation_end: {
      ...CONVERSATION,
      'parent?': 'name',
      index: 'index',
      status: 'string',
      answer: 'string',
      'problem?': 'string',
      'missed?': [{ what: 'string', problem: 'string' }],
      agent: 'name',
      model: 'name',
      turns: 'number',
      toolCalls: 'number',
      handoffs: 'number',
      usage: USAGE,
      'costUsd?': 'number',
      'uncertain?': ['string'],
      tookMs: 'number',
    },
    mode_end: { mode: 'string', tookMs: 'number', counts: COUNTS },
    run_end: { tookMs: 'number', counts: COUNTS, 'stopped?': 'string' },
  },
];

const check = checkOf(EVENT);

/** Why a line's value is no event that anything can be made of; nothing if it is one. */
export function eventFlaw(value: unknown): string | undefined {
  const { kind, seq, atMs } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof kind !== 'string' || !Number.isFinite(seq) || !Number.isFinite(atMs)) return 'it is no event';
  const flaw = check(value) ?? namelessIn(value as RunEvent);
  if (flaw === undefined) return undefined;
  if (flaw === '') return 'it is no event';
  if (flaw === '.kind') return `events of the kind ${JSON.stringify(kind)} are not known`;
  return `its ${JSON.stringify(flaw.slice(1))} is missing or of another sort`;
}

/** A model may ask for a tool or an agent by a blank name, but there is none. */
function namelessIn(event: RunEvent): string | undefined {
  const isBlank = (name: string) => name.trim() === '';
  if (event.kind === 'tool_start' && event.effect !== undefined && isBlank(event.name)) return '.name';
  return event.kind === 'handoff' && event.outcome.kind === 'ok' && isBlank(event.to) ? '.to' : undefined;
}
