import { messageOf } from '../contract/errors.ts';
import type { Model, ModelSession } from '../contract/model.ts';
import { ModelError } from '../contract/model.ts';
import type { Endpoint } from './find-endpoint.ts';
import { findEndpoint, setValue } from './find-endpoint.ts';
import { Gate } from './gate/gate.ts';
import { listening } from './gate/listening.ts';
import type { LeanFetch } from './http/lean-fetch.ts';
import { leanFetch } from './http/lean-fetch.ts';
import { recordExchange } from './http/record-exchange.ts';
import { replayingFetch } from './http/replaying-fetch.ts';
import { tellingWhose } from './http/whose-request.ts';
import type { ProviderOptions } from './provider-options.ts';
import { retrying } from './retrying.ts';
import type { Destination } from './wire/model-error-of.ts';
import { openaiRequests } from './wire/openai-requests.ts';
import { abortedError, LONGEST_WAIT_MS } from './wire/stream-watch.ts';

/** The model that `provider/name` names, with its key found but nothing loaded yet; or what is wrong, in a sentence. */
export function resolveModel(
  id: string,
  options: ProviderOptions,
): { readonly ok: true; readonly model: Model } | { readonly ok: false; readonly problem: string } {
  const found = findEndpoint(id, options);
  if (!found.ok) return found;
  return { ok: true, model: modelAt(found.endpoint, options) };
}

/** All conversations share one client, one session and one gate: none holds anything of theirs. */
function modelAt(endpoint: Endpoint, options: ProviderOptions): Model {
  const gate = new Gate({ adaptive: true, ...options, modelId: endpoint.modelId });
  let opening: Promise<ModelSession> | undefined;
  return {
    id: endpoint.modelId,
    findOutAnew: () => gate.findOutAnew(),
    async open(signal) {
      if (signal.aborted) throw abortedError(signal);
      opening ??= openSession(endpoint, gate, options);
      const attempt = opening;
      try {
        return await attempt;
      } catch (error) {
        if (opening === attempt) opening = undefined;
        if (error instanceof ModelError) throw error;
        const reason = messageOf(error);
        throw new ModelError('unavailable', `Cannot open ${endpoint.modelId}: ${reason}`, { cause: error });
      }
    },
  };
}

async function openSession(endpoint: Endpoint, gate: Gate, options: ProviderOptions): Promise<ModelSession> {
  const baseUrl = await endpoint.findBaseUrl();
  const destination = { modelId: endpoint.modelId, baseUrl, keyName: endpoint.keyName };
  const fetch = listening(await openFetch(baseUrl, endpoint.modelId, options), gate);
  const session = await openProtocol(endpoint, destination, fetch, options);
  return retrying(options.cassette ? tellingWhose(session) : session, gate, options);
}

function openFetch(baseUrl: string, model: string, options: ProviderOptions): Promise<LeanFetch> | LeanFetch {
  const { cassette, clock } = options;
  if (!cassette) return leanFetch(baseUrl, options);
  if (cassette.use === 'replay') return replayingFetch({ model, player: cassette.player, clock });
  const { recorder } = cassette;
  return leanFetch(baseUrl, { ...options, observe: (body) => recordExchange(body, { model, recorder, clock }) });
}

async function openProtocol(
  endpoint: Endpoint,
  destination: Destination,
  fetch: LeanFetch,
  options: ProviderOptions,
): Promise<ModelSession> {
  const { key, model, protocol } = endpoint;
  const { baseUrl } = destination;
  const session = { model, destination, limits: options };
  switch (protocol) {
    case 'openai-responses': {
      const { openResponsesSession } = await import('./openai-responses/open-session.ts');
      return openResponsesSession(await openaiRequests(openaiOptions('/responses')), session);
    }
    case 'openai-chat': {
      const { openChatSession } = await import('./openai-chat/open-session.ts');
      return openChatSession(await openaiRequests(openaiOptions('/chat/completions')), session);
    }
    case 'gemini': {
      const { openGeminiSession } = await import('./gemini/open-session.ts');
      const { geminiClient } = await import('./gemini/gemini-client.ts');
      return openGeminiSession(await geminiClient({ key, baseUrl, fetch }), session);
    }
  }

  function openaiOptions(path: string) {
    return {
      path,
      key,
      baseUrl,
      fetch,
      organization: setValue(options.env, 'OPENAI_ORG_ID'),
      project: setValue(options.env, 'OPENAI_PROJECT_ID'),
      // Our own timer fires before this one and knows more.
      timeoutMs: Math.min(options.firstByteTimeoutMs + 60_000, LONGEST_WAIT_MS),
    };
  }
}
