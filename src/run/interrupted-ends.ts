import type { RunEvent, RunEventBody } from '../contract/event.ts';
import { INTERRUPTED } from '../contract/event.ts';
import { NO_USAGE } from '../contract/model.ts';

/**
 * The ends that a crash kept from being written: of what one conversation's events leave open, innermost first. With
 * them a journal of a crashed run reads as that of a stopped one.
 */
export function interruptedEnds(events: readonly RunEvent[], atMs: number): readonly RunEventBody[] {
  const open = new Map<string, RunEvent>();
  for (const event of events) {
    const key = keyOf(event);
    if (key === undefined) continue;
    if (event.kind.endsWith('_start')) open.set(key, event);
    else open.delete(key);
  }
  const isWaiting = [...open.values()].some(({ kind }) => kind === 'wait_start');
  return [...open.values()].reverse().flatMap((event) => endOf(event, { atMs, isWaiting }) ?? []);
}

function keyOf(event: RunEvent): string | undefined {
  switch (event.kind) {
    case 'conversation_start':
    case 'conversation_end':
      return `conversation ${event.conversation}`;
    case 'model_start':
    case 'model_end':
      return `model ${event.conversation}`;
    case 'wait_start':
    case 'wait_end':
      return `wait ${event.conversation}`;
    case 'tool_start':
    case 'tool_end':
      return `tool ${event.conversation} ${event.callId}`;
    case 'task_start':
    case 'task_end':
      return `task ${event.conversation} ${event.task}`;
    default:
      return undefined;
  }
}

interface Crash {
  readonly atMs: number;
  /** Whether the conversation's request was still waiting then, so that it never was with its model. */
  readonly isWaiting: boolean;
}

function endOf(event: RunEvent, { atMs, isWaiting }: Crash): RunEventBody | undefined {
  const tookMs = atMs - event.atMs;
  switch (event.kind) {
    case 'conversation_start': {
      const { conversation, index, agent, model, parent } = event;
      return {
        kind: 'conversation_end',
        conversation,
        ...(parent === undefined ? {} : { parent }),
        index,
        status: 'cancelled',
        problem: INTERRUPTED,
        answer: '',
        agent,
        model,
        turns: 0,
        toolCalls: 0,
        handoffs: 0,
        usage: NO_USAGE,
        tookMs,
      };
    }
    case 'model_start': {
      const { conversation, turn, estimate } = event;
      const result = { ok: false, code: 'aborted', message: INTERRUPTED } as const;
      const used = estimate && !isWaiting ? { estimate } : {};
      const known = { conversation, turn, tookMs, waitedMs: 0, rateMs: 0, ...used };
      return { kind: 'model_end', ...known, result };
    }
    case 'wait_start': {
      const { conversation, turn, reason } = event;
      return { kind: 'wait_end', conversation, turn, reason, tookMs };
    }
    case 'tool_start': {
      const { conversation, turn, callId, name } = event;
      const outcome = { kind: 'failed', callId, code: 'cancelled', message: INTERRUPTED } as const;
      return { kind: 'tool_end', conversation, turn, callId, name, tookMs, waits: {}, outcome };
    }
    case 'task_start': {
      const { conversation, task, what } = event;
      const outcome = { kind: 'failed', callId: task, code: 'cancelled', message: INTERRUPTED } as const;
      return { kind: 'task_end', conversation, task, what, tookMs, outcome };
    }
    default:
      return undefined;
  }
}
