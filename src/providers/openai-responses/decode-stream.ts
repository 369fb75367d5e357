import type { OpenAI } from 'openai';
import type { ModelEvent, StopReason, Usage } from '../../contract/model.ts';
import { ModelError, NO_USAGE } from '../../contract/model.ts';
import type { CallIds } from '../wire/call-ids.ts';
import type { Destination } from '../wire/model-error-of.ts';
import { failureError } from '../wire/model-error-of.ts';
import { openaiStreamFailure } from '../wire/openai-failure.ts';
import { tokenCount } from '../wire/token-count.ts';
import { echoItems } from './echo-items.ts';
import { ResponseOutput } from './response-output.ts';

type StreamEvent = OpenAI.Responses.ResponseStreamEvent;
type Response = OpenAI.Responses.Response;
type OutputItem = OpenAI.Responses.ResponseOutputItem;

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
  const output = new ResponseOutput(options.callIds);
  let terminal: Response | undefined;
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
  if (!terminal) throw new ModelError('incomplete_stream', 'The response ended before it was complete.');
  output.finish(terminal);
  for (const told of output.news()) yield told;
  yield endOf(terminal, output, options.destination.modelId);
}

type Said = Pick<ResponseOutput, 'items' | 'heard'>;

function endOf(response: Response, { items, heard }: Said, modelId: string): ModelEvent {
  const refusal = refusalIn(items);
  const { stop, detail } = stopOf(response, refusal);
  return {
    kind: 'end',
    stop,
    text: answerText({ items, heard }),
    ...(detail !== undefined && { detail }),
    usage: usageOf(response),
    ...(isReplayable({ items, heard }) && { echo: { modelId, items: echoItems(items) } }),
  };
}

/** Some servers stream text that none of their items holds: it goes back as text. */
function isReplayable({ items, heard }: Said): boolean {
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
function answerText({ items, heard }: Said): string {
  const messages = items.filter((item) => item.type === 'message');
  const final = messages.filter((message) => message.phase === 'final_answer');
  const texts = (final.length > 0 ? final : messages).map(({ content }) =>
    (content ?? []).map((part) => (part.type === 'refusal' ? part.refusal : part.text)).join(''),
  );
  return messages.length > 0 ? texts.filter(Boolean).join('\n\n') : heard;
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
    inputTokens: tokenCount(usage.input_tokens),
    cachedInputTokens: tokenCount(usage.input_tokens_details?.cached_tokens),
    outputTokens: tokenCount(usage.output_tokens),
    reasoningTokens: tokenCount(usage.output_tokens_details?.reasoning_tokens),
  };
}

/** A failure that is a verdict on the content is an ending; any other is an error. */
function failed(
  event: OpenAI.Responses.ResponseFailedEvent | OpenAI.Responses.ResponseErrorEvent,
  output: ResponseOutput,
  { destination, date }: DecodeOptions,
): ModelEvent {
  const payload = event.type === 'error' ? event : event.response.error;
  const usage = event.type === 'error' ? NO_USAGE : usageOf(event.response);
  if (!/polic(y|ies)|content_filter/.test(payload?.code ?? '')) {
    throw failureError(openaiStreamFailure(payload, date()), destination);
  }
  return { kind: 'end', stop: 'blocked', text: output.heard, detail: payload?.message ?? '', usage };
}
