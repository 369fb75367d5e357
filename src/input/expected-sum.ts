import { countExpected } from '../contract/expectation.ts';
import type { Prompt, PromptSource } from '../contract/prompt.ts';
import type { Draft } from './make-prompts.ts';

/** What is expected of all prompts together. */
export interface Expected {
  /** How many of the prompts that `read` yields expect something, and how many things in all. */
  readonly prompts: number;
  readonly things: number;
  /** The tools that are expected to be called, with the first place of each. */
  readonly tools: ReadonlyMap<string, PromptSource>;
  /** The first prompts that expect a cost, of each agent and model. */
  readonly costs: readonly Pick<Prompt, 'agent' | 'model' | 'source'>[];
}

/** Adds up what prompts expect. */
export class ExpectedSum {
  readonly #tools = new Map<string, PromptSource>();
  readonly #costs = new Map<string, Draft>();
  #prompts = 0;
  #things = 0;

  add(draft: Draft): void {
    const { expect, agent = '', model = '', source } = draft;
    if (!expect) return;
    this.#prompts += 1;
    this.#things += countExpected(expect);
    for (const tool of expect.tool ?? []) if (!this.#tools.has(tool)) this.#tools.set(tool, source);
    const key = JSON.stringify([agent, model]);
    if (expect.maxCost !== undefined && !this.#costs.has(key)) this.#costs.set(key, draft);
  }

  /** Of so many rounds of the prompts. */
  sum(repeat: number): Expected {
    return {
      prompts: this.#prompts * repeat,
      things: this.#things * repeat,
      tools: this.#tools,
      costs: [...this.#costs.values()],
    };
  }
}
