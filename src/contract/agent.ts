import type { Tool } from './tool.ts';

/** Instructions, a model, tools, and the agents that it may hand off to. Holds no state: one serves any number of conversations. */
export interface Agent {
  readonly name: string;
  /** What it is for: what another agent is told when it may hand off to this one. */
  readonly description: string;
  readonly instructions: string;
  /** `provider/name`; without it the run's model. */
  readonly model?: string;
  readonly tools: readonly Tool[];
  readonly handoffs: readonly Agent[];
}
