import type { OpenAI } from 'openai';
import type { JsonValue } from '../../contract/json.ts';
import type { Message } from '../../contract/message.ts';
import type { ModelRequest, ToolSpec } from '../../contract/model.ts';
import { outcomeText } from '../wire/outcome-text.ts';
import { repairHistory } from '../wire/repair-history.ts';
import { sendableCall } from '../wire/sendable-call.ts';
import { withoutReasoning } from './echo-items.ts';

type Body = OpenAI.Responses.ResponseCreateParamsStreaming;
type InputItem = OpenAI.Responses.ResponseInputItem;

/** What a server may refuse, so that it is asked again in other terms. */
export interface RequestTerms {
  /** Names of the parameters that may be sent beyond what every server takes. */
  readonly accepted: ReadonlySet<string>;
  /** Whether to send the model's reasoning back to it. */
  readonly reasoning: boolean;
  readonly maxOutputTokens: number | undefined;
}

/** How a request is put for one server. */
interface EncodeOptions extends RequestTerms {
  readonly model: string;
  readonly modelId: string;
}

/** A request as the Responses API takes it: streamed and stateless, with the whole history in it. */
export function encodeRequest(request: ModelRequest, options: EncodeOptions): Body {
  const { accepted, maxOutputTokens } = options;
  return {
    model: options.model,
    ...(request.instructions && { instructions: request.instructions }),
    input: repairHistory(request.messages).flatMap((message) => encodeMessage(message, options)),
    ...(request.tools.length > 0 && {
      tools: request.tools.map(encodeTool),
      ...(accepted.has('parallel_tool_calls') && { parallel_tool_calls: true }),
    }),
    ...(maxOutputTokens !== undefined && { max_output_tokens: maxOutputTokens }),
    store: false,
    ...(accepted.has('include') && { include: ['reasoning.encrypted_content'] }),
    stream: true,
  };
}

function encodeTool(tool: ToolSpec): OpenAI.Responses.FunctionTool {
  // Strict mode takes only a part of JSON Schema, and it is on unless refused.
  return { type: 'function', ...tool, strict: false };
}

function encodeMessage(message: Message, options: EncodeOptions): readonly InputItem[] {
  switch (message.role) {
    case 'user':
      return [{ type: 'message', role: 'user', content: message.text }];
    case 'tools':
      return message.outcomes.map((outcome) => ({
        type: 'function_call_output',
        call_id: outcome.callId,
        output: outcomeText(outcome),
      }));
    case 'assistant':
      if (message.echo?.modelId !== options.modelId) return encodeForeign(message);
      return asInput(options.reasoning ? message.echo.items : withoutReasoning(message.echo.items));
  }
}

/** What another model said, in the words that every model understands. */
function encodeForeign(message: Message & { role: 'assistant' }): readonly InputItem[] {
  const items: InputItem[] = [];
  if (message.text) items.push({ type: 'message', role: 'assistant', content: message.text });
  for (const call of message.calls) {
    items.push({ type: 'function_call', call_id: call.callId, ...sendableCall(call) });
  }
  return items;
}

/** The items came from this API, so it takes them back; their types are its business. */
function asInput(items: readonly JsonValue[]): readonly InputItem[] {
  return items as unknown as readonly InputItem[];
}
