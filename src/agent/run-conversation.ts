import { onAbort } from '../async/on-abort.ts';
import type { Agent } from '../contract/agent.ts';
import type { Clock } from '../contract/clock.ts';
import { addCost, costField } from '../contract/cost.ts';
import { messageOf } from '../contract/errors.ts';
import type { ConversationEnd, Emit } from '../contract/event.ts';
import type { Model } from '../contract/model.ts';
import { addUsage } from '../contract/model.ts';
import type { Prompt } from '../contract/prompt.ts';
import type { OpenTurn, ToolTurn } from '../contract/tool.ts';
import { act } from './act.ts';
import type { Response } from './ask-model.ts';
import { askModel } from './ask-model.ts';
import { beginConversation } from './begin-conversation.ts';
import type { ConversationBounds } from './bounds.ts';
import type { ConversationState } from './conversation-state.ts';
import type { Ending } from './ending.ts';
import { endingOf } from './ending.ts';
import { handoffSpec, isHandoff } from './handoff.ts';
import { pairOutcomes } from './pair-outcomes.ts';
import type { RequestBudget } from './request-budget.ts';
import type { RestoredConversation } from './restored-conversation.ts';
import type { TaskSettings } from './tasks/task-settings.ts';
import type { Delegation } from './tasks/task-work.ts';

/** What a conversation needs from outside. */
export interface ConversationDeps {
  /** The model of that id; throws if there is none. */
  readonly model: (id: string) => Model;
  /** For agents that name no model of their own. */
  readonly defaultModel: string;
  readonly openTurn: OpenTurn;
  readonly emit: Emit;
  readonly clock: Clock;
  readonly bounds: ConversationBounds;
  /** Fires when nothing new may start; what runs may finish. */
  readonly stopping: AbortSignal;
  /** Fires when everything must end now. */
  readonly signal: AbortSignal;
  /** How long the prompt waited for its slot. */
  readonly queuedMs: number;
  /** Whether everything happens one after the other, background tasks too. */
  readonly inOrder: boolean;
  /** What limits all requests together and knows their prices. Without it there are no limits and no prices. */
  readonly budget?: RequestBudget;
  /** Without them, models are offered no background tasks. */
  readonly tasks?: TaskSettings;
  /** The conversation that delegated this one, and how deep that makes it: 1 below a prompt's own. */
  readonly parent?: { readonly conversation: string; readonly depth: number };
  /** Where an earlier attempt stood: the conversation goes on from there. */
  readonly restored?: RestoredConversation;
}

/**
 * Works on one prompt, from the first request to the final answer: asks the model, runs the tools it asks for, follows
 * its handoffs, until it answers or a bound ends it. Never rejects.
 */
export async function runConversation(prompt: Prompt, agent: Agent, deps: ConversationDeps): Promise<ConversationEnd> {
  const { clock, emit, bounds } = deps;
  const startedAt = clock.now();
  const state = beginConversation(prompt, agent, deps, (delegation, depth) =>
    delegate(delegation, prompt, depth, deps),
  );
  const parent = deps.parent ? { parent: deps.parent.conversation } : {};
  emit({
    kind: 'conversation_start',
    conversation: prompt.id,
    ...parent,
    index: prompt.index,
    ...(deps.restored ? { resumed: true as const } : {}),
    prompt: prompt.text,
    agent: state.agent.name,
    model: state.modelId,
    source: prompt.source,
    ...(prompt.metadata ? { metadata: prompt.metadata } : {}),
    ...(prompt.expect ? { expect: prompt.expect } : {}),
    queuedMs: deps.queuedMs,
  });
  const cancelTimeout = clock.after(bounds.timeoutMs, () => state.abort.abort(TIMED_OUT));
  const forwardAbort = () => state.abort.abort(deps.signal.reason);
  if (deps.signal.aborted) forwardAbort();
  const stopForwarding = onAbort(deps.signal, forwardAbort);
  let ending: Ending;
  try {
    await state.sessions.get(state.modelId);
    ending = await converse(state, deps);
  } catch (error) {
    ending = { status: 'failed', problem: messageOf(error) };
  }
  await state.tasks.close();
  cancelTimeout();
  stopForwarding();
  await state.sessions[Symbol.asyncDispose]();
  const end: ConversationEnd = {
    kind: 'conversation_end',
    conversation: prompt.id,
    ...parent,
    index: prompt.index,
    ...(deps.restored?.uncertain.length ? { uncertain: deps.restored.uncertain } : {}),
    ...namedByCause(ending, state, deps),
    answer: state.answer,
    agent: state.agent.name,
    model: state.modelId,
    turns: state.turns,
    toolCalls: state.toolCalls + state.tasks.used.toolCalls,
    handoffs: state.handoffs,
    usage: addUsage(state.usage, state.tasks.used.usage),
    ...costField(addCost(state.costUsd, state.tasks.used.costUsd)),
    tookMs: (deps.restored?.tookMs ?? 0) + clock.now() - startedAt,
  };
  emit(end);
  return end;
}

const TIMED_OUT = new Error('the conversation took too long');

/** Takes no slot of its own among the conversations: the one that waits for it holds one, and may not wait for another. */
function delegate(
  { conversation: id, agent, text, model, signal }: Delegation,
  { id: conversation, index, source, model: defaultModel }: Prompt,
  depth: number,
  { restored: _, ...deps }: ConversationDeps,
): Promise<ConversationEnd> {
  return runConversation({ id, index, text, source, ...(model === undefined ? {} : { model }) }, agent, {
    ...deps,
    defaultModel: defaultModel ?? deps.defaultModel,
    parent: { conversation, depth: depth + 1 },
    signal,
    queuedMs: 0,
  });
}

