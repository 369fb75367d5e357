import type { JsonObject, JsonValue } from '../../contract/json.ts';
import { isList, isObject } from '../../contract/json.ts';
import type { BrainInput } from '../brain/thought.ts';
import type { OpenAiProblem } from '../openai-error.ts';
import type { Fields } from '../openai-fields.ts';
import { checkFields, checkFormat, checkRequired, checkStreamOptions, wrongType } from '../openai-fields.ts';
import { checkToolChoice, chooseTools, insistsOnCall, readTools } from '../openai-tools.ts';
import { readInput } from './read-input.ts';

/** A request to the Responses API that is in order. */
export interface ResponsesRequest {
  readonly body: JsonObject;
  readonly model: string;
  readonly stream: boolean;
  readonly parallel: boolean;
  readonly maxTokens: number | undefined;
  readonly reasoning: boolean;
  readonly input: BrainInput;
}

/** Reads a request body as strictly as the vendor does. */
export function readResponsesRequest(
  body: JsonValue,
): { readonly ok: true; readonly request: ResponsesRequest } | { readonly ok: false; readonly problem: OpenAiProblem } {
  if (!isObject(body)) return { ok: false, problem: wrongType('body', 'object', body) };
  const { tools, problem: toolProblem } = readTools(body['tools'], 'flat');
  const problem =
    checkRequired(body, ['model']) ??
    checkFields(body, FIELDS) ??
    checkServerState(body) ??
    toolProblem ??
    checkToolChoice(body['tool_choice'], tools) ??
    checkMaximum(body) ??
    checkStreamOptions(body) ??
    checkFormat('text.format', isObject(body['text']) ? body['text']['format'] : undefined);
  if (problem) return { ok: false, problem };
  const { history, problem: inputProblem } = readInput(body['input'], body['store'] !== false);
  if (inputProblem) return { ok: false, problem: inputProblem };
  const include = body['include'];
  return {
    ok: true,
    request: {
      body,
      model: String(body['model']),
      stream: body['stream'] === true,
      parallel: body['parallel_tool_calls'] !== false,
      maxTokens: typeof body['max_output_tokens'] === 'number' ? body['max_output_tokens'] : undefined,
      reasoning: isObject(body['reasoning']) || (isList(include) && include.includes('reasoning.encrypted_content')),
      input: {
        instructions: typeof body['instructions'] === 'string' ? body['instructions'] : '',
        tools: chooseTools(tools, body['tool_choice']),
        history,
        mustCall: insistsOnCall(body['tool_choice']),
      },
    },
  };
}

const FIELDS: Fields = {
  access_programs: 'object?',
  background: 'boolean?',
  context_management: 'array?',
  conversation: 'any',
  image: 'object?',
  include: 'array?',
  input: 'text or list',
  instructions: 'string?',
  max_output_tokens: 'integer?',
  max_tool_calls: 'integer?',
  metadata: 'object?',
  model: 'string',
  moderation: 'object?',
  parallel_tool_calls: 'boolean?',
  previous_response_id: 'string?',
  prompt: 'object?',
  prompt_cache_key: 'string?',
  prompt_cache_options: 'object?',
  prompt_cache_retention: 'string?',
  reasoning: 'object?',
  safety_identifier: 'string?',
  service_tier: 'string?',
  store: 'boolean?',
  stream: 'boolean?',
  stream_options: 'object?',
  temperature: 'number?',
  text: 'object?',
  tool_choice: 'any',
  tools: 'array?',
  top_logprobs: 'integer?',
  top_p: 'number?',
  truncation: 'string?',
  user: 'string?',
};

/** Nothing is kept between requests, so what points to something kept points to nothing. */
function checkServerState(body: JsonObject): OpenAiProblem | undefined {
  const previous = body['previous_response_id'];
  if (typeof previous === 'string') {
    return {
      message: `Previous response with id '${previous}' not found.`,
      param: 'previous_response_id',
      code: 'previous_response_not_found',
    };
  }
  const conversation = isObject(body['conversation']) ? body['conversation']['id'] : body['conversation'];
  if (typeof conversation === 'string') {
    return { status: 404, message: `Conversation with id '${conversation}' not found.`, param: null };
  }
  if (body['background'] === true) {
    return { message: 'The offline model has no background mode.', param: 'background', code: 'unsupported_value' };
  }
  if (body['input'] === undefined) {
    return {
      message: "One of 'input' or 'previous_response_id' or 'prompt' or 'conversation' must be provided.",
      param: 'input',
    };
  }
  return undefined;
}

function checkMaximum(body: JsonObject): OpenAiProblem | undefined {
  const most = body['max_output_tokens'];
  if (typeof most === 'number' && most < 16) {
    return {
      message: `Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got ${most} instead.`,
      param: 'max_output_tokens',
      code: 'integer_below_min_value',
    };
  }
  return undefined;
}
