import type { OpenAI } from 'openai';
import type { JsonValue } from '../../contract/json.ts';
import type { Message, ToolCall } from '../../contract/message.ts';
import type { ModelRequest, ToolSpec } from '../../contract/model.ts';
import { outcomeText } from '../wire/outcome-text.ts';
import { repairHistory } from '../wire/repair-history.ts';
import { sendableCall } from '../wire/sendable-call.ts';

type Body = OpenAI.ChatCompletionCreateParamsStreaming;
type ChatMessage = OpenAI.ChatCompletionMessageParam;

/** What the most tokens of a response are called: by OpenAI, whose newer models know no other name, and by most others. */
export type MaximumName = 'max_completion_tokens' | 'max_tokens';

/** What a server may refuse, so that it is asked again in other terms. */
export interface RequestTerms {
  /** Names of the parameters that may be sent beyond what every server takes. */
  readonly accepted: ReadonlySet<string>;
  readonly maxOutputTokens: number | undefined;
  readonly maximumName: MaximumName;
}

/** How a request is put for one server. */
interface EncodeOptions extends RequestTerms {
  readonly model: string;
  readonly modelId: string;
}

/** A request as Chat Completions takes it: streamed, with the whole history in it. */
export function encodeRequest(request: ModelRequest, options: EncodeOptions): Body {
  const { model, modelId, accepted, maxOutputTokens, maximumName } = options;
  const system: readonly ChatMessage[] = request.instructions
    ? [{ role: 'system', content: request.instructions }]
    : [];
  return {
    model,
    messages: [...system, ...repairHistory(request.messages).flatMap((message) => encodeMessage(message, modelId))],
    ...(request.tools.length > 0 && {
      tools: request.tools.map(encodeTool),
      ...(accepted.has('parallel_tool_calls') && { parallel_tool_calls: true }),
    }),
    ...(maxOutputTokens !== undefined && { [maximumName]: maxOutputTokens }),
    stream: true,
    ...(accepted.has('stream_options') && { stream_options: { include_usage: true } }),
  };
}

/** A call as it goes back to the server. */
export function encodeCall(call: ToolCall): OpenAI.ChatCompletionMessageFunctionToolCall {
  return { id: call.callId, type: 'function', function: sendableCall(call) };
}

function encodeTool({ name, description, parameters }: ToolSpec): OpenAI.ChatCompletionFunctionTool {
  return { type: 'function', function: { name, description, parameters } };
}

function encodeMessage(message: Message, modelId: string): readonly ChatMessage[] {
  switch (message.role) {
    case 'user':
      return [{ role: 'user', content: message.text }];
    case 'tools':
      return message.outcomes.map((outcome) => ({
        role: 'tool',
        tool_call_id: outcome.callId,
        content: outcomeText(outcome),
      }));
    case 'assistant':
      if (message.echo?.modelId === modelId) return asMessages(message.echo.items);
      if (message.calls.length > 0) {
        return [{ role: 'assistant', content: message.text || null, tool_calls: message.calls.map(encodeCall) }];
      }
      return message.text ? [{ role: 'assistant', content: message.text }] : [];
  }
}

/** The items are messages as this API gave them, so it takes them back; their fields are its business. */
function asMessages(items: readonly JsonValue[]): readonly ChatMessage[] {
  return items as unknown as readonly ChatMessage[];
}
