import type { OpenAI } from 'openai';
import type { JsonObject } from '../../contract/json.ts';
import type { Echo } from '../../contract/message.ts';
import type { ModelEvent, StopReason, Usage } from '../../contract/model.ts';
import { ModelError, NO_USAGE } from '../../contract/model.ts';
import type { CallIds } from '../wire/call-ids.ts';
import { isAborted } from '../wire/stream-watch.ts';
import { tokenCount } from '../wire/token-count.ts';
import type { AccumulatedCall } from './call-accumulator.ts';
import { CallAccumulator } from './call-accumulator.ts';
import { encodeCall } from './encode-request.ts';

type Chunk = OpenAI.ChatCompletionChunk;
type Choice = OpenAI.ChatCompletionChunk.Choice;
type Delta = OpenAI.ChatCompletionChunk.Choice.Delta;

/** Where servers of reasoning models put what they think; those that name it want it back while calls are open. */
const REASONING_FIELDS = ['reasoning_content', 'reasoning'] as const;

/** The events of one response from the chunks of Chat Completions, as many at once as came at once. Throws a `ModelError` unless a finish reason comes. */
export async function* decodeStream(
  batches: AsyncIterable<readonly Chunk[]>,
  { modelId, callIds }: { readonly modelId: string; readonly callIds: CallIds },
): AsyncGenerator<ModelEvent, void, void> {
  const message = new AssistantMessage(callIds);
  let usage = NO_USAGE;
  let finish: string | undefined;
  try {
    for await (const chunks of batches) {
      for (const chunk of chunks) {
        if (chunk.usage) usage = usageOf(chunk.usage);
        const choice = chunk.choices?.[0];
        const said = choice && saidIn(choice);
        if (said) yield* message.add(said);
        // Some servers send an empty one with every chunk.
        finish = choice?.finish_reason || finish;
      }
    }
  } catch (error) {
    // What comes after the finish reason is only the usage.
    if (finish === undefined || isAborted(error)) throw error;
  }
  if (finish === undefined) throw new ModelError('incomplete_stream', 'The response ended before it was complete.');
  const stop = message.refusal ? 'refused' : stopOf(finish);
  yield* message.finish({ cutOff: stop === 'truncated' || stop === 'blocked' });
  yield {
    kind: 'end',
    stop,
    text: message.text,
    ...(stop !== 'done' && { detail: message.refusal || finish }),
    usage,
    ...message.echo(modelId),
  };
}

/** What is new in a chunk. Some servers do not stream, whatever they are asked for, and send the whole message. */
function saidIn(choice: Choice): Delta | undefined {
  return choice.delta ?? ('message' in choice ? (choice.message as Delta) : undefined);
}

/** Some reasoning models' servers send a list of parts, of which some are thoughts. */
function textIn(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: unknown) => (isTextPart(part) ? part.text : '')).join('');
}

function isTextPart(part: unknown): part is { readonly text: string } {
  return typeof part === 'object' && part !== null && 'text' in part && typeof part.text === 'string';
}

/** What the model says and asks for, as it goes back to it. */
class AssistantMessage {
  readonly #callIds: CallIds;
  readonly #accumulator = new CallAccumulator();
  readonly #calls: JsonObject[] = [];
  /** The ids of calls whose arguments were told before they were complete. */
  readonly #told = new Map<AccumulatedCall, string>();
  readonly #thoughts: Record<string, string> = {};
  text = '';
  refusal = '';

  constructor(callIds: CallIds) {
    this.#callIds = callIds;
  }

  *add(delta: Delta): Generator<ModelEvent, void, void> {
    const said = textIn(delta.content) || delta.refusal;
    if (said) {
      this.text += said;
      yield { kind: 'text', delta: said };
    }
    if (delta.refusal) this.refusal += delta.refusal;
    this.#think(delta);
    for (const fragment of delta.tool_calls ?? []) {
      const complete = this.#accumulator.add(fragment);
      for (const call of complete) yield this.#deliver(call);
      yield* this.#tellProgress(complete);
    }
  }

  *finish(ending: { readonly cutOff: boolean }): Generator<ModelEvent, void, void> {
    for (const call of this.#accumulator.finish(ending)) yield this.#deliver(call);
  }

  /** Only a message with calls has anything that its text does not say. */
  echo(modelId: string): { readonly echo?: Echo } {
    if (this.#calls.length === 0) return {};
    const content = this.text || null;
    return { echo: { modelId, items: [{ role: 'assistant', content, ...this.#thoughts, tool_calls: this.#calls }] } };
  }

  #think(delta: object): void {
    for (const field of REASONING_FIELDS) {
      const thought: unknown = Reflect.get(delta, field);
      if (typeof thought === 'string' && thought) this.#thoughts[field] = (this.#thoughts[field] ?? '') + thought;
    }
  }

  *#tellProgress(complete: readonly AccumulatedCall[]): Generator<ModelEvent, void, void> {
    const { call, delta } = this.#accumulator.progress ?? {};
    // An id that comes late is the call's own, so that none may be made up before.
    if (!call?.id || !call.name || !call.argumentsText || complete.includes(call)) return;
    const told = this.#told.get(call);
    const callId = told ?? this.#callIds.claim(call.id);
    this.#told.set(call, callId);
    const news = told === undefined ? call.argumentsText : delta;
    if (news) yield { kind: 'arguments', callId, name: call.name, delta: news };
  }

  #deliver(accumulated: AccumulatedCall): ModelEvent {
    const { id, name, argumentsText, extra } = accumulated;
    if (!name) throw new ModelError('malformed', 'The model asked for a tool without naming it.');
    const call = { callId: this.#told.get(accumulated) ?? this.#callIds.claim(id), name, argumentsText };
    const { id: callId, type, function: called } = encodeCall(call);
    this.#calls.push({ ...extra, id: callId, type, function: { ...called } });
    return { kind: 'call', call };
  }
}

function stopOf(finish: string): StopReason {
  switch (finish) {
    case 'length':
      return 'truncated';
    case 'content_filter':
      return 'blocked';
    case 'error':
    case 'abort':
      throw new ModelError('server', `The server ended the response with "${finish}".`);
    default:
      return 'done';
  }
}

function usageOf(usage: OpenAI.CompletionUsage): Usage {
  return {
    inputTokens: tokenCount(usage.prompt_tokens),
    cachedInputTokens: tokenCount(usage.prompt_tokens_details?.cached_tokens),
    outputTokens: tokenCount(usage.completion_tokens),
    reasoningTokens: tokenCount(usage.completion_tokens_details?.reasoning_tokens),
  };
}
