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
      ...(await promptDigests(prompts)),
      agents: digestOf([...agents.byName.values()].map(describeAgent)),
      options: digestOf([saved]),
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

async function promptDigests(prompts: PromptSet): Promise<{ readonly prompts: string; readonly texts: string }> {
  const hash = createHash('sha256');
  // A sum is the same in whatever order they come.
  let sum = 0n;
  for await (const prompt of prompts.read()) {
    hash.update(asLine(prompt));
    sum += createHash('sha256').update(prompt.text).digest().readBigUInt64BE();
  }
  return { prompts: hash.digest('base64url'), texts: BigInt.asUintN(64, sum).toString(36) };
}

function digestOf(parts: readonly unknown[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(asLine(part));
  return hash.digest('base64url');
}

function asLine(part: unknown): string {
  return `${JSON.stringify(part)}\n`;
}
