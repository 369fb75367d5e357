import type { Agent } from '../contract/agent.ts';
import type { Clock } from '../contract/clock.ts';
import type { ConversationEnd, Emit, ModelResult } from '../contract/event.ts';
import type { Message, ToolCall, ToolOutcome } from '../contract/message.ts';
import type { Model, Usage } from '../contract/model.ts';
import { addUsage, NO_USAGE } from '../contract/model.ts';
import type { Prompt } from '../contract/prompt.ts';
import type { OpenTurn, ToolTurn } from '../contract/tool.ts';
import { askModel } from './ask-model.ts';
import type { ConversationBounds } from './bounds.ts';
import type { Ending } from './ending.ts';
import { endingOf } from './ending.ts';
import type { HandoffTrail } from './handoff.ts';
import { decideHandoffs, handoffSpec, isHandoff } from './handoff.ts';
import { ModelSessions } from './model-sessions.ts';
import { pairOutcomes } from './pair-outcomes.ts';

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
}

/**
 * Works on one prompt, from the first request to the final answer: asks the model, runs the tools it asks for, follows
 * its handoffs, until it answers or a bound ends it. Never rejects.
 */
export async function runConversation(prompt: Prompt, agent: Agent, deps: ConversationDeps): Promise<ConversationEnd> {
  const { clock, emit, bounds } = deps;
  const startedAt = clock.now();
  const state = begin(prompt, agent, deps);
  emit({
    kind: 'conversation_start',
    conversation: prompt.id,
    index: prompt.index,
    prompt: prompt.text,
    agent: agent.name,
    model: state.modelId,
    source: prompt.source,
    ...(prompt.metadata ? { metadata: prompt.metadata } : {}),
    queuedMs: deps.queuedMs,
  });
  const cancelTimeout = clock.after(bounds.timeoutMs, () => state.abort.abort(TIMED_OUT));
  const forwardAbort = () => state.abort.abort(deps.signal.reason);
  if (deps.signal.aborted) forwardAbort();
  else deps.signal.addEventListener('abort', forwardAbort, { once: true });
  let ending: Ending;
  try {
    await state.sessions.get(state.modelId);
    ending = await converse(state, deps);
  } catch (error) {
    ending = { status: 'failed', problem: error instanceof Error ? error.message : String(error) };
  } finally {
    cancelTimeout();
    deps.signal.removeEventListener('abort', forwardAbort);
  }
  await state.sessions[Symbol.asyncDispose]();
  const end: ConversationEnd = {
    kind: 'conversation_end',
    conversation: prompt.id,
    index: prompt.index,
    ...namedByCause(ending, state, bounds),
    answer: state.answer,
    agent: state.agent.name,
    model: state.modelId,
    turns: state.turns,
    toolCalls: state.toolCalls,
    handoffs: state.handoffs,
    usage: state.usage,
    tookMs: clock.now() - startedAt,
  };
  emit(end);
  return end;
}

const TIMED_OUT = new Error('the conversation took too long');

interface State {
  readonly prompt: Prompt;
  readonly abort: AbortController;
  readonly history: Message[];
  readonly sessions: ModelSessions;
  readonly trail: HandoffTrail;
  agent: Agent;
  modelId: string;
  instructions: string;
  answer: string;
  turns: number;
  toolCalls: number;
  handoffs: number;
  usage: Usage;
}

function begin(prompt: Prompt, agent: Agent, deps: ConversationDeps): State {
  const abort = new AbortController();
  return {
    prompt,
    abort,
    history: [{ role: 'user', text: prompt.text }],
    sessions: new ModelSessions(deps.model, abort.signal),
    trail: { idle: new Set() },
    agent,
    modelId: prompt.model ?? agent.model ?? deps.defaultModel,
    instructions: prompt.system ?? agent.instructions,
    answer: '',
    turns: 0,
    toolCalls: 0,
    handoffs: 0,
    usage: NO_USAGE,
  };
}

async function converse(state: State, deps: ConversationDeps): Promise<Ending> {
  for (;;) {
    if (isStopped(state, deps)) return { status: 'cancelled' };
    state.turns += 1;
    const tools = deps.openTurn(state.agent.tools, {
      conversation: state.prompt.id,
      turn: state.turns,
      agent: state.agent.name,
      signal: state.abort.signal,
    });
    const response = await respond(state, tools, deps);
    const ending = endingOf(response, state.agent, state, deps.bounds);
    if (ending || !response.ok || isStopped(state, deps)) {
      await tools.discard();
      return ending ?? { status: 'cancelled' };
    }
    await act(response.calls, state, tools, deps);
  }
}

