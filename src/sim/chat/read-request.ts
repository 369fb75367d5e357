import type { JsonObject, JsonValue } from '../../contract/json.ts';
import { isList, isObject } from '../../contract/json.ts';
import type { BrainInput } from '../brain/thought.ts';
import type { OpenAiProblem } from '../openai-error.ts';
import type { Fields } from '../openai-fields.ts';
import { checkFields, checkFormat, checkRequired, checkStreamOptions, wrongType } from '../openai-fields.ts';
import { checkToolChoice, chooseTools, insistsOnCall, readTools } from '../openai-tools.ts';
import { readMessages } from './read-messages.ts';

/** A request for a chat completion that is in order. */
export interface ChatRequest {
  readonly model: string;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly parallel: boolean;
  readonly maxTokens: number | undefined;
  readonly input: BrainInput;
}

/** Reads a request body as strictly as the vendor does. */
export function readChatRequest(
  body: JsonValue,
): { readonly ok: true; readonly request: ChatRequest } | { readonly ok: false; readonly problem: OpenAiProblem } {
  if (!isObject(body)) return { ok: false, problem: wrongType('body', 'object', body) };
  const { tools, problem: toolProblem } = readTools(body['tools'], 'nested');
  const problem =
    checkRequired(body, ['messages', 'model']) ??
    checkFields(body, FIELDS) ??
    toolProblem ??
    checkTools(body) ??
    checkStreamOptions(body) ??
    checkFormat('response_format', body['response_format']) ??
    checkChoices(body['n']) ??
    checkToolChoice(body['tool_choice'], tools);
  if (problem) return { ok: false, problem };
  const { instructions, history, problem: messageProblem } = readMessages(body['messages']);
  if (messageProblem) return { ok: false, problem: messageProblem };
  const most = body['max_completion_tokens'] ?? body['max_tokens'];
  const streamOptions = body['stream_options'];
  return {
    ok: true,
    request: {
      model: String(body['model']),
      stream: body['stream'] === true,
      includeUsage: isObject(streamOptions) && streamOptions['include_usage'] === true,
      parallel: body['parallel_tool_calls'] !== false,
      maxTokens: typeof most === 'number' ? most : undefined,
      input: {
        instructions,
        tools: chooseTools(tools, body['tool_choice']),
        history,
        mustCall: insistsOnCall(body['tool_choice']),
      },
    },
  };
}

const FIELDS: Fields = {
  messages: 'array',
  model: 'string',
  audio: 'object?',
  frequency_penalty: 'number?',
  function_call: 'any',
  functions: 'array?',
  logit_bias: 'object?',
  logprobs: 'boolean?',
  max_completion_tokens: 'integer?',
  max_tokens: 'integer?',
  metadata: 'object?',
  modalities: 'array?',
  moderation: 'object?',
  n: 'integer?',
  parallel_tool_calls: 'boolean',
  prediction: 'object?',
  presence_penalty: 'number?',
  prompt_cache_key: 'string?',
  prompt_cache_options: 'object?',
  prompt_cache_retention: 'string?',
  reasoning_effort: 'string?',
  response_format: 'object?',
  safety_identifier: 'string?',
  seed: 'integer?',
  service_tier: 'string?',
  stop: 'text or list?',
  store: 'boolean?',
  stream: 'boolean?',
  stream_options: 'object?',
  temperature: 'number?',
  tool_choice: 'any',
  tools: 'array?',
  top_logprobs: 'integer?',
  top_p: 'number?',
  user: 'string?',
  verbosity: 'string?',
  web_search_options: 'object?',
};

/** Rules find one answer. */
function checkChoices(n: JsonValue | undefined): OpenAiProblem | undefined {
  if (typeof n !== 'number' || n === 1) return undefined;
  const [problem, limit, code] =
    n > 1 ? ['above maximum', '<= 1', 'above_max'] : ['below minimum', '>= 1', 'below_min'];
  return {
    message: `Invalid 'n': integer ${problem} value. Expected a value ${limit}, but got ${n} instead.`,
    param: 'n',
    code: `integer_${code}_value`,
  };
}

/** Fields that only mean something beside tools. */
function checkTools(body: JsonObject): OpenAiProblem | undefined {
  const { tools } = body;
  if (isList(tools) && tools.length === 0) {
    return {
      message: "Invalid 'tools': empty array. Expected an array with minimum length 1, but got an empty array instead.",
      param: 'tools',
      code: 'empty_array',
    };
  }
  const needsTools = ['parallel_tool_calls', 'tool_choice'].find((name) => body[name] !== undefined && !tools);
  if (needsTools !== undefined) {
    return {
      message: `Invalid value for '${needsTools}': '${needsTools}' is only allowed when 'tools' are specified.`,
      param: needsTools,
    };
  }
  return undefined;
}
