import type { Agent } from '../contract/agent.ts';
import { UserError } from '../contract/errors.ts';
import type { Model } from '../contract/model.ts';
import type { PromptSet } from '../input/open-prompts.ts';
import { chooseModel } from '../providers/choose-model.ts';
import type { ProviderOptions } from '../providers/provider-options.ts';
import { resolveModel } from '../providers/resolve-model.ts';
import type { AgentCatalog } from './load-agents.ts';

/** The models of a run. */
export interface RunModels {
  /** For agents that name none. */
  readonly id: string;
  /** Why that one. */
  readonly reason: string;
  /** The model of that id, the same one for all conversations; throws a `UserError` if there is none. */
  readonly get: (id: string) => Model;
  /** Has all of them find out anew how many requests at once they take. */
  readonly findOutAnew: () => void;
}

/**
 * The run's model, which is the asked-for one, the one that was recorded, or the one that the keys in the environment
 * allow, and all others.
 */
export function chooseModels(
  asked: string | undefined,
  options: ProviderOptions,
  recorded?: { readonly id: string; readonly reason: string },
): RunModels {
  const standard = () => recorded ?? chooseModel(options.env);
  const { id, reason } = asked === undefined ? standard() : { id: asked, reason: recorded?.reason ?? 'as asked for' };
  const models = new Map<string, Model>();
  // The base URL is that of one provider; where neither a model nor a key says of which, of whichever is used.
  const isMeant = (wanted: string) =>
    providerOf(wanted) === providerOf(id) || (asked === undefined && providerOf(id) === 'sim');
  const get = (wanted: string) => {
    const known = models.get(wanted);
    if (known) return known;
    const { baseUrl: _, ...withoutBaseUrl } = options;
    const resolved = resolveModel(wanted, isMeant(wanted) ? options : withoutBaseUrl);
    if (!resolved.ok) throw new UserError(resolved.problem);
    models.set(wanted, resolved.model);
    return resolved.model;
  };
  const findOutAnew = () => {
    for (const model of models.values()) model.findOutAnew?.();
  };
  return { id, reason, get, findOutAnew };
}

function providerOf(id: string): string {
  return id.slice(0, id.indexOf('/'));
}

/** The model that conversations start with if nothing else is said of them, and why with that one. */
export function startModel(
  { name, model }: Agent,
  models: RunModels,
): { readonly id: string; readonly reason: string } {
  return model === undefined ? models : { id: model, reason: `agent ${name} names it` };
}

/**
 * Sees to it that every prompt has an agent and a model to start with; returns those models.
 *
 * @throws {UserError} that says where the first one without stands
 */
export function checkStarts(prompts: PromptSet, agents: AgentCatalog, models: RunModels): readonly Model[] {
  const starts: Agent[] = [agents.start];
  for (const [name, { file, line }] of prompts.agents) {
    const agent = agents.byName.get(name);
    if (!agent) {
      const known = [...agents.byName.keys()].join(', ');
      throw new UserError(`${file}:${line}: Cannot use agent "${name}": there is no such agent. There are: ${known}.`, {
        exitCode: 65,
      });
    }
    starts.push(agent);
  }
  const ofAgents = starts.map((agent) => models.get(agent.model ?? models.id));
  const ofPrompts = [...prompts.models].map(([id, { file, line }]) => {
    try {
      return models.get(id);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw new UserError(`${file}:${line}: ${error.message}`, { exitCode: 65, cause: error });
    }
  });
  return [...new Set([...ofAgents, ...ofPrompts])];
}

/** Loads what the models need, so that it takes no time from the run; what fails will be told where it is needed. */
export async function warmUp(models: readonly Model[]): Promise<void> {
  const { signal } = new AbortController();
  await Promise.allSettled(
    models.map(async (model) => {
      await using _ = await model.open(signal);
    }),
  );
}
