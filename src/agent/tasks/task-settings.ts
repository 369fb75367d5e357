import type { Agent } from '../../contract/agent.ts';
import type { JsonObject, JsonValue } from '../../contract/json.ts';
import type { RunTasks } from './run-tasks.ts';

/** How the conversations of a run may use background tasks. */
export interface TaskSettings {
  /** What becomes of tasks when the model has answered before it heard of their end: it hears of it, or they are cancelled. */
  readonly atEnd: 'wait' | 'cancel';
  /** Tasks that one conversation may create, in all: running or not. */
  readonly maxPerConversation: number;
  /** How deep tasks go: 1 for those of a prompt's conversation, 2 for those of the conversations it delegated, and so on. */
  readonly maxDepth: number;
  /** Counts the tasks that run at once, over all conversations. In all there may be any number, as of prompts. */
  readonly run: RunTasks;
  /** The agents that a prompt can be delegated to. */
  readonly agentByName: ReadonlyMap<string, Agent>;
  readonly readArguments: ReadArguments;
  /** Outputs that the model is shown together, cut where all of them are more than it is shown of one. */
  readonly fitOutputs: (outputs: readonly JsonValue[]) => readonly JsonValue[];
}

/** The arguments of a call as an object, within the run's bounds, or what is wrong with them, as a sentence. */
export type ReadArguments = (
  text: string,
) => { readonly ok: true; readonly args: JsonObject } | { readonly ok: false; readonly problem: string };

/** The default bounds; `maxPerRun` is for `RunTasks`. */
export const DEFAULT_TASK_BOUNDS = { maxPerConversation: 8, maxPerRun: 64, maxDepth: 2 } as const;
