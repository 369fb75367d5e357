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
import type { MaximumName, RequestTerms } from './encode-request.ts';
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
  const { modelId, baseUrl } = destination;
  const maximum = new OutputMaximum();
  const [usualName, otherName] = maximumNames(baseUrl);
  let maximumName = usualName;
  const optional = new OptionalParameters([
    { name: 'stream_options', refusal: /stream_options/ },
    { name: 'parallel_tool_calls', refusal: /parallel_tool_calls/ },
  ]);

  /** What to ask in place of what the server refused, if that is worth it. */
  function termsAfter(error: unknown, sent: RequestTerms): RequestTerms | undefined {
    if (optional.learn(error, sent.accepted)) return { ...sent, accepted: optional.accepted() };
    if (sent.maxOutputTokens === undefined) return undefined;
    if (sent.maximumName === usualName && isUnknown(usualName, error)) {
      maximumName = otherName;
      return { ...sent, maximumName };
    }
    const maxOutputTokens = maximum.smaller(error, sent.maxOutputTokens);
    return maxOutputTokens === undefined ? undefined : { ...sent, maxOutputTokens };
  }

  async function* respond(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent, void, void> {
    const maxOutputTokens = maximum.within(request.maxOutputTokens);
    let terms: RequestTerms = { accepted: optional.accepted(), maxOutputTokens, maximumName };
    for (;;) {
      const body = encodeRequest(request, { model, modelId, ...terms });
      try {
        const chunks = readEvents<OpenAI.ChatCompletionChunk>((request) => ask(body, request), signal, limits);
        yield* decodeStream(chunks, { modelId, callIds: new CallIds(request.messages) });
        return;
      } catch (error) {
        const next = termsAfter(error, terms);
        if (next) {
          terms = next;
          continue;
        }
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

/** Many compatible servers take no notice of the newer name, without a word; OpenAI's models refuse the older one. */
function maximumNames(baseUrl: string): readonly [usual: MaximumName, other: MaximumName] {
  const isOpenAi = /(^|\.)openai\.com$/.test(new URL(baseUrl).hostname);
  return isOpenAi ? ['max_completion_tokens', 'max_tokens'] : ['max_tokens', 'max_completion_tokens'];
}

function isUnknown(name: MaximumName, error: unknown): boolean {
  if (!(error instanceof Error) || !('status' in error) || (error.status !== 400 && error.status !== 422)) return false;
  return new RegExp(`\\b${name}\\b`).test(error.message) && NOT_KNOWN.test(error.message);
}

const NOT_KNOWN = /unsupported|not supported|unknown|unrecognized|unexpected|extra (inputs|fields)|not permitted/i;
