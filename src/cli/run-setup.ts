import { createHash } from 'node:crypto';
import type { Agent } from '../contract/agent.ts';
import type { RunSetup } from '../contract/event.ts';
import type { JsonObject } from '../contract/json.ts';
import type { PromptSet } from '../input/open-prompts.ts';
import type { AgentCatalog } from './load-agents.ts';
import type { RunOptions } from './run-options.ts';

/** What a run was started with, as its journal keeps it. Names and digests only: the files themselves are read again. */
export async function runSetup(prompts: PromptSet, agents: AgentCatalog, options: RunOptions): Promise<RunSetup> {
  const saved = savedOptions(options);
  return {
    cwd: process.cwd(),
    options: saved,
    fingerprints: {
      prompts: await digestOf(prompts.read()),
      agents: await digestOf([...agents.byName.values()].map(describeAgent)),
      options: await digestOf([saved]),
    },
  };
}

/** How a run is shown is not part of it: a resume serves no page unless it is asked to. */
function savedOptions({ filter, watch: _, ...options }: RunOptions): JsonObject {
  const saved = filter ? { ...options, filter: filter.source } : options;
  return JSON.parse(JSON.stringify(saved)) as JsonObject;
}

function describeAgent({ name, instructions, model, tools, handoffs }: Agent): unknown {
  return {
    name,
    instructions,
    model: model ?? null,
    tools: tools.map(({ spec, policy }) => ({ spec, policy })),
    handoffs: handoffs.map((agent) => agent.name),
  };
}

async function digestOf(parts: Iterable<unknown> | AsyncIterable<unknown>): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of parts) hash.update(`${JSON.stringify(part)}\n`);
  return hash.digest('base64url');
}
