import type { Expectation } from './expectation.ts';
import type { JsonObject } from './json.ts';

/** One entry of a prompts file. */
export interface Prompt {
  /** Unique in the run. */
  readonly id: string;
  /** Position in the run, from 0. */
  readonly index: number;
  /** What the user says, with all `{{names}}` filled in. */
  readonly text: string;
  /** Instead of the agent's instructions. */
  readonly system?: string;
  /** The name of the agent to start with, instead of the run's. */
  readonly agent?: string;
  /** `provider/name`, instead of the agent's and the run's. */
  readonly model?: string;
  /** What the file's author wants to find again beside the answer. */
  readonly metadata?: JsonObject;
  /** What its conversation should come to. */
  readonly expect?: Expectation;
  readonly source: PromptSource;
}

/** Where a prompt stands: `line` counts from 1. */
export interface PromptSource {
  readonly file: string;
  readonly line: number;
}
