import type { OpenAI } from 'openai';
import type { ModelEvent, ModelRequest, ModelSession } from '../../contract/model.ts';
import { blockedEnd } from '../wire/blocked-end.ts';
import { CallIds } from '../wire/call-ids.ts';
import type { Destination } from '../wire/model-error-of.ts';
import { modelErrorOf } from '../wire/model-error-of.ts';
import { openaiFailure } from '../wire/openai-failure.ts';
import type { AskOpenai } from '../wire/openai-requests.ts';
import { OptionalParameters } from '../wire/optional-parameters.ts';
import { OutputMaximum } from '../wire/output-maximum.ts';
import { readEvents } from '../wire/read-events.ts';
import type { StreamLimits } from '../wire/stream-watch.ts';
import { decodeStream } from './decode-stream.ts';
import type { RequestTerms } from './encode-request.ts';
import { encodeRequest } from './encode-request.ts';

/** What a session needs beside its requests. */
interface SessionOptions {
  /** The model's name as the server knows it. */
  readonly model: string;
  readonly destination: Destination;
  readonly limits: StreamLimits;
}

const EVENTS = {
  // What is said again by events that follow. Some repeat the whole request.
  useless: /^response\.(created|queued|in_progress|content_part\.\w+|output_text\.done|function_call_arguments\.done)$/,
  // Some servers leave the connection open.
  last: new Set(['response.completed', 'response.incomplete']),
};

/** A line to a model over the Responses API. Stateless: one serves any number of conversations at once. */
export function openResponsesSession(
  ask: AskOpenai<OpenAI.Responses.ResponseCreateParamsStreaming>,
  { model, destination, limits }: SessionOptions,
): ModelSession {
  const optional = new OptionalParameters([
    { name: 'include', refusal: /['"`]include['"`]|reasoning\.encrypted_content|encrypted content is not supported/i },
    { name: 'parallel_tool_calls', refusal: /parallel_tool_calls/ },
  ]);
  const maximum = new OutputMaximum();
  const date = () => limits.clock.date();

  /** What to ask in place of what the server refused, if that is worth it. */
  function termsAfter(error: unknown, sent: RequestTerms): RequestTerms | undefined {
    if (sent.reasoning && refusesReasoning(error)) return { ...sent, reasoning: false };
    if (optional.learn(error, sent.accepted)) return { ...sent, accepted: optional.accepted() };
    const maxOutputTokens = maximum.smaller(error, sent.maxOutputTokens);
    return maxOutputTokens === undefined ? undefined : { ...sent, maxOutputTokens };
  }

  async function* respond(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent, void, void> {
    const maxOutputTokens = maximum.within(request.maxOutputTokens);
    let terms: RequestTerms = { accepted: optional.accepted(), reasoning: true, maxOutputTokens };
    for (;;) {
      const body = encodeRequest(request, { model, modelId: destination.modelId, ...terms });
      try {
        const events = readEvents<OpenAI.Responses.ResponseStreamEvent>(
          (request) => ask(body, request),
          signal,
          limits,
          EVENTS,
        );
        yield* decodeStream(events, { destination, callIds: new CallIds(request.messages), date });
        return;
      } catch (error) {
        const next = termsAfter(error, terms);
        if (next) {
          terms = next;
          continue;
        }
        const failure = openaiFailure(error, date());
        const blocked = failure && blockedEnd(failure);
        if (!blocked) throw modelErrorOf(error, destination, () => failure);
        yield blocked;
        return;
      }
    }
  }

  return { respond, async [Symbol.asyncDispose]() {} };
}

/** Reasoning is bound to key, organisation and model; a server that cannot use it says so in one of these ways. */
function refusesReasoning(error: unknown): boolean {
  if (!(error instanceof Error) || !('status' in error) || (error.status !== 400 && error.status !== 404)) return false;
  if ('code' in error && error.code === 'invalid_encrypted_content') return true;
  return /'reasoning' item|of type 'reasoning'|Item with id 'rs_/.test(error.message);
}
