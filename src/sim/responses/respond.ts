import type { JsonValue } from '../../contract/json.ts';
import { think } from '../brain/think.ts';
import type { Draft } from '../draft.ts';
import { draftOf } from '../draft.ts';
import { openAiError, openAiFault, SERVER_ERROR } from '../openai-error.ts';
import { randomHex } from '../random.ts';
import type { Exchange, Reply } from '../reply.ts';
import { countUsage, REASONING_TOKENS } from '../usage.ts';
import { outputItems } from './output-items.ts';
import { readResponsesRequest } from './read-request.ts';
import type { ResponseState } from './response-text.ts';
import { responseText } from './response-text.ts';
import { streamFrames } from './stream-frames.ts';

/** Answers `POST /v1/responses`. */
export function respondResponses(body: JsonValue, exchange: Exchange): Reply {
  const { fault, random, createdAtSeconds } = exchange;
  const early = openAiFault(fault, exchange.retryAfterSeconds);
  if (early) return early;
  const read = readResponsesRequest(body);
  if (!read.ok) return openAiError(read.problem);
  const { request } = read;
  const { input, stream, parallel, reasoning, maxTokens } = request;
  if (!stream && fault?.kind === 'error-event') {
    return openAiError({ status: 500, message: SERVER_ERROR, type: 'server_error', code: 'server_error' });
  }
  const budget = maxTokens === undefined ? undefined : Math.max(0, maxTokens - (reasoning ? REASONING_TOKENS : 0));
  const draft = draftOf(think(input), { fault, random, parallel, maxTokens: budget });
  const hex = randomHex(random);
  const items = outputItems(draft, hex, request);
  const usage = countUsage(input, draft, { reasons: reasoning });
  const toText = responseText(request, { hex, createdAtSeconds, usage });
  const end: ResponseState = fault?.kind === 'failed' ? { status: 'failed', message: SERVER_ERROR } : endOf(draft);
  if (stream)
    return { kind: 'stream', frames: streamFrames(items, { toText, end, fault, errorMessage: SERVER_ERROR }) };
  return { kind: 'whole', status: 200, text: toText(end, end.status === 'failed' ? [] : items), tokens: usage.output };
}

function endOf(draft: Draft): ResponseState {
  switch (draft.stop) {
    case 'truncated':
      return { status: 'incomplete', reason: 'max_output_tokens' };
    case 'blocked':
      return { status: 'incomplete', reason: 'content_filter' };
    default:
      return { status: 'completed' };
  }
}
