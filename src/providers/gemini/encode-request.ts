import type { Content, FunctionResponse, GenerateContentParameters, Part } from '@google/genai';
import type { JsonValue } from '../../contract/json.ts';
import type { Message, ToolOutcome } from '../../contract/message.ts';
import type { ModelRequest, ToolSpec } from '../../contract/model.ts';
import { failureOutput } from '../../contract/tool.ts';
import { argumentObject } from '../wire/argument-object.ts';
import { repairHistory } from '../wire/repair-history.ts';

type Assistant = Message & { role: 'assistant' };

/** Stands in for the signature of calls that no Gemini model made: https://ai.google.dev/gemini-api/docs/thought-signatures */
const FOREIGN_SIGNATURE = 'skip_thought_signature_validator';

/** How a request is put. */
interface EncodeOptions {
  readonly model: string;
  readonly modelId: string;
  readonly maxOutputTokens: number | undefined;
  readonly signal: AbortSignal;
}

/** A request as `generateContentStream` takes it, with the whole history in it and nothing left to the SDK. */
export function encodeRequest(
  request: ModelRequest,
  { model, modelId, maxOutputTokens, signal }: EncodeOptions,
): GenerateContentParameters {
  return {
    model,
    contents: encodeHistory(repairHistory(request.messages), modelId),
    config: {
      ...(request.instructions && { systemInstruction: request.instructions }),
      ...(request.tools.length > 0 && { tools: [{ functionDeclarations: request.tools.map(encodeTool) }] }),
      ...(maxOutputTokens !== undefined && { maxOutputTokens }),
      automaticFunctionCalling: { disable: true },
      automaticContinuation: false,
      abortSignal: signal,
    },
  };
}

function encodeTool({ name, description, parameters }: ToolSpec) {
  return { name, description, parametersJsonSchema: parameters };
}

function encodeHistory(messages: readonly Message[], modelId: string): Content[] {
  const contents: Content[] = [];
  let asked: readonly FunctionResponse[] = [];
  for (const message of messages) {
    if (message.role === 'user') {
      contents.push({ role: 'user', parts: [{ text: message.text }] });
    } else if (message.role === 'assistant') {
      const parts = message.echo?.modelId === modelId ? asParts(message.echo.items) : encodeForeign(message);
      asked = addressesOf(message, parts);
      if (parts.length > 0) contents.push({ role: 'model', parts: [...parts] });
    } else {
      contents.push({ role: 'user', parts: message.outcomes.map((outcome, index) => answer(outcome, asked[index])) });
    }
  }
  return contents;
}

/** What another model said. Calls are matched by their place, so they need no ids. */
function encodeForeign({ text, calls }: Assistant): readonly Part[] {
  const parts: Part[] = text ? [{ text }] : [];
  for (const [index, { name, argumentsText }] of calls.entries()) {
    const functionCall = { name, args: argumentObject(argumentsText) };
    parts.push(index === 0 ? { functionCall, thoughtSignature: FOREIGN_SIGNATURE } : { functionCall });
  }
  return parts;
}

/** How the answer to each call is addressed: by name, and by id only where the model gave one. */
function addressesOf({ calls }: Assistant, parts: readonly Part[]): readonly FunctionResponse[] {
  const functionCalls = parts.flatMap((part) => part.functionCall ?? []);
  return calls.map(({ name }, index) => {
    const id = functionCalls[index]?.id;
    return id ? { id, name } : { name };
  });
}

function answer(outcome: ToolOutcome, address: FunctionResponse | undefined): Part {
  const response = outcome.kind === 'ok' ? { output: outcome.output } : failureOutput(outcome);
  return { functionResponse: { ...address, response } };
}

/** The items are parts as this API gave them, so it takes them back; their fields are its business. */
function asParts(items: readonly JsonValue[]): readonly Part[] {
  return items as unknown as readonly Part[];
}
