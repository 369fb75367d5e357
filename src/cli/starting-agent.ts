import type { Agent } from '../contract/agent.ts';
import type { AgentCatalog } from './load-agents.ts';

/** The agent that a prompt starts with: the one that it names, or else the one that the run starts with. */
export function startingAgent({ start, byName }: AgentCatalog, name: string | undefined): Agent {
  return (name === undefined ? undefined : byName.get(name)) ?? start;
}
