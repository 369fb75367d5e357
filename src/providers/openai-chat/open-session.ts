import type { OpenAI } from 'openai';
import type { ModelEvent, ModelRequest, ModelSession } from '../../contract/model.ts';
import { blockedEnd } from '../wire/blocked-end.ts';
import { CallIds } from '../wire/call-ids.ts';
import type { Destination } from '../wire/model-error-of.ts';
import { modelErrorOf } from '../wire/model-error-of.ts';
import { openaiFailure } from '../wire/openai-failure.ts';
import type { AskOpenai } from '../wire/openai-requests.ts';
import { OptionalParameters } from '../wire/optional-parameters.ts';
import { readEvents } from '../wire/read-events.ts';
import type { StreamLimits } from '../wire/read-watched.ts';
import { decodeStream } from './decode-stream.ts';
import { encodeRequest } from './encode-request.ts';

/** What a session needs beside its requests. */
interface SessionOptions {
  /** The model's name as the server knows it. */
  readonly model: string;
  readonly destination: Destination;
  readonly limits: StreamLimits;
}

/** A line to a model over Chat Completions. Stateless: one serves any number of conversations at once. */
export function openChatSession(
  ask: AskOpenai<OpenAI.ChatCompletionCreateParamsStreaming>,
  { model, destination, limits }: SessionOptions,
): ModelSession {
  const { modelId } = destination;
  const optional = new OptionalParameters([
    { name: 'stream_options', refusal: /stream_options/ },
    { name: 'parallel_tool_calls', refusal: /parallel_tool_calls/ },
  ]);

  async function* respond(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent, void, void> {
    for (;;) {
      const accepted = optional.accepted();
      const body = encodeRequest(request, { model, modelId, accepted });
      try {
        const chunks = readEvents<OpenAI.ChatCompletionChunk>((request) => ask(body, request), signal, limits);
        yield* decodeStream(chunks, { modelId, callIds: new CallIds(request.messages) });
        return;
      } catch (error) {
        if (optional.learn(error, accepted)) continue;
        const failure = openaiFailure(error, limits.clock.date());
        const blocked = failure && blockedEnd(failure);
        if (!blocked) throw modelErrorOf(error, destination, () => failure);
        yield blocked;
        return;
      }
    }
  }

  return { respond, async [Symbol.asyncDispose]() {} };
}
