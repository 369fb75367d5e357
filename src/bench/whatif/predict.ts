import type { Agent } from '../../contract/agent.ts';
import type { Clock } from '../../contract/clock.ts';
import type { PromptsDeps } from '../../run/run-prompts.ts';
import { runPrompts } from '../../run/run-prompts.ts';
import type { RecordedWork } from './recorded-work.ts';
import type { ReplayPlayer } from './replay-player.ts';

/** How many conversations and tool calls may run at once. */
export interface Setting {
  readonly concurrency: number;
  readonly toolConcurrency: number;
}

/** How long the work is predicted to take with a setting. */
export interface Prediction extends Setting {
  readonly wallMs: number;
  /** How many conversations would be done; nothing of them was left to chance but their order. */
  readonly done: number;
  /** How often something was asked for that was not recorded. */
  readonly strays: number;
  /** Between what times it lies, and of how many, if small differences matter so much that it is the middle of several. */
  readonly range?: { readonly leastMs: number; readonly mostMs: number; readonly of: number };
}

/** Where the work is done anew: on a clock of its own, with models and tools that do what they did. */
export interface World {
  readonly clock: Clock;
  readonly player: ReplayPlayer;
  readonly agentOf: (name: string | undefined) => Agent;
  readonly deps: PromptsDeps;
}

/** Does the work anew with a setting, in a world that was made for that. */
export async function predict(work: RecordedWork, setting: Setting, world: World): Promise<Prediction> {
  const { clock, player, agentOf, deps } = world;
  const startedAt = clock.now();
  const counts = await runPrompts(
    {
      count: work.prompts.length,
      prompts: async function* () {
        yield* work.prompts;
      },
      agentOf: ({ agent }) => agentOf(agent),
      concurrency: setting.concurrency,
      failFast: false,
    },
    deps,
  );
  return { ...setting, wallMs: clock.now() - startedAt + work.tailMs, done: counts.done, strays: player.strays };
}
