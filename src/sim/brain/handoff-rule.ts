import type { JsonObject } from '../../contract/json.ts';
import { parametersOf, takes, wordsOfName } from './parameters.ts';
import type { CallResult } from './results.ts';
import type { OfferedTool, PlannedCall } from './thought.ts';
import { wordFit, wordsIn } from './word-fit.ts';

/** Whether a tool hands the conversation to another agent. */
export function isHandoff(name: string): boolean {
  return /^(?:transfer_to_|hand_?off)/i.test(name);
}

/**
 * The handoff to the agent whose description fits best, if one fits better than `ownFit`. Nobody is handed to twice,
 * and who was handed to only passes on what fits another agent better than its own instructions.
 */
export function chooseHandoff(
  task: { readonly prompt: string; readonly words: readonly string[]; readonly instructions: string },
  ownFit: number,
  tools: readonly OfferedTool[],
  results: readonly CallResult[],
): PlannedCall | undefined {
  const fitOf = (words: readonly string[]) => 3 * wordFit(task.words, words) + wordFit(wordsIn(task.prompt), words);
  const earlier = results.filter(({ call }) => isHandoff(call.name)).map(({ call }) => call.name);
  const toBeat = earlier.length === 0 ? ownFit : Math.max(ownFit, fitOf(wordsIn(task.instructions)));
  const [best] = tools
    .filter(({ name }) => isHandoff(name) && !earlier.includes(name))
    .map((tool) => ({ tool, fit: fitOf([...wordsOfName(tool.name), ...wordsIn(tool.description)]) }))
    .sort((a, b) => b.fit - a.fit);
  if (!best || best.fit <= toBeat) return undefined;
  return { name: best.tool.name, args: handoffArguments(best.tool, task.prompt) };
}

function handoffArguments(tool: OfferedTool, prompt: string): JsonObject {
  const texts = parametersOf(tool).filter(({ required, schema }) => required && takes(schema, 'string'));
  return Object.fromEntries(texts.map(({ name }) => [name, prompt]));
}
