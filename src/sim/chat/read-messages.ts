import type { JsonObject, JsonValue } from '../../contract/json.ts';
import { isList, isObject } from '../../contract/json.ts';
import type { HistoryEntry, PlannedCall } from '../brain/thought.ts';
import type { OpenAiProblem } from '../openai-error.ts';
import { checkRequired, wrongType, wrongValue } from '../openai-fields.ts';
import { parseOutput } from '../parse-output.ts';

/** The instructions and the history that messages tell, or what is wrong with them. */
export function readMessages(messages: JsonValue | undefined): {
  readonly instructions: string;
  readonly history: readonly HistoryEntry[];
  readonly problem?: OpenAiProblem;
} {
  const read: Reading = { instructions: [], history: [], open: new Map(), answered: new Set() };
  const list = isList(messages) ? messages : [];
  if (list.length === 0) {
    const message =
      "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.";
    return { instructions: '', history: [], problem: { message, param: 'messages', code: 'empty_array' } };
  }
  for (const [index, message] of list.entries()) {
    const at = `messages[${index}]`;
    const problem = isObject(message) ? readMessage(read, message, at, index) : wrongType(at, 'object', message);
    if (problem) return { instructions: '', history: [], problem };
  }
  const problem = checkOpen(read, list.length);
  return { instructions: read.instructions.join('\n'), history: read.history, ...(problem && { problem }) };
}

interface Reading {
  readonly instructions: string[];
  readonly history: HistoryEntry[];
  /** The calls of the latest assistant message that have no result yet. */
  open: Map<string, PlannedCall>;
  readonly answered: Set<string>;
}

const ROLES = ['system', 'assistant', 'user', 'function', 'tool', 'developer'];

function readMessage(read: Reading, message: JsonObject, at: string, index: number): OpenAiProblem | undefined {
  const missing = checkRequired(message, ['role'], `${at}.`);
  if (missing) return missing;
  const role = message['role'];
  if (role === 'tool') return readToolMessage(read, message, at, index);
  const open = checkOpen(read, index);
  if (open) return open;
  const text = textOf(message['content']);
  if (text === undefined && role !== 'assistant') {
    return message['content'] === undefined
      ? checkRequired(message, ['content'], `${at}.`)
      : wrongType(`${at}.content`, 'text or list', message['content']);
  }
  switch (role) {
    case 'system':
    case 'developer':
      read.instructions.push(text ?? '');
      return undefined;
    case 'user':
      read.history.push({ role: 'user', text: text ?? '' });
      return undefined;
    case 'assistant':
      return readAssistant(read, message, text, at);
    default:
      return wrongValue(`${at}.role`, role ?? '', ROLES);
  }
}

function readAssistant(
  read: Reading,
  message: JsonObject,
  text: string | undefined,
  at: string,
): OpenAiProblem | undefined {
  const calls = message['tool_calls'];
  if (text === undefined && calls === undefined && message['refusal'] === undefined) {
    return {
      message: `Invalid value for 'content': expected a string, got null.`,
      param: `${at}.content`.replace(/\[(\d+)\]/, '.[$1]'),
    };
  }
  if (text !== undefined) read.history.push({ role: 'assistant', text });
  if (calls === undefined || calls === null) return undefined;
  if (!isList(calls)) return wrongType(`${at}.tool_calls`, 'array', calls);
  if (calls.length === 0) {
    return {
      message: `Invalid '${at}.tool_calls': empty array. Expected an array with minimum length 1, but got an empty array instead.`,
      param: `${at}.tool_calls`,
      code: 'empty_array',
    };
  }
  read.open = new Map();
  read.answered.clear();
  for (const [index, call] of calls.entries()) {
    const problem = readCall(read, call, `${at}.tool_calls[${index}]`);
    if (problem) return problem;
  }
  return undefined;
}

function readCall(read: Reading, call: JsonValue, at: string): OpenAiProblem | undefined {
  if (!isObject(call)) return wrongType(at, 'object', call);
  const missing = checkRequired(call, ['id', 'type', 'function'], `${at}.`);
  if (missing) return missing;
  const { id, function: called } = call;
  if (typeof id !== 'string') return wrongType(`${at}.id`, 'string', id ?? null);
  if (!isObject(called)) return wrongType(`${at}.function`, 'object', called ?? null);
  const missingInside = checkRequired(called, ['name', 'arguments'], `${at}.function.`);
  if (missingInside) return missingInside;
  const { name, arguments: text } = called;
  if (typeof text !== 'string') return wrongType(`${at}.function.arguments`, 'string', text ?? null);
  if (read.open.has(id)) {
    return { message: `Duplicate value for 'tool_call_id' of '${id}' in message with 'tool_calls'.`, param: at };
  }
  const args = parseOutput(text);
  read.open.set(id, { name: String(name), args: isObject(args) ? args : {} });
  return undefined;
}

function readToolMessage(read: Reading, message: JsonObject, at: string, index: number): OpenAiProblem | undefined {
  const missing = checkRequired(message, ['tool_call_id', 'content'], `${at}.`);
  if (missing) return missing;
  const id = String(message['tool_call_id']);
  const call = read.open.get(id);
  const text = textOf(message['content']);
  if (text === undefined) return wrongType(`${at}.content`, 'text or list', message['content'] ?? null);
  if (!call || read.answered.has(id)) {
    return {
      message:
        "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
      param: `messages.[${index}].role`,
    };
  }
  read.answered.add(id);
  read.history.push({ role: 'result', call, output: parseOutput(text) });
  return undefined;
}

/** Whatever follows calls that have no result yet comes too early. */
function checkOpen(read: Reading, index: number): OpenAiProblem | undefined {
  const open = [...read.open.keys()].filter((id) => !read.answered.has(id));
  read.open = open.length > 0 ? read.open : new Map();
  if (open.length === 0) return undefined;
  return {
    message:
      "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. " +
      `The following tool_call_ids did not have response messages: ${open.join(', ')}`,
    param: `messages.[${index}].role`,
  };
}

function textOf(content: JsonValue | undefined): string | undefined {
  if (typeof content === 'string') return content;
  if (!isList(content)) return undefined;
  return content
    .filter(isObject)
    .map((part) => part['text'] ?? part['refusal'] ?? '')
    .join('');
}