async function converse(state: ConversationState, deps: ConversationDeps): Promise<Ending> {
  if (deps.restored?.problem !== undefined) return { status: 'failed', problem: deps.restored.problem };
  if (deps.restored) {
    const ending = restoredEnding(deps.restored, state, deps);
    if (ending) return ending;
    await takeUp(deps.restored, state, deps);
  }
  for (;;) {
    if (isStopped(state, deps)) return { status: 'cancelled' };
    hearNews(state.tasks.takeNews(), state, deps);
    state.turns += 1;
    const tools = openTurn(state, deps);
    const response = await respond(state, tools, deps);
    const ending = endingOf(response, state, deps.bounds);
    if (ending || !response.ok || isStopped(state, deps)) {
      await tools.discard();
      if (ending?.status !== 'done') return ending ?? { status: 'cancelled' };
      const final = await state.tasks.afterAnswer(ending, state, deps.bounds.maxTurns);
      if (final) return final;
      continue;
    }
    await act({ calls: response.calls, known: [] }, state, { ...deps, tools });
  }
}

/** An answer from an earlier attempt is not asked for again, unless the model has yet to hear of news. */
function restoredEnding(
  { response, open, news }: RestoredConversation,
  state: ConversationState,
  { bounds, tasks }: ConversationDeps,
): Ending | undefined {
  if (!response) return undefined;
  const toolCalls = state.toolCalls - (open?.known.length ?? 0);
  const ending = endingOf(response, { ...state, toolCalls }, bounds);
  const isNewsWanted = news !== undefined && tasks?.atEnd !== 'cancel';
  return ending?.status === 'done' && isNewsWanted ? undefined : ending;
}

/** Does what the interrupted turn had still to do, and tells the model of tasks that the interruption ended. */
async function takeUp(restored: RestoredConversation, state: ConversationState, deps: ConversationDeps): Promise<void> {
  const { open, news } = restored;
  if (open && !isStopped(state, deps)) await act(open, state, { ...deps, tools: openTurn(state, deps) });
  hearNews(news, state, deps);
}

/** The model will hear of what has become of background tasks, if anything has. */
function hearNews(news: string | undefined, { history, prompt }: ConversationState, { emit }: ConversationDeps): void {
  if (news === undefined) return;
  history.push({ role: 'user', text: news });
  emit({ kind: 'message', conversation: prompt.id, text: news });
}

function openTurn({ agent, prompt, turns, abort }: ConversationState, deps: ConversationDeps): ToolTurn {
  return deps.openTurn(agent.tools, {
    conversation: prompt.id,
    turn: turns,
    agent: agent.name,
    signal: abort.signal,
  });
}

function isStopped(state: ConversationState, deps: ConversationDeps): boolean {
  return state.abort.signal.aborted || deps.stopping.aborted;
}

/** Asks for one response and adds it to the history. */
async function respond(state: ConversationState, tools: ToolTurn, deps: ConversationDeps): Promise<Response> {
  const { agent, prompt, modelId } = state;
  const { messages, repairs } = pairOutcomes(state.history);
  for (const repair of repairs) {
    deps.emit({ kind: 'notice', conversation: prompt.id, message: `history mended: ${repair}` });
  }
  let toolCalls = state.toolCalls;
  const { response, costUsd } = await askModel(
    await state.sessions.get(modelId),
    {
      instructions: state.instructions,
      messages,
      tools: [...agent.tools.map((tool) => tool.spec), ...state.tasks.specs(agent), ...agent.handoffs.map(handoffSpec)],
      conversation: prompt.id,
    },
    {
      conversation: prompt.id,
      turn: state.turns,
      agent: agent.name,
      model: modelId,
      signal: state.abort.signal,
      stopping: deps.stopping,
      ...(deps.budget ? { budget: deps.budget } : {}),
      clock: deps.clock,
      emit: deps.emit,
      onArguments: (callId, name, delta) => {
        if (!deps.stopping.aborted) tools.addArguments(callId, name, delta);
      },
      onCall: (call) => {
        if (isHandoff(call, agent) || deps.stopping.aborted) return;
        toolCalls += 1;
        if (toolCalls <= deps.bounds.maxToolCalls && !state.tasks.owns(call, agent)) tools.add(call);
      },
      onVoid: () => {
        toolCalls = state.toolCalls;
        return tools.discard();
      },
    },
  );
  if (response.ok) {
    state.usage = addUsage(state.usage, response.usage);
    state.costUsd = addCost(state.costUsd, costUsd);
    if (response.text !== '' || response.calls.length === 0) state.answer = response.text;
    const { text, calls, echo } = response;
    state.history.push({ role: 'assistant', text, calls, ...(echo ? { echo } : {}) });
  }
  return response;
}

/** An abort's ending has the status of what aborted it. */
function namedByCause(ending: Ending, state: ConversationState, { bounds, budget }: ConversationDeps): Ending {
  if (ending.status !== 'cancelled') return ending;
  if (state.abort.signal.reason === TIMED_OUT) {
    return { status: 'timeout', problem: `stopped after ${bounds.timeoutMs / 1000} s` };
  }
  if (budget?.exceeded !== undefined) return { status: 'limit', problem: budget.exceeded };
  return { status: 'cancelled', problem: 'stopped before it was finished' };
}
