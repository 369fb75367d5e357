import { isObject } from '../contract/json.ts';
import { checkExpectation } from './check-expectation.ts';
import type { FieldProblem } from './check-json.ts';
import { isSafeJson } from './check-json.ts';
import { closest } from './closest.ts';
import type { Fields } from './entry.ts';
import { quote } from './quote.ts';

const FIELD_NAMES = ['id', 'prompt', 'system', 'agent', 'model', 'vars', 'metadata', 'expect'] as const;

/** An entry's fields, or all that is wrong with them. */
export type CheckedEntry =
  | { readonly ok: true; readonly fields: Fields }
  | { readonly ok: false; readonly problems: readonly FieldProblem[] };

/** Checks what a file says as one entry: a text, which is its prompt, or an object of fields. */
export function checkEntry(value: unknown): CheckedEntry {
  if (typeof value === 'string') return { ok: true, fields: { prompt: value } };
  if (!isObject(value)) {
    const problem = `Cannot use the entry: it is ${kindOf(value)}. Make it a text in quotes, or an object with a "prompt".`;
    return { ok: false, problems: [{ path: [], problem }] };
  }
  const { fields, problems } = checkFields(value, FIELD_NAMES);
  if (!Object.hasOwn(value, 'prompt')) {
    problems.push({ path: [], problem: 'Cannot use the entry: it has no "prompt". Give it one.' });
  }
  return problems.length > 0 || !hasPrompt(fields) ? { ok: false, problems } : { ok: true, fields };
}

/** Checks an object in which only the fields with these names may stand. */
export function checkFields(
  value: Readonly<Record<string, unknown>>,
  allowed: readonly string[],
): { fields: Partial<Fields>; problems: FieldProblem[] } {
  const fields: PartialFields = {};
  const problems: FieldProblem[] = [];
  for (const [name, content] of Object.entries(value)) {
    const problem =
      isFieldName(name) && allowed.includes(name)
        ? checkField(name, content, fields, problems)
        : unknownField(name, allowed);
    if (problem !== undefined) problems.push({ path: [name], problem });
  }
  return { fields, problems };
}

type FieldName = (typeof FIELD_NAMES)[number];
type PartialFields = { -readonly [name in keyof Fields]?: Fields[name] };

/** Puts a field's content among the others, or says what is wrong with it: in one answer, or in places within. */
function checkField(
  name: FieldName,
  content: unknown,
  fields: PartialFields,
  within: FieldProblem[],
): string | undefined {
  if (name === 'vars' || name === 'metadata') {
    if (!isObject(content)) return `Cannot use the field "${name}": it is ${kindOf(content)}. Make it an object.`;
    if (isSafeJson(content, [name], within)) fields[name] = content;
    return undefined;
  }
  if (name === 'expect') {
    const expect = checkExpectation(content, within);
    if (expect) fields.expect = expect;
    return undefined;
  }
  if (typeof content !== 'string') {
    return `Cannot use the field "${name}": it is ${kindOf(content)}, not a text. ${asText(content)}`;
  }
  if (name === 'prompt' || name === 'system') {
    fields[name] = content;
    return undefined;
  }
  const trimmed = content.trim();
  fields[name] = trimmed;
  return name === 'id' ? checkId(trimmed) : checkName(name, trimmed);
}

function hasPrompt(fields: Partial<Fields>): fields is Fields {
  return fields.prompt !== undefined;
}

function isFieldName(name: string): name is FieldName {
  return FIELD_NAMES.some((known) => known === name);
}

function unknownField(name: string, allowed: readonly string[]): string {
  const meant = closest(name, allowed);
  const wayOut =
    meant === undefined
      ? `The fields are ${allowed.join(', ')}; variables go into "vars".`
      : `Did you mean "${meant}"?`;
  return `Cannot use the field ${quote(name)}: there is no such field here. ${wayOut}`;
}

function checkId(id: string): string | undefined {
  const length = [...id].length;
  if (length < 1 || length > 64) {
    return `Cannot use the id ${quote(id)}: it has ${length} characters. An id has 1 to 64.`;
  }
  if (!/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(id)) return undefined;
  return `Cannot use the id ${quote(id)}: it holds a control character. Take it out.`;
}

function checkName(field: 'agent' | 'model', name: string): string | undefined {
  return name === '' ? `Cannot use the field "${field}": it is empty. Leave it out or name one.` : undefined;
}

function asText(value: unknown): string {
  if (value === null) return 'Leave it out or write a text in quotes.';
  return typeof value === 'object' ? 'Write a text in quotes.' : `Write it in quotes: "${String(value)}".`;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string') return 'a text';
  return typeof value === 'number' ? 'a number' : `the word ${String(value)}`;
}
