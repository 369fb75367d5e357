import type { Agent } from '../../contract/agent.ts';
import { messageOf } from '../../contract/errors.ts';
import type { ConversationEnd } from '../../contract/event.ts';
import type { JsonObject } from '../../contract/json.ts';
import { isObject } from '../../contract/json.ts';
import type { ToolFailureCode, ToolOutcome } from '../../contract/message.ts';
import type { Model } from '../../contract/model.ts';
import { NO_USAGE } from '../../contract/model.ts';
import type { OpenTurn } from '../../contract/tool.ts';
import type { TaskWork } from './task-list.ts';

/** A prompt for another conversation. */
export interface Delegation {
  /** The id of the conversation to be. */
  readonly conversation: string;
  readonly agent: Agent;
  readonly text: string;
  /** `provider/name`, instead of the agent's. */
  readonly model?: string;
  readonly signal: AbortSignal;
}

/** Who creates a task, and what it can be done with. */
export interface TaskCreator {
  readonly conversation: string;
  readonly turn: number;
  readonly agent: Agent;
  readonly agentByName: ReadonlyMap<string, Agent>;
  readonly openTurn: OpenTurn;
  /** Throws if there is no such model. */
  readonly model: (id: string) => Model;
  /** Never rejects. */
  readonly delegate: (delegation: Delegation) => Promise<ConversationEnd>;
}

type ReadWork = { readonly ok: true; readonly work: TaskWork } | { readonly ok: false; readonly problem: string };

/** The work that the arguments of `create_task` ask for, or what is wrong with them and how to do it right. */
export function readTaskWork(args: JsonObject, creator: TaskCreator): ReadWork {
  const { tool, prompt } = args;
  if (typeof tool === 'string' && prompt === undefined) return toolWork(tool, args, creator);
  if (typeof prompt === 'string' && tool === undefined) return promptWork(prompt, args, creator);
  return { ok: false, problem: `give exactly one of "tool" and "prompt": ${HOW}` };
}

const HOW =
  '{"tool": "…", "arguments": {…}} runs a tool, {"prompt": "…"} has an agent ("agent", "model") work on a prompt.';

function toolWork(name: string, args: JsonObject, creator: TaskCreator): ReadWork {
  const { agent, conversation, turn, openTurn } = creator;
  if (!agent.tools.some(({ spec }) => spec.name === name)) {
    const known = agent.tools.map(({ spec }) => spec.name).join(', ') || 'none';
    return { ok: false, problem: `there is no tool "${name}". Available: ${known}.` };
  }
  const toolArguments = args['arguments'] ?? {};
  if (!isObject(toolArguments)) {
    return { ok: false, problem: `"arguments" is not an object: ${HOW}` };
  }
  if (args['agent'] !== undefined || args['model'] !== undefined) {
    return { ok: false, problem: `"agent" and "model" go with "prompt", not with "tool": ${HOW}` };
  }
  const argumentsText = JSON.stringify(toolArguments);
  const run: TaskWork['run'] = async (task, signal) => {
    // A turn of its own, so that it is no part of the turn that created it and goes on when that is over.
    const tools = openTurn(agent.tools, { conversation, turn, agent: agent.name, task, signal });
    const [outcome] = await tools.settle([{ callId: task, name, argumentsText }]);
    const ended = outcome ?? failed(task, 'not_run', 'It was not run.');
    return { outcome: ended, usage: NO_USAGE, costUsd: 0, toolCalls: tools.callsRun };
  };
  return { ok: true, work: { what: name, run } };
}

function promptWork(text: string, args: JsonObject, creator: TaskCreator): ReadWork {
  const { agent: name, model } = args;
  if (text.trim() === '') return { ok: false, problem: `"prompt" is empty: ${HOW}` };
  if (args['arguments'] !== undefined) {
    return { ok: false, problem: `"arguments" go with "tool", not with "prompt": ${HOW}` };
  }
  const agent = name === undefined || name === creator.agent.name ? creator.agent : findAgent(name, creator);
  if (!agent) {
    const known = [...creator.agentByName.keys()].join(', ') || 'none';
    return { ok: false, problem: `there is no agent ${JSON.stringify(name)}. Available: ${known}.` };
  }
  const problem = problemOfModel(model, creator);
  if (problem !== undefined) return { ok: false, problem };
  const run: TaskWork['run'] = async (task, signal) => {
    const conversation = `${creator.conversation}/${task}`;
    const own = typeof model === 'string' ? { model } : {};
    const end = await creator.delegate({ conversation, agent, text, ...own, signal });
    const { usage, costUsd, toolCalls } = end;
    return { outcome: outcomeOf(end, task), usage, costUsd, toolCalls };
  };
  return { ok: true, work: { what: agent.name, run } };
}

function findAgent(name: unknown, { agentByName }: TaskCreator): Agent | undefined {
  return typeof name === 'string' ? agentByName.get(name) : undefined;
}

function problemOfModel(model: unknown, creator: TaskCreator): string | undefined {
  if (model === undefined) return undefined;
  if (typeof model !== 'string') return '"model" is not a string such as "provider/name".';
  try {
    creator.model(model);
    return undefined;
  } catch (error) {
    return `there is no model "${model}": ${messageOf(error)}`;
  }
}

function outcomeOf(end: ConversationEnd, task: string): ToolOutcome {
  if (end.status === 'done') return { kind: 'ok', callId: task, output: end.answer };
  const why = end.problem === undefined ? end.status : `${end.status}, ${end.problem}`;
  const lastWords = end.answer === '' ? '' : ` The last it said: ${end.answer}`;
  return failed(task, codeOf(end), `${end.agent} did not finish: ${why}.${lastWords}`);
}

function codeOf({ status }: ConversationEnd): ToolFailureCode {
  return status === 'cancelled' || status === 'timeout' ? status : 'threw';
}

function failed(callId: string, code: ToolFailureCode, message: string): ToolOutcome {
  return { kind: 'failed', callId, code, message };
}
