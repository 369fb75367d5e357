import type { Expectation } from '../contract/expectation.ts';
import type { JsonObject } from '../contract/json.ts';
import type { Prompt } from '../contract/prompt.ts';
import { showBytes } from '../contract/show-bytes.ts';
import { closest } from './closest.ts';
import type { Entry, Found } from './entry.ts';
import { tooLong } from './entry.ts';
import type { UnknownName } from './fill-names.ts';
import { fillNames } from './fill-names.ts';
import type { PromptFile } from './prompt-file.ts';
import { formatOf } from './prompt-file.ts';
import { quote } from './quote.ts';
import { readEntries } from './read-entries.ts';

/** A prompt that does not know yet which of all it will be. */
export type Draft = Omit<Prompt, 'index'>;

/** A prompt with what its id is unique by, or why there is none, as `file:line: Cannot …`. */
export type Made =
  | {
      readonly ok: true;
      readonly draft: Draft;
      /** From 1, over all files. */
      readonly position: number;
      /** Without an id of its own a prompt is called by its position. */
      readonly hasOwnId: boolean;
    }
  | { readonly ok: false; readonly problem: string };

/** Makes prompts of all entries of all files, filled in and in order; none may hold more than `maxBytes`. */
export async function* makePrompts(files: readonly PromptFile[], maxBytes: number): AsyncGenerator<readonly Made[]> {
  let position = 0;
  for (const file of files) {
    for await (const batch of readEntries(file, maxBytes)) {
      const made: Made[] = [];
      for (const found of batch) {
        if (found.ok) makePrompt(found.entry, ++position, { file, maxBytes, made });
        else made.push(refuse(file, found));
      }
      yield made;
    }
  }
}

function refuse(file: PromptFile, { line, problem }: Found & { readonly ok: false }): Made {
  return { ok: false, problem: `${file.name}${line === undefined ? '' : `:${line}`}: ${problem}` };
}

/** Where a prompt comes from and what it is put into, with all problems that there are with it. */
interface Making {
  readonly file: PromptFile;
  readonly maxBytes: number;
  readonly made: Made[];
}

function makePrompt(entry: Entry, position: number, making: Making): void {
  const { file, maxBytes, made } = making;
  const { id, agent, model, metadata } = entry.fields;
  const before = made.length;
  const text = fillField('prompt', entry, making);
  const system = fillField('system', entry, making);
  const expect = fillExpectation(entry, making);
  if (made.length > before) return;
  if (text === undefined || !/\S/.test(text)) {
    made.push(refuse(file, { ok: false, line: entry.line, problem: EMPTY }));
    return;
  }
  if (Buffer.byteLength(text) > maxBytes) {
    const problem = `Cannot use the prompt: ${tooLong(maxBytes, 'Shorten it')}`;
    made.push(refuse(file, { ok: false, line: entry.line, problem }));
    return;
  }
  const draft: Draft = {
    id: id ?? `p${position}`,
    text,
    ...(system !== undefined && { system }),
    ...(agent !== undefined && { agent }),
    ...(model !== undefined && { model }),
    ...(metadata !== undefined && { metadata }),
    ...(expect !== undefined && { expect }),
    source: { file: file.name, line: entry.line },
  };
  made.push({ ok: true, draft, position, hasOwnId: id !== undefined });
}

const EMPTY = 'Cannot use the prompt: it is empty. Write one, or take the entry out.';

/** The text of a field with its names filled in; problems go to `made`. */
function fillField(field: 'prompt' | 'system', entry: Entry, making: Making): string | undefined {
  const text = entry.fields[field];
  return text === undefined ? undefined : fill(text, { field, vars: entry.fields.vars ?? {}, entry, ...making });
}

/** What is expected with names filled in; in patterns their values stand for themselves. */
function fillExpectation(entry: Entry, making: Making): Expectation | undefined {
  const { expect, vars = {} } = entry.fields;
  if (!expect) return undefined;
  const fillAll = (texts: readonly string[], values: JsonObject) =>
    texts.map((text) => fill(text, { field: 'expect', vars: values, entry, ...making }) ?? text);
  const { contains, equals, matches } = expect;
  return {
    ...expect,
    ...(contains && { contains: fillAll(contains, vars) }),
    ...(equals !== undefined && { equals: fillAll([equals], vars)[0] ?? equals }),
    ...(matches && { matches: fillAll(matches, literally(vars)) }),
  };
}

function literally(vars: JsonObject): JsonObject {
  const escaped = Object.entries(vars).map(([name, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    // A hyphen may be escaped in no other way that is right both in and out of brackets.
    return [name, text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&').replaceAll('-', '\\x2d')] as const;
  });
  return Object.fromEntries(escaped);
}

interface FillContext extends Making {
  readonly field: string;
  readonly vars: JsonObject;
  readonly entry: Entry;
}

function fill(text: string, { field, vars, entry, file, maxBytes, made }: FillContext): string | undefined {
  const filled = fillNames(text, vars, maxBytes);
  // What was cut in the middle of a character is no text, and servers refuse it.
  if (filled.ok) return filled.text.toWellFormed();
  for (const unknown of filled.unknown) {
    const line = entry.lineOf?.(field, unknown.linesDown) ?? entry.line;
    made.push(refuse(file, { ok: false, line, problem: explain(unknown, Object.keys(vars), file) }));
  }
  if (filled.unknown.length === 0) {
    const problem = `Cannot fill in the ${field}: it grows over ${showBytes(maxBytes)}. Use shorter values, or raise --max-prompt.`;
    made.push(refuse(file, { ok: false, line: entry.line, problem }));
  }
  return undefined;
}

function explain({ name }: UnknownName, known: readonly string[], file: PromptFile): string {
  const format = formatOf(file);
  // In JSON a backslash is written as two.
  const literally = `For literal braces write ${format === 'jsonl' ? '\\\\{{' : '\\{{'}.`;
  const start = `Cannot fill in ${quote(`{{${name}}}`)}:`;
  if (format === 'txt') {
    return `${start} a text file gives its prompts no variables. ${literally} Variables need .jsonl, .csv or .yaml.`;
  }
  if (known.length === 0) return `${start} the prompt has no variables. ${literally}`;
  const meant = closest(name, known);
  const guess = meant === undefined ? '' : ` Did you mean ${quote(meant)}?`;
  const more = known.length > MAX_SHOWN ? ` and ${known.length - MAX_SHOWN} more` : '';
  const shown = known.slice(0, MAX_SHOWN).map(quote).join(', ');
  return `${start} no variable is called that.${guess} Known names: ${shown}${more}. ${literally}`;
}

const MAX_SHOWN = 10;
