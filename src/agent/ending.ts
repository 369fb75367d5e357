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

/** What a conversation has used up by now. */
export interface Used {
  readonly turns: number;
  readonly toolCalls: number;
  readonly handoffs: number;
  readonly usage: Usage;
}

/** How a response ends the conversation: by what it says, by failing, or by asking for more than the bounds allow. */
export function endingOf(response: Response, agent: Agent, used: Used, bounds: ConversationBounds): Ending | undefined {
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
  const handoffs = calls.filter((call) => isHandoff(call, agent)).length;
  return outOfBounds(calls.length - handoffs, handoffs, used, bounds);
}

/** What has nothing to do with the conversation itself: it can be gone on with once the provider serves again. */
const STATUS_OF: Readonly<Partial<Record<ModelErrorCode | 'limit', ConversationStatus>>> = {
  limit: 'limit',
  rate_limited: 'rate_limited',
  provider_down: 'provider_down',
  quota: 'provider_down',
  authentication: 'provider_down',
};

function outOfBounds(
  toolCalls: number,
  handoffs: number,
  used: Used,
  { maxTurns, maxToolCalls, maxHandoffs, maxTokens }: ConversationBounds,
): Ending | undefined {
  if (used.turns >= maxTurns) return { status: 'max_turns', problem: `stopped after ${used.turns} turns` };
  const tokens = used.usage.inputTokens + used.usage.outputTokens;
  if (tokens >= maxTokens) {
    return { status: 'max_tokens', problem: `stopped after ${tokens} tokens, ${maxTokens} are allowed` };
  }
  const asked = used.toolCalls + toolCalls;
  if (asked > maxToolCalls) {
    return { status: 'max_tool_calls', problem: `asked for ${asked} tool calls, ${maxToolCalls} are allowed` };
  }
  if (handoffs > 0 && used.handoffs >= maxHandoffs) {
    return { status: 'max_handoffs', problem: `stopped after ${used.handoffs} handoffs` };
  }
  return undefined;
}
