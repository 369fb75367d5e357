import type { Agent } from '../contract/agent.ts';
import type { Emit } from '../contract/event.ts';
import type { ToolCall, ToolOutcome } from '../contract/message.ts';
import type { ToolTurn } from '../contract/tool.ts';
import type { ConversationState } from './conversation-state.ts';
import { decideHandoffs, isHandoff } from './handoff.ts';

/** What a model asked for, and those of the outcomes that are known from an earlier attempt. */
export interface Asked {
  readonly calls: readonly ToolCall[];
  readonly known: readonly ToolOutcome[];
}

/** What acting takes beside the conversation. */
export interface ActDeps {
  readonly tools: ToolTurn;
  readonly emit: Emit;
  readonly defaultModel: string;
  readonly inOrder: boolean;
}

/**
 * Does what the model asked for, except what has an outcome: all tools and whatever concerns background tasks at once,
 * then the handoff, so that the next agent sees every outcome.
 */
export async function act(
  { calls, known }: Asked,
  state: ConversationState,
  { tools, emit, defaultModel, inOrder }: ActDeps,
): Promise<void> {
  const { agent, prompt, tasks, turns: turn } = state;
  const left = calls.filter(({ callId }) => known.every((outcome) => outcome.callId !== callId));
  const handoffs = left.filter((call) => isHandoff(call, agent));
  const taskCalls = left.filter((call) => tasks.owns(call, agent));
  // With those that have an outcome: others may refer to them, and each keeps its place.
  const toolCalls = calls.filter((call) => !isHandoff(call, agent) && !tasks.owns(call, agent));
  const knownOfTools = known.filter(({ callId }) => toolCalls.some((call) => call.callId === callId));
  const settleTools = () => tools.settle(toolCalls, knownOfTools);
  const answerTasks = () => tasks.answer(taskCalls, agent, turn);
  const outcomes = inOrder
    ? [...(await settleTools()), ...(await answerTasks())]
    : (await Promise.all([settleTools(), answerTasks()])).flat();
  state.toolCalls += tools.callsRun + taskCalls.length;
  if (outcomes.length > 0) state.trail.idle.clear();
  const modelOf = (target: Agent) => target.model ?? prompt.model ?? defaultModel;
  const decision = await decideHandoffs(handoffs, {
    from: agent,
    trail: state.trail,
    prepare: (target) => state.sessions.get(modelOf(target)),
  });
  for (const { to, outcome } of decision.outcomes) {
    emit({ kind: 'handoff', conversation: prompt.id, turn, from: agent.name, to, outcome });
    outcomes.push(outcome);
  }
  state.history.push({ role: 'tools', outcomes: inCallOrder(calls, [...known, ...outcomes]) });
  if (decision.next) {
    state.handoffs += 1;
    // A prompt's own model holds for the whole conversation, unless an agent that it is handed to has one.
    state.modelId = modelOf(decision.next);
    state.agent = decision.next;
    state.instructions = decision.next.instructions;
  }
}

function inCallOrder(calls: readonly ToolCall[], outcomes: readonly ToolOutcome[]): readonly ToolOutcome[] {
  const byCall = new Map(outcomes.map((outcome) => [outcome.callId, outcome]));
  return calls.map(({ callId }) => byCall.get(callId)).filter((outcome) => outcome !== undefined);
}
