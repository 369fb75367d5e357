import type { JsonObject, JsonValue } from '../../contract/json.ts';
import type { Draft, DraftCall } from '../draft.ts';
import type { Frame } from '../reply.ts';
import { firstHalf } from '../reply.ts';
import { countTokens, splitJson, splitText } from '../tokens.ts';
import type { TokenCounts } from '../usage.ts';

/** What is the same in every chunk of a completion. */
export interface ChatHead {
  readonly id: string;
  readonly created: number;
  readonly model: string;
}

/** A whole completion as JSON. */
export function chatText(head: ChatHead, draft: Draft, usage: TokenCounts): string {
  const refused = draft.stop === 'refused';
  const calls = draft.calls.map((call) => ({
    ...idOf(call),
    type: 'function',
    function: { name: call.name, arguments: call.argumentsText },
  }));
  const message = {
    role: 'assistant',
    content: refused || draft.text === '' ? null : draft.text,
    refusal: refused ? draft.text : null,
    annotations: [],
    ...(calls.length > 0 && { tool_calls: calls }),
  };
  return JSON.stringify({
    ...head,
    object: 'chat.completion',
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason(draft) }],
    usage: usageObject(usage),
    service_tier: 'default',
    system_fingerprint: 'fp_offline',
  });
}

/** A completion as chunks, the proper end included; `problem`: it breaks off in the middle with this error. */
export function chatFrames(
  head: ChatHead,
  draft: Draft,
  usage: TokenCounts,
  options: { readonly includeUsage: boolean; readonly problem: string | undefined; readonly indexZero: boolean },
): readonly Frame[] {
  const { includeUsage, problem, indexZero } = options;
  const constant = JSON.stringify({
    ...head,
    object: 'chat.completion.chunk',
    service_tier: 'default',
    system_fingerprint: 'fp_offline',
    ...(includeUsage && { usage: null }),
  }).slice(0, -1);
  const chunk = (delta: JsonObject, tokens = 0): Frame => ({
    text: `data: ${constant},"choices":${JSON.stringify([{ index: 0, delta, logprobs: null, finish_reason: null }])}}\n\n`,
    tokens,
  });
  const frames = deltas(draft, indexZero).map(({ delta, tokens }) => chunk(delta, tokens));
  if (problem !== undefined) {
    const error = { message: problem, type: 'server_error', param: null, code: null };
    return [...firstHalf(frames), { text: `data: ${JSON.stringify({ error })}\n\n`, tokens: 0, terminal: true }];
  }
  const choices = JSON.stringify([{ index: 0, delta: {}, logprobs: null, finish_reason: finishReason(draft) }]);
  const ends = [`${constant},"choices":${choices}}`];
  if (includeUsage) {
    ends.push(`${constant.replace(/,"usage":null$/, '')},"choices":[],"usage":${JSON.stringify(usageObject(usage))}}`);
  }
  ends.push('[DONE]');
  return [...frames, ...ends.map((data): Frame => ({ text: `data: ${data}\n\n`, tokens: 0, terminal: true }))];
}

interface Delta {
  readonly delta: JsonObject;
  readonly tokens: number;
}

function deltas(draft: Draft, indexZero: boolean): readonly Delta[] {
  const refused = draft.stop === 'refused';
  const content = draft.text === '' || refused ? null : '';
  const first: Delta = { delta: { role: 'assistant', content, refusal: null }, tokens: 0 };
  const key = refused ? 'refusal' : 'content';
  const words = splitText(draft.text).map((word): Delta => ({ delta: { [key]: word }, tokens: countTokens(word) }));
  return [first, ...words, ...draft.calls.flatMap((call, place) => callDeltas(call, indexZero ? 0 : place))];
}

/** A call begins with its name and goes on with its arguments in pieces. */
function callDeltas(call: DraftCall, index: number): readonly Delta[] {
  const delta = (fields: JsonValue): JsonObject => ({ tool_calls: [fields] });
  const start = { index, ...idOf(call), type: 'function', function: { name: call.name, arguments: '' } };
  return [
    { delta: delta(start), tokens: countTokens(call.name) },
    ...splitJson(call.argumentsText).map((piece) => ({
      delta: delta({ index, function: { arguments: piece } }),
      tokens: countTokens(piece),
    })),
  ];
}

function idOf({ callId }: DraftCall): { readonly id?: string } {
  return callId === '' ? {} : { id: callId };
}

function finishReason(draft: Draft): string {
  switch (draft.stop) {
    case 'truncated':
      return 'length';
    case 'blocked':
      return 'content_filter';
    default:
      return draft.calls.length > 0 ? 'tool_calls' : 'stop';
  }
}

function usageObject(usage: TokenCounts): JsonObject {
  return {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: usage.reasoning, audio_tokens: 0 },
  };
}
