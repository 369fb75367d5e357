import type { TokenCounts } from '../usage.ts';
import type { OutputItem } from './output-items.ts';
import type { ResponsesRequest } from './read-request.ts';

/** How far a response is, or how it ended. */
export type ResponseState =
  | { readonly status: 'in_progress' | 'completed' }
  | { readonly status: 'incomplete'; readonly reason: 'max_output_tokens' | 'content_filter' }
  | { readonly status: 'failed'; readonly message: string };

/** Writes a response object as JSON. */
export type ResponseText = (state: ResponseState, output: readonly OutputItem[]) => string;

/** Prepares the writing of one response: what never changes in it is turned into text only once. */
export function responseText(
  { body, model, parallel }: ResponsesRequest,
  details: { readonly hex: string; readonly createdAtSeconds: number; readonly usage: TokenCounts },
): ResponseText {
  const { hex, createdAtSeconds: created_at, usage } = details;
  const constant = JSON.stringify({
    background: false,
    instructions: body['instructions'] ?? null,
    max_output_tokens: body['max_output_tokens'] ?? null,
    max_tool_calls: body['max_tool_calls'] ?? null,
    metadata: body['metadata'] ?? {},
    model,
    parallel_tool_calls: parallel,
    previous_response_id: null,
    prompt_cache_key: body['prompt_cache_key'] ?? null,
    reasoning: body['reasoning'] ?? { effort: null, summary: null },
    safety_identifier: body['safety_identifier'] ?? null,
    service_tier: 'default',
    store: body['store'] ?? true,
    temperature: body['temperature'] ?? 1,
    text: body['text'] ?? { format: { type: 'text' }, verbosity: 'medium' },
    tool_choice: body['tool_choice'] ?? 'auto',
    tools: body['tools'] ?? [],
    top_logprobs: body['top_logprobs'] ?? 0,
    top_p: body['top_p'] ?? 1,
    truncation: body['truncation'] ?? 'disabled',
    user: body['user'] ?? null,
  }).slice(1);
  const usageObject = {
    input_tokens: usage.input,
    input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
    output_tokens: usage.output,
    output_tokens_details: { reasoning_tokens: usage.reasoning },
    total_tokens: usage.input + usage.output,
  };
  return (state, output) => {
    const variable = JSON.stringify({
      id: `resp_${hex}`,
      object: 'response',
      created_at,
      status: state.status,
      completed_at: state.status === 'completed' ? created_at : null,
      error: state.status === 'failed' ? { code: 'server_error', message: state.message } : null,
      incomplete_details: state.status === 'incomplete' ? { reason: state.reason } : null,
      output,
      usage: state.status === 'in_progress' || state.status === 'failed' ? null : usageObject,
    });
    return `${variable.slice(0, -1)},${constant}`;
  };
}
