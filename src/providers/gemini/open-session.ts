import type { GoogleGenAI } from '@google/genai';
import type { ModelEvent, ModelRequest, ModelSession } from '../../contract/model.ts';
import { CallIds } from '../wire/call-ids.ts';
import type { Destination } from '../wire/model-error-of.ts';
import { modelErrorOf } from '../wire/model-error-of.ts';
import { OutputMaximum } from '../wire/output-maximum.ts';
import { readWatched } from '../wire/read-watched.ts';
import type { StreamLimits } from '../wire/stream-watch.ts';
import { decodeStream } from './decode-stream.ts';
import { encodeRequest } from './encode-request.ts';
import { geminiFailure } from './gemini-failure.ts';

/** What a session needs beside its client. */
interface SessionOptions {
  /** The model's name as the server knows it. */
  readonly model: string;
  readonly destination: Destination;
  readonly limits: StreamLimits;
}

/** A line to a model over Gemini's API. Stateless: one serves any number of conversations at once. */
export function openGeminiSession(client: GoogleGenAI, { model, destination, limits }: SessionOptions): ModelSession {
  const { modelId } = destination;
  const maximum = new OutputMaximum();

  async function* respond(request: ModelRequest, caller: AbortSignal): AsyncGenerator<ModelEvent, void, void> {
    let maxOutputTokens = maximum.within(request.maxOutputTokens);
    for (;;) {
      const options = { model, modelId, maxOutputTokens };
      try {
        const open = (signal: AbortSignal) =>
          client.models.generateContentStream(encodeRequest(request, { ...options, signal }));
        const chunks = readWatched(open, caller, limits);
        yield* decodeStream(chunks, { modelId, callIds: new CallIds(request.messages) });
        return;
      } catch (error) {
        maxOutputTokens = maximum.smaller(error, options.maxOutputTokens);
        if (maxOutputTokens !== undefined) continue;
        throw modelErrorOf(error, destination, (thrown) => geminiFailure(thrown, limits.clock.date()));
      }
    }
  }

  return { respond, async [Symbol.asyncDispose]() {} };
}
