import type { OpenAI } from 'openai';
import type { ModelEvent, StopReason, Usage } from '../../contract/model.ts';
import { ModelError, NO_USAGE } from '../../contract/model.ts';
import type { CallIds } from '../wire/call-ids.ts';
import type { Destination } from '../wire/model-error-of.ts';
import { failureError } from '../wire/model-error-of.ts';
import { openaiStreamFailure } from '../wire/openai-failure.ts';
import { isAborted } from '../wire/stream-watch.ts';
import { echoItems } from './echo-items.ts';

type StreamEvent = OpenAI.Responses.ResponseStreamEvent;
type Response = OpenAI.Responses.Response;
type OutputItem = OpenAI.Responses.ResponseOutputItem;
type FunctionCall = OpenAI.Responses.ResponseFunctionToolCall;

/** What decoding needs to know beside the stream. */
interface DecodeOptions {
  readonly destination: Destination;
  readonly callIds: CallIds;
  readonly date: () => Date;
}

/**
 * The events of one response from those of the Responses API, of which as many are given at once as came at once: their
 * text is told in one. Throws a `ModelError` unless a terminal event comes.
 */
export async function* decodeStream(
  batches: AsyncIterable<readonly StreamEvent[]>,
  options: DecodeOptions,
): AsyncGenerator<ModelEvent, void, void> {
  const output = new Output(options.callIds);
  let terminal: Response | undefined;
  try {
    for await (const events of batches) {
      for (const event of events) {
        switch (event.type) {
          case 'response.output_text.delta':
          case 'response.refusal.delta':
            output.heard += event.delta;
            break;
          case 'response.output_item.added':
            output.begin(event.item);
            break;
          case 'response.function_call_arguments.delta':
            output.hearArguments(event.item_id, event.delta);
            break;
          case 'response.output_item.done':
            output.add(event.item);
            break;
          case 'response.completed':
            terminal = event.response;
            break;
          case 'response.incomplete':
            terminal = { ...event.response, status: 'incomplete' };
            break;
          case 'response.failed':
          case 'error':
            for (const told of output.news()) yield told;
            yield failed(event, output, options);
            return;
        }
      }
      for (const told of output.news()) yield told;
    }
  } catch (error) {
    // Nothing comes after the terminal event that could still be lost.
    if (!terminal || isAborted(error)) throw error;
  }
  if (!terminal) throw new ModelError('incomplete_stream', 'The response ended before it was complete.');
  output.finish(terminal);
  for (const told of output.news()) yield told;
  yield endOf(terminal, output, options.destination.modelId);
}

/** What the model has put out so far. */
class Output {
  readonly #callIds: CallIds;
  readonly #entries: { item: OutputItem; held: boolean }[] = [];
  /** Calls that have begun and are not delivered, under the ids of their items. */
  readonly #begun = new Map<string, BegunCall>();
  /** All text as it was streamed. */
  heard = '';
  #toldLength = 0;
  #news: ModelEvent[] = [];

  constructor(callIds: CallIds) {
    this.#callIds = callIds;
  }

  /** The items that can be replayed: all but calls that were never delivered. */
  get items(): readonly OutputItem[] {
    return this.#entries.filter(({ held }) => !held).map(({ item }) => item);
  }

  /** What was not told of yet. What came at once is told in one: text, and arguments of a call that is not complete. */
  news(): readonly ModelEvent[] {
    this.#tellText();
    const news = this.#news;
    this.#news = [];
    return news;
  }

