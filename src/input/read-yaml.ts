import { isObject } from '../contract/json.ts';
import { checkEntry, checkFields } from './check-entry.ts';
import type { FieldProblem } from './check-json.ts';
import { closest } from './closest.ts';
import type { Fields, Found } from './entry.ts';
import type { LineOf } from './parse-yaml.ts';
import { parseYaml } from './parse-yaml.ts';
import { quote } from './quote.ts';
import type { Line } from './split-lines.ts';
import { splitLines } from './split-lines.ts';

/**
 * Reads YAML: a list of entries, or `prompts` beside `defaults`, which are the `system`, `agent`, `model`, `vars`,
 * `metadata` and `expect` of every entry that does not say otherwise. It is read whole and must not be over 1 MiB for that.
 */
export async function* readYaml(
  open: () => AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<readonly Found[]> {
  const text = await readText(splitLines(open(), { maxBytes }));
  if (typeof text !== 'string') return yield text;
  const document = await parseYaml(text);
  if (!document.ok) return yield document.problems;
  const { lineOf } = document;
  const top = checkTop(document.value);
  yield top.problems.map(({ path, problem }) => ({ ok: false, line: lineOf(path), problem }));
  yield top.items.flatMap((item, index) => readItem(item, [...top.path, index], top.defaults, lineOf));
}

const MAX_FILE_BYTES = 1024 * 1024;
const TOP_NAMES = ['defaults', 'prompts'];
const DEFAULT_NAMES = ['system', 'agent', 'model', 'vars', 'metadata', 'expect'];

async function readText(batches: AsyncIterable<readonly Line[]>): Promise<string | readonly Found[]> {
  const lines: string[] = [];
  const problems: Found[] = [];
  let bytes = 0;
  for await (const batch of batches) {
    for (const line of batch) {
      if (line.ok) {
        bytes += Buffer.byteLength(line.text) + 1;
        lines.push(line.text);
      } else problems.push({ ok: false, line: line.number, problem: line.problem });
    }
    if (bytes > MAX_FILE_BYTES + 1) return [{ ok: false, problem: TOO_LARGE }];
  }
  return problems.length > 0 ? problems : lines.join('\n');
}

interface Top {
  readonly items: readonly unknown[];
  /** Where the items are. */
  readonly path: readonly string[];
  readonly defaults: Partial<Fields>;
  readonly problems: readonly FieldProblem[];
}

function checkTop(value: unknown): Top {
  if (value === null) return { items: [], path: [], defaults: {}, problems: [] };
  if (Array.isArray(value)) return { items: value, path: [], defaults: {}, problems: [] };
  if (!isObject(value)) return { items: [], path: [], defaults: {}, problems: [{ path: [], problem: NOT_A_LIST }] };
  const problems: FieldProblem[] = [];
  for (const name of Object.keys(value)) {
    if (!TOP_NAMES.includes(name)) problems.push({ path: [name], problem: unknownTop(name) });
  }
  const { prompts, defaults = {} } = value;
  if (!Array.isArray(prompts)) problems.push({ path: ['prompts'], problem: NOT_A_LIST });
  if (!isObject(defaults)) {
    problems.push({ path: ['defaults'], problem: 'Cannot use "defaults": it is not an object. Give it fields.' });
  }
  const checked = checkFields(isObject(defaults) ? defaults : {}, DEFAULT_NAMES);
  for (const { path, problem } of checked.problems) problems.push({ path: ['defaults', ...path], problem });
  return { items: Array.isArray(prompts) ? prompts : [], path: ['prompts'], defaults: checked.fields, problems };
}

function unknownTop(name: string): string {
  const meant = closest(name, TOP_NAMES);
  const wayOut = meant === undefined ? 'Beside "prompts" there may only be "defaults".' : `Did you mean "${meant}"?`;
  return `Cannot use ${quote(name)}: there is no such field at the top of the file. ${wayOut}`;
}

function readItem(
  item: unknown,
  path: readonly (string | number)[],
  defaults: Partial<Fields>,
  lineOf: LineOf,
): readonly Found[] {
  const checked = checkEntry(item);
  if (!checked.ok) {
    return checked.problems.map((wrong) => ({
      ok: false,
      line: lineOf([...path, ...wrong.path]),
      problem: wrong.problem,
    }));
  }
  const { fields } = checked;
  const merged: Fields = {
    ...defaults,
    ...fields,
    ...(defaults.vars && { vars: { ...defaults.vars, ...fields.vars } }),
    ...(defaults.metadata && { metadata: { ...defaults.metadata, ...fields.metadata } }),
    ...(defaults.expect && { expect: { ...defaults.expect, ...fields.expect } }),
  };
  const entryLineOf = (field: string, linesDown: number) =>
    lineOf(typeof item === 'string' ? path : [...path, field], linesDown);
  return [{ ok: true, entry: { line: lineOf(path), fields: merged, lineOf: entryLineOf } }];
}

const TOO_LARGE = 'Cannot read the file: YAML is read whole, and this is over 1 MiB. Write it as JSON Lines (.jsonl).';
const NOT_A_LIST =
  'Cannot find the prompts: they are not a list. Start each with "- ", at the top of the file or under "prompts:".';
