import type { Prompt } from '../contract/prompt.ts';
import type { PromptSet } from '../input/open-prompts.ts';
import { shorten, showText } from '../report/show-text.ts';
import type { AgentCatalog } from './load-agents.ts';
import type { RunModels } from './run-models.ts';

const COLUMNS_WITHOUT_TERMINAL = 120;

/** Shows how the files were split, one line per prompt with its place, agent and model; runs nothing. */
export async function showDryRun(
  prompts: PromptSet,
  agents: AgentCatalog,
  models: RunModels,
  write: (text: string) => Promise<void> | void,
): Promise<void> {
  const width = process.stdout.isTTY ? process.stdout.columns : COLUMNS_WITHOUT_TERMINAL;
  for await (const prompt of prompts.read()) {
    await write(`${shorten(line(prompt, agents, models), width)}\n`);
  }
  await write(`\n${prompts.count} ${prompts.count === 1 ? 'prompt' : 'prompts'}, nothing was run\n`);
}

function line(prompt: Prompt, agents: AgentCatalog, models: RunModels): string {
  const agent = (prompt.agent === undefined ? undefined : agents.byName.get(prompt.agent)) ?? agents.start;
  const model = prompt.model ?? agent.model ?? models.id;
  const place = `${prompt.source.file}:${prompt.source.line}`;
  return [
    showText(prompt.id).padEnd(6),
    showText(place),
    showText(agent.name),
    showText(model),
    showText(prompt.text),
  ].join('  ');
}
