import { defineAgent, isAgent } from '../agent/define-agent.ts';
import type { Agent } from '../contract/agent.ts';
import { UserError } from '../contract/errors.ts';
import type { Tool } from '../contract/tool.ts';
import { defaultTools } from '../tools/built-in/default-tools.ts';
import { importUserFile } from './import-user-file.ts';
import { withSource } from './with-source.ts';

/** The agents of a run: the one to start with and all that a prompt may name. */
export interface AgentCatalog {
  readonly start: Agent;
  readonly byName: ReadonlyMap<string, Agent>;
}

/** What becomes of an agent's tools: what is added and changed for the run. */
export type PrepareTools = (tools: readonly Tool[]) => readonly Tool[];

/**
 * The agents that `--agent file#name` names, each with `tools` beside its own; without it one general agent that has
 * `tools`, or else the default ones. What `prepare` makes of an agent's tools is what it has.
 *
 * @throws {UserError} if the file has no such agent, or names clash
 */
export async function loadAgents(
  reference: string | undefined,
  tools: readonly Tool[],
  prepare: PrepareTools,
): Promise<AgentCatalog> {
  if (reference === undefined) {
    const agent = defaultAgent(prepare(tools.length > 0 ? tools : defaultTools));
    return { start: agent, byName: new Map([[agent.name, agent]]) };
  }
  const [, file = reference, name] = /^(.*?)(?:#([^#/\\]*))?$/s.exec(reference) ?? [];
  const exported = Object.entries(await importUserFile(file)).filter((entry): entry is [string, Agent] =>
    isAgent(entry[1]),
  );
  const chosen = chooseAgent(file, name, exported);
  const equipped = new Map<Agent, Agent>();
  try {
    const toolsOf: ToolsOf = (agent) => prepare(allTools(agent, file, tools));
    const start = equip(chosen, toolsOf, equipped);
    const all = exported.map(([, agent]) => equip(agent, toolsOf, equipped));
    return { start, byName: indexByName([start, ...all], file) };
  } catch (error) {
    if (error instanceof TypeError) throw new UserError(`Cannot use the agents of ${file}: ${error.message}`);
    throw error;
  }
}

function defaultAgent(tools: readonly Tool[]): Agent {
  return defineAgent({
    name: 'assistant',
    instructions:
      'You are a helpful assistant. Use the tools you have where they help. Ask for everything that can be done ' +
      'independently in one turn, so that it runs in parallel. Answer briefly.',
    tools,
  });
}

function chooseAgent(file: string, name: string | undefined, exported: readonly (readonly [string, Agent])[]): Agent {
  const known = exported.map(([exportName, agent]) => (exportName === 'default' ? agent.name : exportName)).join(', ');
  if (exported.length === 0) {
    throw new UserError(`Cannot use an agent from ${file}: it exports none. Export what defineAgent returns.`);
  }
  if (name !== undefined) {
    const found = exported.find(([exportName, agent]) => exportName === name || agent.name === name);
    if (found) return found[1];
    throw new UserError(`Cannot use agent "${name}" from ${file}: there is no such export. There are: ${known}.`);
  }
  const found = exported.find(([exportName]) => exportName === 'default') ?? (exported.length === 1 && exported[0]);
  if (found) return found[1];
  throw new UserError(
    `Cannot choose an agent from ${file}: there are several. Name one: --agent ${file}#name (${known}).`,
  );
}

/** An agent's own tool replaces a built-in one of the same name; any other two of one name are an error. */
function allTools(agent: Agent, file: string, added: readonly Tool[]): readonly Tool[] {
  const names = new Set(agent.tools.map(({ spec }) => spec.name));
  return [
    ...agent.tools.map((tool) => withSource(tool, file)),
    ...added.filter(({ spec, source }) => source !== 'built-in' || !names.has(spec.name)),
  ];
}

type ToolsOf = (agent: Agent) => readonly Tool[];

/** The agent, and all it may hand off to, with the tools that it has in this run. */
function equip(agent: Agent, toolsOf: ToolsOf, equipped: Map<Agent, Agent>): Agent {
  const known = equipped.get(agent);
  if (known) return known;
  const { name, description, instructions, model } = agent;
  const made = defineAgent({
    name,
    description,
    instructions,
    ...(model === undefined ? {} : { model }),
    tools: toolsOf(agent),
    handoffs: () => agent.handoffs.map((target) => equip(target, toolsOf, equipped)),
  });
  equipped.set(agent, made);
  return made;
}

function indexByName(agents: readonly Agent[], file: string): ReadonlyMap<string, Agent> {
  const byName = new Map<string, Agent>();
  const visit = (agent: Agent): void => {
    const other = byName.get(agent.name);
    if (other === agent) return;
    if (other) throw new UserError(`Cannot use the agents of ${file}: two are called "${agent.name}". Rename one.`);
    byName.set(agent.name, agent);
    agent.handoffs.forEach(visit);
  };
  agents.forEach(visit);
  return byName;
}
