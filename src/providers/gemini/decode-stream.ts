import type { FunctionCall, GenerateContentResponse, Part } from '@google/genai';
import type { JsonValue } from '../../contract/json.ts';
import type { ModelEvent, StopReason, Usage } from '../../contract/model.ts';
import { ModelError, NO_USAGE } from '../../contract/model.ts';
import type { CallIds } from '../wire/call-ids.ts';
import { isAborted } from '../wire/stream-watch.ts';
import { tokenCount } from '../wire/token-count.ts';

/** The events of one response from Gemini's chunks. Throws a `ModelError` unless a finish reason comes. */
export async function* decodeStream(
  chunks: AsyncIterable<GenerateContentResponse>,
  { modelId, callIds }: { readonly modelId: string; readonly callIds: CallIds },
): AsyncGenerator<ModelEvent, void, void> {
  const content = new ModelContent(callIds);
  const ending: Ending = { finishReason: undefined, blockReason: undefined, usage: NO_USAGE };
  try {
    yield* decodeChunks(chunks, content, ending);
    yield endOf(content, ending, modelId);
  } catch (error) {
    // Thinking is paid for even if nothing comes of it, and is in no text.
    if (ending.usage !== NO_USAGE) yield { kind: 'used', usage: ending.usage };
    throw error;
  }
}

/** What is known by now of how a response ends. */
interface Ending {
  finishReason: string | undefined;
  blockReason: string | undefined;
  usage: Usage;
}

async function* decodeChunks(
  chunks: AsyncIterable<GenerateContentResponse>,
  content: ModelContent,
  ending: Ending,
): AsyncGenerator<ModelEvent, void, void> {
  try {
    for await (const chunk of chunks) {
      if (chunk.usageMetadata) ending.usage = usageOf(chunk.usageMetadata);
      ending.blockReason ??= chunk.promptFeedback?.blockReason;
      const candidate = chunk.candidates?.[0];
      for (const part of candidate?.content?.parts ?? []) {
        const event = content.add(part);
        if (event) yield event;
      }
      ending.finishReason = candidate?.finishReason || ending.finishReason;
    }
  } catch (error) {
    // What comes after the finish reason is only the usage.
    if (!ending.finishReason || isAborted(error)) throw error;
  }
}

function endOf(content: ModelContent, { finishReason, blockReason, usage }: Ending, modelId: string): ModelEvent {
  const { text, parts } = content;
  if (!finishReason && blockReason) {
    return { kind: 'end', stop: 'blocked', text, detail: `the prompt was blocked: ${blockReason}`, usage };
  }
  if (!finishReason) throw new ModelError('incomplete_stream', 'The response ended before it was complete.');
  const stop = stopOf(finishReason, content);
  return {
    kind: 'end',
    stop,
    text,
    ...(stop !== 'done' && { detail: finishReason }),
    usage,
    ...(parts.length > 0 && { echo: { modelId, items: parts as unknown as readonly JsonValue[] } }),
  };
}

/** The parts of a response, joined so that they can be sent back. */
class ModelContent {
  readonly #callIds: CallIds;
  readonly parts: Part[] = [];
  /** What the model said, without what it thought. */
  text = '';

  constructor(callIds: CallIds) {
    this.#callIds = callIds;
  }

  add(part: Part): ModelEvent | undefined {
    if (part.functionCall) return this.#addCall(part, part.functionCall);
    if (part.text === '' && isPlainText(part)) return undefined;
    this.#append(part);
    if (!part.text || part.thought) return undefined;
    this.text += part.text;
    return { kind: 'text', delta: part.text };
  }

  /** A signature belongs to the very part that it came with: only plain text may be joined. */
  #append(part: Part): void {
    const last = this.parts.at(-1);
    if (last && isPlainText(last) && isPlainText(part) && last.thought === part.thought) {
      last.text = `${last.text}${part.text}`;
    } else {
      this.parts.push({ ...part });
    }
  }

  #addCall(part: Part, { partialArgs: _partial, willContinue: _more, ...functionCall }: FunctionCall): ModelEvent {
    const { id, name, args } = functionCall;
    if (!name) throw new ModelError('malformed', 'The model asked for a tool without naming it.');
    const callId = this.#callIds.claim(id);
    // A server that gave no id wants none back, and one that repeated an id would mistake one call for another.
    this.parts.push({ ...part, functionCall: id ? { ...functionCall, id: callId } : functionCall });
    return { kind: 'call', call: { callId, name, argumentsText: JSON.stringify(args ?? {}) } };
  }
}

const PLAIN_FIELDS = new Set(['text', 'thought']);

function isPlainText(part: Part): boolean {
  return part.text !== undefined && Object.keys(part).every((key) => PLAIN_FIELDS.has(key));
}

function stopOf(finishReason: string, content: ModelContent): StopReason {
  switch (finishReason) {
    case 'STOP':
      if (content.parts.length === 0) throw new ModelError('malformed', 'The model gave an empty response.');
      return 'done';
    case 'MAX_TOKENS':
    case 'CONTINUATION':
      return 'truncated';
    case 'MALFORMED_FUNCTION_CALL':
    case 'UNEXPECTED_TOOL_CALL':
    case 'MALFORMED_RESPONSE':
      throw new ModelError('malformed', `The model gave a malformed response (${finishReason}).`);
    case 'TOO_MANY_TOOL_CALLS':
      throw new ModelError('rejected', `The model called too many tools in a row (${finishReason}).`);
    default:
      return 'blocked';
  }
}

function usageOf(usage: NonNullable<GenerateContentResponse['usageMetadata']>): Usage {
  const reasoningTokens = tokenCount(usage.thoughtsTokenCount);
  return {
    inputTokens: tokenCount(usage.promptTokenCount) + tokenCount(usage.toolUsePromptTokenCount),
    cachedInputTokens: tokenCount(usage.cachedContentTokenCount),
    outputTokens: tokenCount(usage.candidatesTokenCount) + reasoningTokens,
    reasoningTokens,
  };
}
