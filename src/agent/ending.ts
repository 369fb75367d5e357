import type { Agent } from '../contract/agent.ts';
import type { ConversationStatus } from '../contract/event.ts';
import type { ModelErrorCode, Usage } from '../contract/model.ts';
import type { Response } from './ask-model.ts';
import type { ConversationBounds } from './bounds.ts';
import { isHandoff } from './handoff.ts';

/** How a conversation ends, and why if it is not simply done. */
export interface Ending {
  readonly status: ConversationStatus;
  readonly problem?: string;
}

/** Who speaks in a conversation, and what it has used up by now. */
export interface Standing {
  readonly agent: Agent;
  readonly turns: number;
  readonly toolCalls: number;
  readonly handoffs: number;
  readonly usage: Usage;
}

/** How a response ends the conversation: by what it says, by failing, or by asking for more than the bounds allow. */
export function endingOf(response: Response, standing: Standing, bounds: ConversationBounds): Ending | undefined {
  if (!response.ok) {
    if (response.code === 'aborted') return { status: 'cancelled' };
    const { code, message: problem } = response;
    return { status: STATUS_OF[code] ?? 'failed', problem };
  }
  const { stop, detail, limit, calls, text } = response;
  if (limit !== undefined) return { status: 'limit', problem: limit };
  if (stop !== 'done') return { status: stop, ...(detail === undefined ? {} : { problem: detail }) };
  if (calls.length === 0) {
    return text === '' ? { status: 'done', problem: 'the model gave an empty answer' } : { status: 'done' };
  }
  const handoffs = calls.filter((call) => isHandoff(call, standing.agent)).length;
  return outOfBounds({ toolCalls: calls.length - handoffs, handoffs }, standing, bounds);
}

/** Failures that are not the conversation's own: it can be resumed once the provider serves again. */
const STATUS_OF: Readonly<Partial<Record<ModelErrorCode | 'limit', ConversationStatus>>> = {
  limit: 'limit',
  rate_limited: 'rate_limited',
  provider_down: 'provider_down',
  quota: 'provider_down',
  authentication: 'provider_down',
};

function outOfBounds(
  asked: Pick<Standing, 'toolCalls' | 'handoffs'>,
  used: Standing,
  { maxTurns, maxToolCalls, maxHandoffs, maxTokens }: ConversationBounds,
): Ending | undefined {
  if (used.turns >= maxTurns) return { status: 'max_turns', problem: `stopped after ${used.turns} turns` };
  const tokens = used.usage.inputTokens + used.usage.outputTokens;
  if (tokens >= maxTokens) {
    return { status: 'max_tokens', problem: `stopped after ${tokens} tokens, ${maxTokens} are allowed` };
  }
  const toolCalls = used.toolCalls + asked.toolCalls;
  if (toolCalls > maxToolCalls) {
    return { status: 'max_tool_calls', problem: `asked for ${toolCalls} tool calls, ${maxToolCalls} are allowed` };
  }
  if (asked.handoffs > 0 && used.handoffs >= maxHandoffs) {
    return { status: 'max_handoffs', problem: `stopped after ${used.handoffs} handoffs` };
  }
  return undefined;
}
