import { UserError } from '../contract/errors.ts';
import type { Prompt, PromptSource } from '../contract/prompt.ts';
import { MAX_PROMPT_BYTES } from './entry.ts';
import type { Expected } from './expected-sum.ts';
import { ExpectedSum } from './expected-sum.ts';
import type { Draft, Made } from './make-prompts.ts';
import { makePrompts } from './make-prompts.ts';
import type { PromptFile } from './prompt-file.ts';
import type { IdClash } from './prompt-ids.ts';
import { PromptIds } from './prompt-ids.ts';
import { quote } from './quote.ts';

/** Which of the prompts are wanted, and how often. */
export interface PromptOptions {
  /** At most this many, of those that the filter lets through; from 1. */
  readonly limit?: number | undefined;
  /** Only prompts in whose id or filled-in text this is found. */
  readonly filter?: RegExp | undefined;
  /** Each prompt this many times, called `id#1`, `id#2` and so on if it is more than once; from 1. */
  readonly repeat?: number | undefined;
  /** The most that a prompt, or a line of its file, may hold; default 10 MiB. */
  readonly maxBytes?: number | undefined;
}

/** Prompts of which every one has been checked. */
export interface PromptSet {
  /** How many `read` yields: after filter, limit and repeat. */
  readonly count: number;
  /** The agents that these prompts name, with the first place of each. */
  readonly agents: ReadonlyMap<string, PromptSource>;
  /** The models that these prompts name, with the first place of each. */
  readonly models: ReadonlyMap<string, PromptSource>;
  readonly expected: Expected;
  /**
   * Reads the files again, as a stream. With `repeat`, all prompts come once before any comes again: whoever stops early
   * has whole rounds to compare, and equal prompts are not sent side by side.
   *
   * @throws {UserError} (65) when a file has changed so that a prompt is gone or cannot be read any more
   */
  read(): AsyncIterable<Prompt>;
}

/** The prompts, or all that is wrong with them: at most 20 problems, each `file:line: Cannot …`, and how many more. */
export type OpenedPrompts =
  | { readonly ok: true; readonly prompts: PromptSet }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads and checks all files, in memory that does not grow with them but for their ids. */
export async function openPrompts(files: readonly PromptFile[], options: PromptOptions): Promise<OpenedPrompts> {
  const problems = new ProblemList();
  const ids = new PromptIds();
  const agents = new Map<string, PromptSource>();
  const models = new Map<string, PromptSource>();
  const expected = new ExpectedSum();
  const { limit = Number.POSITIVE_INFINITY, repeat = 1, maxBytes = MAX_PROMPT_BYTES } = options;
  const isWanted = filterBy(options.filter);
  const make = () => makePrompts(files, maxBytes);
  let total = 0;
  let chosen = 0;
  for await (const batch of make()) {
    for (const made of batch) {
      total++;
      if (!made.ok) {
        problems.add(made.problem);
        continue;
      }
      const { draft } = made;
      const clash = ids.claim(draft, made.position, made.hasOwnId);
      if (clash !== undefined) problems.add(explainClash(draft.id, clash));
      if (chosen >= limit || !isWanted(draft)) continue;
      chosen++;
      noteFirst(agents, draft.agent, draft.source);
      noteFirst(models, draft.model, draft.source);
      expected.add(draft);
    }
  }
  if (total === 0) problems.add(explainEmpty(files));
  else if (chosen === 0 && problems.isEmpty) problems.add(explainFiltered(total, options.filter));
  if (!problems.isEmpty) return { ok: false, problems: problems.list() };
  const read = () => readChosen(make, chosen, isWanted, repeat);
  return { ok: true, prompts: { count: chosen * repeat, agents, models, expected: expected.sum(repeat), read } };
}

/** The second pass: the same prompts once more, now to be run. */
async function* readChosen(
  make: () => AsyncIterable<readonly Made[]>,
  chosen: number,
  isWanted: (draft: Draft) => boolean,
  repeat: number,
): AsyncGenerator<Prompt> {
  let index = 0;
  for (let round = 1; round <= repeat; round++) {
    let left = chosen;
    for await (const batch of make()) {
      const drafts = draftsIn(batch).filter(isWanted).slice(0, left);
      left -= drafts.length;
      for (const draft of drafts) {
        yield { ...draft, id: repeat === 1 ? draft.id : `${draft.id}#${round}`, index: index++ };
      }
      if (left === 0) break;
    }
    if (left > 0) throw changed(`${left} of ${chosen} are gone.`);
  }
}

function draftsIn(batch: readonly Made[]): readonly Draft[] {
  return batch.map((made) => {
    if (!made.ok) throw changed(made.problem);
    return made.draft;
  });
}

function changed(how: string): UserError {
  return new UserError(
    `Cannot go on: the prompts have changed since they were checked. ${how} Run them again, and leave the files alone meanwhile.`,
    { exitCode: 65 },
  );
}

function filterBy(filter: RegExp | undefined): (draft: Draft) => boolean {
  if (filter === undefined) return () => true;
  // With g or y an expression remembers where its last match ended.
  const stateless = new RegExp(filter.source, filter.flags.replace(/[gy]/g, ''));
  return ({ id, text }) => stateless.test(id) || stateless.test(text);
}

function noteFirst(names: Map<string, PromptSource>, name: string | undefined, source: PromptSource): void {
  if (name !== undefined && !names.has(name)) names.set(name, source);
}

function explainClash(id: string, { at, other, isAutomatic }: IdClash): string {
  const state = isAutomatic
    ? `the prompt at ${place(other)} has no id of its own and is called that for its position. Choose an id unlike p1, p2 and so on.`
    : `the prompt at ${place(other)} has it already. Give one of them another.`;
  return `${place(at)}: Cannot use the id ${quote(id)}: ${state}`;
}

function place({ file, line }: PromptSource): string {
  return `${file}:${line}`;
}

function explainEmpty(files: readonly PromptFile[]): string {
  if (files.length === 0) return 'Cannot run anything: no file of prompts is named. Name one, or - to pipe prompts in.';
  return `${files.map(({ name }) => name).join(', ')}: Cannot run anything: there is no prompt in it. Write one on a line.`;
}

function explainFiltered(total: number, filter: RegExp | undefined): string {
  const prompts = total === 1 ? 'the one prompt' : `any of the ${total} prompts`;
  return `Cannot run anything: the filter ${filter} is not found in ${prompts}. Change it, or leave it out.`;
}

/** Keeps the first problems and counts the others. */
class ProblemList {
  readonly #first: string[] = [];
  #more = 0;

  get isEmpty(): boolean {
    return this.#first.length === 0;
  }

  add(problem: string): void {
    if (this.#first.length < MAX_SHOWN) this.#first.push(problem);
    else this.#more++;
  }

  list(): readonly string[] {
    return this.#more === 0 ? this.#first : [...this.#first, `and ${this.#more} more`];
  }
}

const MAX_SHOWN = 20;
