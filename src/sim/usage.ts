import type { BrainInput } from './brain/thought.ts';
import type { Draft } from './draft.ts';
import { draftTokens } from './draft.ts';
import { countTokens } from './tokens.ts';

/** What a response costs. `output` includes `reasoning`. */
export interface TokenCounts {
  readonly input: number;
  readonly output: number;
  readonly reasoning: number;
}

/** Counts what was read and what was written. Reasoning is made up: a constant where the response has some. */
export function countUsage(input: BrainInput, draft: Draft, { reasons }: { readonly reasons: boolean }): TokenCounts {
  const reasoning = reasons ? REASONING_TOKENS : 0;
  return { input: inputTokens(input), output: draftTokens(draft) + reasoning, reasoning };
}

/** What every response that reasons is said to have spent on it. */
export const REASONING_TOKENS = 16;

function inputTokens({ instructions, tools, history }: BrainInput): number {
  let tokens = countTokens(instructions);
  for (const { name, description, parameters } of tools) {
    tokens += countTokens(name) + countTokens(description) + countTokens(JSON.stringify(parameters));
  }
  for (const entry of history) {
    tokens +=
      entry.role === 'result'
        ? countTokens(entry.call.name + JSON.stringify(entry.call.args) + JSON.stringify(entry.output))
        : countTokens(entry.text);
  }
  return Math.max(1, tokens);
}
