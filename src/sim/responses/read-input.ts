import type { JsonObject, JsonValue } from '../../contract/json.ts';
import { isList, isObject } from '../../contract/json.ts';
import type { HistoryEntry, PlannedCall } from '../brain/thought.ts';
import type { OpenAiProblem } from '../openai-error.ts';
import type { Fields } from '../openai-fields.ts';
import { checkFields, checkRequired, wrongType, wrongValue } from '../openai-fields.ts';
import { tooLong } from '../openai-tools.ts';
import { parseOutput } from '../parse-output.ts';
import { checkReasoning } from './check-reasoning.ts';

/** The history that a request's input tells, or what is wrong with it. */
export function readInput(
  input: JsonValue | undefined,
  stored: boolean,
): { readonly history: readonly HistoryEntry[]; readonly problem?: OpenAiProblem } {
  if (typeof input === 'string') return { history: [{ role: 'user', text: input }] };
  const items = isList(input) ? input : [];
  const read: Reading = { history: [], calls: new Map(), answered: new Set(), ids: new Set() };
  for (const [index, item] of items.entries()) {
    const at = `input[${index}]`;
    const problem = isObject(item) ? readItem(read, item, at) : wrongType(at, 'object', item);
    if (problem) return { history: [], problem };
  }
  const problem = checkReasoning(items.filter(isObject), stored) ?? checkAnswered(read);
  return problem ? { history: [], problem } : { history: read.history };
}

interface Reading {
  readonly history: HistoryEntry[];
  readonly calls: Map<string, PlannedCall>;
  readonly answered: Set<string>;
  readonly ids: Set<string>;
}

const ITEM_TYPES = ['message', 'function_call', 'function_call_output', 'reasoning', 'item_reference'];

function readItem(read: Reading, item: JsonObject, at: string): OpenAiProblem | undefined {
  const type = item['type'] ?? (item['role'] === undefined ? undefined : 'message');
  const id = item['id'];
  if (typeof id === 'string' && type !== 'item_reference') {
    if (read.ids.has(id)) {
      return {
        message: `Duplicate item found with id ${id}. Remove duplicate items from your input and try again.`,
        param: 'input',
      };
    }
    read.ids.add(id);
  }
  switch (type) {
    case 'message':
      return readMessage(read, item, at);
    case 'function_call':
      return readCall(read, item, at);
    case 'function_call_output':
      return readOutput(read, item, at);
    case 'reasoning':
      return checkRequired(item, ['id', 'summary'], `${at}.`) ?? checkFields(item, REASONING, `${at}.`);
    case 'item_reference':
      return { status: 404, message: `Item with id '${String(id)}' not found.`, param: 'input' };
    case undefined:
      return checkRequired(item, ['type'], `${at}.`);
    default:
      return wrongValue(`${at}.type`, type, ITEM_TYPES);
  }
}

const MESSAGE: Fields = {
  type: 'string',
  id: 'string?',
  role: 'string',
  content: 'text or list',
  status: 'string?',
  phase: 'string?',
};

const ROLES = ['assistant', 'system', 'developer', 'user'];

function readMessage(read: Reading, item: JsonObject, at: string): OpenAiProblem | undefined {
  const problem = checkRequired(item, ['role', 'content'], `${at}.`) ?? checkFields(item, MESSAGE, `${at}.`);
  if (problem) return problem;
  const role = String(item['role']);
  if (!ROLES.includes(role)) return wrongValue(`${at}.role`, role, ROLES);
  const parts = role === 'assistant' ? ['output_text', 'refusal'] : ['input_text', 'input_image', 'input_file'];
  const { content: given = '' } = item;
  const content: readonly JsonValue[] =
    typeof given === 'string' ? [{ type: parts[0] ?? '', text: given }] : isList(given) ? given : [];
  let text = '';
  for (const [index, part] of content.entries()) {
    const partAt = `${at}.content[${index}]`;
    if (!isObject(part)) return wrongType(partAt, 'object', part);
    if (!parts.includes(String(part['type']))) return wrongValue(`${partAt}.type`, part['type'] ?? '', parts);
    const word = part['text'] ?? part['refusal'] ?? '';
    if (typeof word !== 'string') return wrongType(`${partAt}.text`, 'string', word);
    text += word;
  }
  if (role === 'user' || role === 'assistant') read.history.push({ role, text });
  return undefined;
}

const CALL: Fields = {
  type: 'string',
  id: 'string?',
  call_id: 'string',
  name: 'string',
  arguments: 'string',
  status: 'string?',
  async: 'boolean?',
  namespace: 'string?',
  caller: 'object?',
};

function readCall(read: Reading, item: JsonObject, at: string): OpenAiProblem | undefined {
  const problem = checkRequired(item, ['call_id', 'name', 'arguments'], `${at}.`) ?? checkFields(item, CALL, `${at}.`);
  if (problem) return problem;
  const callId = String(item['call_id']);
  if (callId.length > 64) return tooLong(`${at}.call_id`, 64, callId.length);
  if (read.calls.has(callId)) {
    return { message: `Duplicate function call found with call_id ${callId}.`, param: 'input' };
  }
  const args = parseOutput(String(item['arguments']));
  read.calls.set(callId, { name: String(item['name']), args: isObject(args) ? args : {} });
  return undefined;
}

const OUTPUT: Fields = {
  type: 'string',
  id: 'string?',
  call_id: 'string',
  output: 'text or list',
  status: 'string?',
  name: 'string?',
  namespace: 'string?',
  caller: 'object?',
};

function readOutput(read: Reading, item: JsonObject, at: string): OpenAiProblem | undefined {
  const problem = checkRequired(item, ['call_id', 'output'], `${at}.`) ?? checkFields(item, OUTPUT, `${at}.`);
  if (problem) return problem;
  const callId = String(item['call_id']);
  if (callId.length > 64) return tooLong(`${at}.call_id`, 64, callId.length);
  const call = read.calls.get(callId);
  if (!call) return { message: `No tool call found for function call output with call_id ${callId}.`, param: 'input' };
  if (read.answered.has(callId)) {
    return { message: `Duplicate function call output found with call_id ${callId}.`, param: 'input' };
  }
  read.answered.add(callId);
  const parts = isList(item['output']) ? item['output'].filter(isObject) : [{ text: item['output'] ?? '' }];
  read.history.push({ role: 'result', call, output: parseOutput(parts.map((part) => part['text'] ?? '').join('')) });
  return undefined;
}

const REASONING: Fields = {
  type: 'string',
  id: 'string',
  summary: 'array',
  content: 'array?',
  encrypted_content: 'string?',
  status: 'string?',
};

function checkAnswered(read: Reading): OpenAiProblem | undefined {
  const open = [...read.calls.keys()].find((callId) => !read.answered.has(callId));
  if (open === undefined) return undefined;
  return { message: `No tool output found for function call ${open}.`, param: 'input' };
}
