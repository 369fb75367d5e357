import type { JsonObject, JsonValue } from '../../contract/json.ts';
import { isList, isObject } from '../../contract/json.ts';
import type { HistoryEntry, PlannedCall } from '../brain/thought.ts';
import { checkNames } from './check-names.ts';
import type { Content } from './check-signatures.ts';
import { checkSignatures } from './check-signatures.ts';

/** The history that contents tell, or the message of a 400. */
export function readContents(contents: JsonValue | undefined): {
  readonly history: readonly HistoryEntry[];
  readonly problem?: string;
} {
  if (!isList(contents) || contents.length === 0) {
    return fail('* GenerateContentRequest.contents: contents is not specified\n');
  }
  const turns: Content[] = [];
  for (const [index, content] of contents.entries()) {
    const read = readContent(content, index);
    if ('problem' in read) return fail(read.problem);
    addTurn(turns, read);
  }
  const history: HistoryEntry[] = [];
  let open: readonly OpenCall[] = [];
  for (const [index, turn] of turns.entries()) {
    const problem = checkPlace(turn, turns[index - 1], open) ?? addContent(history, turn, open);
    if (problem !== undefined) return fail(problem);
    open = turn.role === 'model' ? callsOf(turn) : [];
  }
  if (open.length > 0) return fail(COUNT_PROBLEM);
  const problem = checkSignatures(turns);
  return problem === undefined ? { history } : fail(problem);
}

/** The vendor's own packages send what the model said chunk by chunk, as it came. */
function addTurn(turns: Content[], { role, parts }: Content): void {
  const previous = turns.at(-1);
  if (role === 'model' && previous?.role === 'model') {
    turns[turns.length - 1] = { role, parts: [...previous.parts, ...parts] };
  } else {
    turns.push({ role, parts });
  }
}

interface OpenCall extends PlannedCall {
  readonly id: string | undefined;
}

const COUNT_PROBLEM =
  'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.';

/** What a part may hold, of which it has to hold one. */
const DATA_FIELDS = [
  'text',
  'functionCall',
  'functionResponse',
  'inlineData',
  'fileData',
  'executableCode',
  'codeExecutionResult',
];

const PART_FIELDS = [...DATA_FIELDS, 'thought', 'thoughtSignature', 'videoMetadata', 'partMetadata', 'mediaResolution'];

function fail(problem: string) {
  return { history: [], problem };
}

function readContent(content: JsonValue, index: number): Content | { readonly problem: string } {
  const at = `contents[${index}]`;
  if (!isObject(content)) return { problem: `Invalid value at '${at}': expected an object.` };
  const unknown = checkNames(content, ['role', 'parts'], at);
  if (unknown !== undefined) return { problem: unknown };
  const role = content['role'] ?? 'user';
  if (role !== 'user' && role !== 'model') return { problem: 'Please use a valid role: user, model.' };
  const { parts } = content;
  if (!isList(parts) || parts.length === 0) {
    return { problem: `* GenerateContentRequest.${at}.parts: contents.parts must not be empty.\n` };
  }
  for (const [place, part] of parts.entries()) {
    const problem = checkPart(part, `${at}.parts[${place}]`);
    if (problem !== undefined) return { problem };
  }
  return { role, parts: parts.filter(isObject) };
}

function checkPart(part: JsonValue, at: string): string | undefined {
  if (!isObject(part)) return `Invalid value at '${at}': expected an object.`;
  const unknown = checkNames(part, PART_FIELDS, at);
  if (unknown !== undefined) return unknown;
  const data = DATA_FIELDS.filter((name) => part[name] !== undefined);
  if (data.length === 0) {
    return `* GenerateContentRequest.${at}.data: required oneof field 'data' must have one initialized field\n`;
  }
  if (data.length > 1) return `Invalid value at '${at}' (oneof), oneof field 'data' is already set.`;
  const { functionCall, functionResponse } = part;
  if (isObject(functionCall)) {
    const unknownInside = checkNames(functionCall, ['id', 'name', 'args'], `${at}.function_call`);
    return unknownInside ?? checkName(functionCall, `${at}.function_call`);
  }
  if (isObject(functionResponse)) {
    const names = ['id', 'name', 'response', 'parts', 'scheduling', 'willContinue'];
    const problem =
      checkNames(functionResponse, names, `${at}.function_response`) ??
      checkName(functionResponse, `${at}.function_response`);
    if (problem !== undefined || isObject(functionResponse['response'])) return problem;
    return `Invalid value at '${at}.function_response.response' (type.googleapis.com/google.protobuf.Struct)`;
  }
  return undefined;
}

function checkName({ name }: JsonObject, at: string): string | undefined {
  if (typeof name === 'string' && name !== '') return undefined;
  return `* GenerateContentRequest.${at}.name: Name cannot be empty.\n`;
}

/** Calls follow the user, and results follow calls, all of them at once. */
function checkPlace(content: Content, previous: Content | undefined, open: readonly OpenCall[]): string | undefined {
  const calls = callsOf(content).length;
  const responses = content.parts.filter((part) => part['functionResponse'] !== undefined).length;
  if (calls > 0 && previous?.role !== 'user') {
    return 'Please ensure that function call turn comes immediately after a user turn or after a function response turn.';
  }
  if (responses > 0 && open.length === 0) {
    return 'Please ensure that function response turn comes immediately after a function call turn.';
  }
  return responses === open.length ? undefined : COUNT_PROBLEM;
}

function callsOf(content: Content): readonly OpenCall[] {
  return content.parts.flatMap(({ functionCall }) => {
    if (!isObject(functionCall)) return [];
    const { id, name, args } = functionCall;
    return [{ id: typeof id === 'string' ? id : undefined, name: String(name), args: isObject(args) ? args : {} }];
  });
}

function addContent(history: HistoryEntry[], content: Content, open: readonly OpenCall[]): string | undefined {
  const text = content.parts.map((part) => (part['thought'] === true ? '' : (part['text'] ?? ''))).join('');
  let place = 0;
  for (const { functionResponse } of content.parts) {
    if (!isObject(functionResponse)) continue;
    const call = open[place++];
    const { id, name, response } = functionResponse;
    if (!call || call.name !== name || (id !== undefined && id !== call.id)) {
      return `Please ensure that function response parts match the function call parts in id, name and order (${String(name)}).`;
    }
    history.push({ role: 'result', call: { name: call.name, args: call.args }, output: outputOf(response ?? null) });
  }
  if (text !== '') history.push({ role: content.role === 'user' ? 'user' : 'assistant', text });
  return undefined;
}

/** A lone `output` is the output itself. */
function outputOf(response: JsonValue): JsonValue {
  if (!isObject(response)) return response;
  const { output } = response;
  return output !== undefined && Object.keys(response).length === 1 ? output : response;
}