  begin(item: OutputItem): void {
    if (item.type !== 'function_call' || !item.id || !item.call_id || !item.name || this.#begun.has(item.id)) return;
    this.#begun.set(item.id, { givenId: item.call_id, name: item.name, callId: undefined });
  }

  hearArguments(itemId: string, delta: string): void {
    const call = this.#begun.get(itemId);
    if (!call || !delta) return;
    this.#tellText();
    call.callId ??= this.#callIds.claim(call.givenId);
    const before = this.#untoldArguments(call.callId);
    this.#news.push({ kind: 'arguments', callId: call.callId, name: call.name, delta: before + delta });
  }

  add(item: OutputItem): void {
    this.#tellText();
    if (item.type !== 'function_call') {
      this.#entries.push({ item, held: false });
      return;
    }
    // A call that may turn out to be cut off waits for the end, and so do those behind it.
    const entry = { item, held: !isSurelyComplete(item) || this.#entries.some(({ held }) => held) };
    this.#entries.push(entry);
    if (!entry.held) this.#deliver(entry, item);
  }

  /** The terminal event tells whether what was held back is whole. */
  finish(response: Response): void {
    if (this.#entries.length === 0) for (const item of response.output ?? []) this.add(item);
    if (response.status === 'incomplete') return;
    for (const entry of this.#entries) {
      if (entry.held && entry.item.type === 'function_call') this.#deliver(entry, entry.item);
    }
  }

  #tellText(): void {
    if (this.heard.length === this.#toldLength) return;
    this.#news.push({ kind: 'text', delta: this.heard.slice(this.#toldLength) });
    this.#toldLength = this.heard.length;
  }

  /** Takes back what is to be told last, if it is a part of that call's arguments. */
  #untoldArguments(callId: string): string {
    const last = this.#news.at(-1);
    if (last?.kind !== 'arguments' || last.callId !== callId) return '';
    this.#news.pop();
    return last.delta;
  }

  #deliver(entry: { item: OutputItem; held: boolean }, item: FunctionCall): void {
    const callId = this.#claimedFor(item) ?? this.#callIds.claim(item.call_id);
    const argumentsText = item.arguments ?? '';
    entry.item = { ...item, call_id: callId, arguments: argumentsText };
    entry.held = false;
    this.#untoldArguments(callId);
    this.#news.push({ kind: 'call', call: { callId, name: item.name, argumentsText } });
  }

  /** The id under which the call's arguments were told. Some servers give an item another id when it is done. */
  #claimedFor(item: FunctionCall): string | undefined {
    const told = [...this.#begun].filter(([, { givenId, callId }]) => callId !== undefined && givenId === item.call_id);
    const [itemId, call] = told.find(([id]) => id === item.id) ?? told[0] ?? [];
    if (itemId !== undefined) this.#begun.delete(itemId);
    return call?.callId;
  }
}

interface BegunCall {
  /** As the server has it. */
  readonly givenId: string;
  readonly name: string;
  /** Claimed when the first of its arguments are told. */
  callId: string | undefined;
}

function isSurelyComplete(item: FunctionCall): boolean {
  return item.status === 'completed' || (item.status === undefined && parses(item.arguments));
}

function parses(json: string): boolean {
  try {
    JSON.parse(json || '{}');
    return true;
  } catch {
    return false;
  }
}

function endOf(response: Response, output: Output, modelId: string): ModelEvent {
  const refusal = refusalIn(output.items);
  const { stop, detail } = stopOf(response, refusal);
  return {
    kind: 'end',
    stop,
    text: answerText(output),
    ...(detail !== undefined && { detail }),
    usage: usageOf(response),
    ...(isReplayable(output) && { echo: { modelId, items: echoItems(output.items) } }),
  };
}

/** Some servers stream text that none of their items holds: it goes back as text. */
function isReplayable({ items, heard }: Output): boolean {
  return items.some((item) => item.type === 'message') || (items.length > 0 && heard === '');
}

function stopOf(response: Response, refusal: string | undefined): { stop: StopReason; detail?: string } {
  if (response.status === 'incomplete') {
    const reason = response.incomplete_details?.reason ?? 'incomplete';
    return { stop: reason === 'content_filter' ? 'blocked' : 'truncated', detail: reason };
  }
  return refusal === undefined ? { stop: 'done' } : { stop: 'refused', detail: refusal };
}

/** What the model said: only its final answer where it marked one. */
function answerText(output: Output): string {
  const messages = output.items.filter((item) => item.type === 'message');
  const final = messages.filter((message) => message.phase === 'final_answer');
  const texts = (final.length > 0 ? final : messages).map(({ content }) =>
    (content ?? []).map((part) => (part.type === 'refusal' ? part.refusal : part.text)).join(''),
  );
  return messages.length > 0 ? texts.filter(Boolean).join('\n\n') : output.heard;
}

function refusalIn(items: readonly OutputItem[]): string | undefined {
  for (const item of items) {
    if (item.type !== 'message') continue;
    for (const part of item.content ?? []) if (part.type === 'refusal') return part.refusal;
  }
  return undefined;
}

function usageOf({ usage }: Response): Usage {
  if (!usage) return NO_USAGE;
  return {
    inputTokens: usage.input_tokens ?? 0,
    cachedInputTokens: usage.input_tokens_details?.cached_tokens ?? 0,
    outputTokens: usage.output_tokens ?? 0,
    reasoningTokens: usage.output_tokens_details?.reasoning_tokens ?? 0,
  };
}

/** A failure that is a verdict on the content is an ending; any other is an error. */
function failed(
  event: OpenAI.Responses.ResponseFailedEvent | OpenAI.Responses.ResponseErrorEvent,
  output: Output,
  { destination, date }: DecodeOptions,
): ModelEvent {
  const payload = event.type === 'error' ? event : event.response.error;
  const usage = event.type === 'error' ? NO_USAGE : usageOf(event.response);
  if (!/polic(y|ies)|content_filter/.test(payload?.code ?? '')) {
    throw failureError(openaiStreamFailure(payload, date()), destination);
  }
  return { kind: 'end', stop: 'blocked', text: output.heard, detail: payload?.message ?? '', usage };
}
