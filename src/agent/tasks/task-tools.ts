import type { Agent } from '../../contract/agent.ts';
import type { JsonObject } from '../../contract/json.ts';
import type { ToolCall } from '../../contract/message.ts';
import type { ToolSpec } from '../../contract/model.ts';

/** The tools that a model has where it may start background tasks. */
export const TASK_TOOLS = ['create_task', 'check_task', 'check_all_tasks', 'wait_for_task', 'cancel_task'] as const;

/** A tool for creating background tasks and asking about them. */
export type TaskTool = (typeof TASK_TOOLS)[number];

/** A call of a task tool. */
export interface TaskCall extends ToolCall {
  readonly name: TaskTool;
}

/** Whether an agent's call is one of a task tool: a tool of its own with that name wins. */
export function isTaskCall(call: ToolCall, agent: Agent): call is TaskCall {
  return TASK_TOOLS.some((tool) => tool === call.name) && !hidesTaskTool(agent, call.name);
}

/** The task tools that an agent's own tools hide, because they have their names. */
export function hiddenTaskTools(agent: Agent): readonly TaskTool[] {
  return TASK_TOOLS.filter((tool) => hidesTaskTool(agent, tool));
}

/** What the model is told of the task tools, but for those that the agent hides. */
export function taskSpecs(agent: Agent, agents: readonly string[]): readonly ToolSpec[] {
  return [
    { name: 'create_task', description: CREATE, parameters: createParameters(agent, agents) },
    { name: 'check_task', description: CHECK, parameters: object({ task: TASK }, ['task']) },
    { name: 'check_all_tasks', description: CHECK_ALL, parameters: object({}) },
    { name: 'wait_for_task', description: WAIT, parameters: object(WAIT_PROPERTIES) },
    { name: 'cancel_task', description: CANCEL, parameters: object({ task: TASK }, ['task']) },
  ].filter(({ name }) => !hidesTaskTool(agent, name));
}

const CREATE =
  'Starts work in the background and returns at once with the id of the task, such as {"task":"t1","status":"running"}. ' +
  'Give either "tool" (with its "arguments") to run one of your tools, or "prompt" to have an agent work on it by ' +
  'itself. Use it for what takes long while you have other things to do; ordinary calls of one turn already run at ' +
  'the same time. You are told the result in a message as soon as the task has ended.';

const CHECK =
  'Says at once how a background task stands. "running": it has not ended and has no result yet; do something else or ' +
  'wait for it, and do not create it again. "done": its "result" is there. "failed": its "error" says why. ' +
  '"cancelled": it was ended early.';

const CHECK_ALL = 'Says at once how all your background tasks stand, as check_task does for one.';

const WAIT =
  'Waits until a background task has ended, then says how it stands, as check_task does. With "tasks" it waits for all ' +
  'of them; with neither "task" nor "tasks" for the first that ends. A task that is still "running" afterwards had not ' +
  'ended when the time was up.';

const CANCEL = 'Ends a background task early, if it still runs, and says how it ended.';

const TASK: JsonObject = { type: 'string', description: 'The id of the task, such as "t1".' };

const WAIT_PROPERTIES: JsonObject = {
  task: TASK,
  tasks: { type: 'array', items: { type: 'string' }, description: 'The ids of several tasks.' },
  timeout_seconds: { type: 'number', minimum: 0, description: 'How long to wait at most. Default: until the end.' },
};

function createParameters(agent: Agent, agents: readonly string[]): JsonObject {
  const tools = agent.tools.map(({ spec }) => spec.name);
  return object({
    ...(tools.length === 0
      ? {}
      : {
          tool: { type: 'string', enum: tools, description: 'The tool to run. Not together with "prompt".' },
          arguments: { type: 'object', description: 'The arguments of the tool.' },
        }),
    prompt: {
      type: 'string',
      description: 'What an agent shall do. It sees nothing of this conversation, so say all it needs to know.',
    },
    ...(agents.length === 0
      ? {}
      : { agent: { type: 'string', enum: agents, description: 'Who works on the prompt. Default: one like you.' } }),
    model: {
      type: 'string',
      description: 'The model that works on the prompt, as provider/name. Default: the agent’s.',
    },
  });
}

function object(properties: JsonObject, required: readonly string[] = []): JsonObject {
  return {
    type: 'object',
    properties,
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
}

function hidesTaskTool(agent: Agent, name: string): boolean {
  return agent.tools.some(({ spec }) => spec.name === name);
}
