import type { Agent } from '../contract/agent.ts';
import { messageOf } from '../contract/errors.ts';
import { isObject } from '../contract/json.ts';
import type { ToolCall, ToolOutcome } from '../contract/message.ts';
import type { ToolSpec } from '../contract/model.ts';

const PREFIX = 'transfer_to_';

/** What the model is told about handing off to an agent: a tool of its own. */
export function handoffSpec(target: Agent): ToolSpec {
  return {
    name: handoffToolName(target),
    description: `Hand the conversation over to ${target.name}: ${target.description}`,
    parameters: {
      type: 'object',
      properties: { reason: { type: 'string', description: 'Why, in one sentence.' } },
      additionalProperties: false,
    },
  };
}

/** The name of the tool that hands off to an agent. */
export function handoffToolName(target: Agent): string {
  return `${PREFIX}${target.name.replace(/[^A-Za-z0-9_-]+/g, '_').toLowerCase()}`.slice(0, 64);
}

/** Whether a call asks for a handoff, possibly to an agent that is not there. */
export function isHandoff(call: ToolCall, agent: Agent): boolean {
  return call.name.startsWith(PREFIX) && !agent.tools.some((tool) => tool.spec.name === call.name);
}

/** What a conversation remembers of its handoffs. */
export interface HandoffTrail {
  /** `from → to` pairs since a tool last did any work. */
  readonly idle: Set<string>;
}

/** Who hands off, and what a handoff depends on. */
export interface HandoffTerms {
  readonly from: Agent;
  readonly trail: HandoffTrail;
  /** Readies an agent to go on (opens its model); rejects if that cannot be done. */
  readonly prepare: (target: Agent) => Promise<unknown>;
}

/** What came of one turn's handoff calls: an outcome each, and the agent that goes on if one was accepted. */
export interface HandoffDecision {
  readonly outcomes: readonly { readonly to: string; readonly outcome: ToolOutcome }[];
  readonly next?: Agent;
}

/** Decides on the handoffs that one turn asked for: the first that works wins, the others are told so. */
export async function decideHandoffs(calls: readonly ToolCall[], terms: HandoffTerms): Promise<HandoffDecision> {
  const { from, trail } = terms;
  const outcomes: { to: string; outcome: ToolOutcome }[] = [];
  let next: Agent | undefined;
  for (const call of calls) {
    const target = from.handoffs.find((agent) => handoffToolName(agent) === call.name);
    const to = target?.name ?? call.name.slice(PREFIX.length);
    const problem = next
      ? `Only one handoff is possible at a time: the conversation goes to ${next.name}, this one was ignored.`
      : await tryHandoff(call, target, terms);
    if (problem === undefined) {
      next = target;
      trail.idle.add(hop(from.name, to));
      outcomes.push({ to, outcome: { kind: 'ok', callId: call.callId, output: { assistant: to } } });
    } else {
      const code = next ? 'not_run' : 'handoff_failed';
      outcomes.push({ to, outcome: { kind: 'failed', callId: call.callId, code, message: problem } });
    }
  }
  return next ? { outcomes, next } : { outcomes };
}

async function tryHandoff(
  call: ToolCall,
  target: Agent | undefined,
  { from, trail, prepare }: HandoffTerms,
): Promise<string | undefined> {
  if (!target) {
    const names = from.handoffs.map(handoffToolName).join(', ') || 'none';
    return `Cannot hand off with ${call.name}: there is no such agent. Available: ${names}.`;
  }
  if (!isJsonObject(call.argumentsText)) {
    return `Cannot hand off to ${target.name}: the arguments are not a JSON object.`;
  }
  if (trail.idle.has(hop(from.name, target.name))) {
    return `Cannot hand off to ${target.name} again: nothing was done since the last time. Answer yourself.`;
  }
  try {
    await prepare(target);
    return undefined;
  } catch (error) {
    return `Cannot hand off to ${target.name}: ${messageOf(error)}`;
  }
}

function isJsonObject(text: string): boolean {
  if (text.trim() === '') return true;
  try {
    return isObject(JSON.parse(text));
  } catch {
    return false;
  }
}

function hop(from: string, to: string): string {
  return `${from}\u0000${to}`;
}
