import type { Agent } from '../contract/agent.ts';
import type { Prompt } from '../contract/prompt.ts';
import type { PromptSet } from '../input/open-prompts.ts';
import { showCount, showCounted } from '../report/show-number.ts';
import { shorten, showText } from '../report/show-text.ts';
import { FirstRequests } from './first-requests.ts';
import type { AgentCatalog } from './load-agents.ts';
import type { RunModels } from './run-models.ts';
import { stdout } from './standard-streams.ts';
import { startingAgent } from './starting-agent.ts';

const COLUMNS_WITHOUT_TERMINAL = 120;

/** Shows how the files were split, one line per prompt with its place, agent and model, and an estimate; runs nothing. */
export async function showDryRun(
  prompts: PromptSet,
  agents: AgentCatalog,
  models: RunModels,
  write: (text: string) => Promise<void> | void,
): Promise<void> {
  const width = stdout.isTTY ? stdout.columns : COLUMNS_WITHOUT_TERMINAL;
  const firstRequests = new FirstRequests();
  for await (const prompt of prompts.read()) {
    const agent = startingAgent(agents, prompt.agent);
    const model = prompt.model ?? agent.model ?? models.id;
    await firstRequests.add(prompt, agent, model);
    await write(`${shorten(line(prompt, agent, model), width)}\n`);
  }
  await write(`\n${prompts.count} ${prompts.count === 1 ? 'prompt' : 'prompts'}, nothing was run\n`);
  if (prompts.expected.prompts > 0) await write(`${describeExpected(prompts)}\n`);
  if (prompts.count > 0) await write(`${firstRequests.describe()}\n`);
}

function describeExpected({ count, expected }: PromptSet): string {
  const { prompts, things } = expected;
  return `${showCounted(things, 'expectation')} of ${showCount(prompts)} of ${showCounted(count, 'prompt')}`;
}

function line(prompt: Prompt, agent: Agent, model: string): string {
  const place = `${prompt.source.file}:${prompt.source.line}`;
  return [
    showText(prompt.id).padEnd(6),
    showText(place),
    showText(agent.name),
    showText(model),
    showText(prompt.text),
  ].join('  ');
}