function isStopped(state: State, deps: ConversationDeps): boolean {
  return state.abort.signal.aborted || deps.stopping.aborted;
}

/** Asks for one response and adds it to the history. */
async function respond(state: State, tools: ToolTurn, deps: ConversationDeps): Promise<ModelResult> {
  const { agent, prompt, modelId } = state;
  const { messages, repairs } = pairOutcomes(state.history);
  for (const repair of repairs) {
    deps.emit({ kind: 'notice', conversation: prompt.id, message: `history mended: ${repair}` });
  }
  let toolCalls = state.toolCalls;
  const response = await askModel(
    await state.sessions.get(modelId),
    {
      instructions: state.instructions,
      messages,
      tools: [...agent.tools.map((tool) => tool.spec), ...agent.handoffs.map(handoffSpec)],
    },
    {
      conversation: prompt.id,
      turn: state.turns,
      agent: agent.name,
      model: modelId,
      signal: state.abort.signal,
      clock: deps.clock,
      emit: deps.emit,
      onCall: (call) => {
        if (isHandoff(call, agent) || deps.stopping.aborted) return;
        toolCalls += 1;
        if (toolCalls <= deps.bounds.maxToolCalls) tools.add(call);
      },
      onVoid: () => {
        toolCalls = state.toolCalls;
        return tools.discard();
      },
    },
  );
  if (response.ok) {
    state.usage = addUsage(state.usage, response.usage);
    if (response.text !== '' || response.calls.length === 0) state.answer = response.text;
    const { text, calls, echo } = response;
    state.history.push({ role: 'assistant', text, calls, ...(echo ? { echo } : {}) });
  }
  return response;
}

/** Does what the model asked for: all tools at once, then the handoff, so that the next agent sees every outcome. */
async function act(calls: readonly ToolCall[], state: State, tools: ToolTurn, deps: ConversationDeps): Promise<void> {
  const { agent, prompt, turns: turn } = state;
  const toolCalls = calls.filter((call) => !isHandoff(call, agent));
  const handoffs = calls.filter((call) => isHandoff(call, agent));
  const toolOutcomes = await tools.settle(toolCalls);
  state.toolCalls += toolCalls.length;
  if (toolCalls.length > 0) state.trail.idle.clear();
  const decision = await decideHandoffs(handoffs, agent, state.trail, async (target) => {
    await state.sessions.get(modelOf(target, state, deps));
  });
  for (const { call: _, to, outcome } of decision.outcomes) {
    deps.emit({ kind: 'handoff', conversation: prompt.id, turn, from: agent.name, to, outcome });
  }
  state.history.push({ role: 'tools', outcomes: inCallOrder(calls, toolOutcomes, decision.outcomes) });
  if (decision.next) {
    state.handoffs += 1;
    state.modelId = modelOf(decision.next, state, deps);
    state.agent = decision.next;
    state.instructions = decision.next.instructions;
  }
}

function inCallOrder(
  calls: readonly ToolCall[],
  toolOutcomes: readonly ToolOutcome[],
  handoffs: readonly { readonly outcome: ToolOutcome }[],
): readonly ToolOutcome[] {
  const byCall = new Map<string, ToolOutcome>();
  for (const outcome of toolOutcomes) byCall.set(outcome.callId, outcome);
  for (const { outcome } of handoffs) byCall.set(outcome.callId, outcome);
  return calls.map((call) => byCall.get(call.callId)).filter((outcome) => outcome !== undefined);
}

/** A prompt's own model holds for the whole conversation, unless an agent that it is handed to has one. */
function modelOf(target: Agent, state: State, deps: ConversationDeps): string {
  return target.model ?? state.prompt.model ?? deps.defaultModel;
}

/** An ending that an abort brought about is called by what aborted it. */
function namedByCause(ending: Ending, state: State, bounds: ConversationBounds): Ending {
  if (ending.status !== 'cancelled') return ending;
  if (state.abort.signal.reason === TIMED_OUT) {
    return { status: 'timeout', problem: `stopped after ${bounds.timeoutMs / 1000} s` };
  }
  return { status: 'cancelled', problem: 'stopped before it was finished' };
}
