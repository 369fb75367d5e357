import type { JsonValue } from '../../contract/json.ts';
import { think } from '../brain/think.ts';
import { draftOf } from '../draft.ts';
import { openAiError, openAiFault, SERVER_ERROR } from '../openai-error.ts';
import { randomHex } from '../random.ts';
import type { Exchange, Reply } from '../reply.ts';
import { countUsage } from '../usage.ts';
import { chatFrames, chatText } from './chat-text.ts';
import { readChatRequest } from './read-request.ts';

/** Answers `POST /v1/chat/completions`. */
export function respondChat(body: JsonValue, exchange: Exchange): Reply {
  const { fault, random, createdAtSeconds: created } = exchange;
  const early = openAiFault(fault, exchange.retryAfterSeconds);
  if (early) return early;
  const read = readChatRequest(body);
  if (!read.ok) return openAiError(read.problem);
  const { request } = read;
  const { input, parallel, maxTokens } = request;
  const breaksOff = fault?.kind === 'error-event' || fault?.kind === 'failed';
  if (!request.stream && breaksOff) {
    return openAiError({ status: 500, message: SERVER_ERROR, type: 'server_error' });
  }
  const draft = draftOf(think(input), { fault, random, parallel, maxTokens });
  const usage = countUsage(input, draft, { reasons: false });
  const head = { id: `chatcmpl-${randomHex(random)}`, created, model: request.model };
  if (!request.stream) {
    return { kind: 'whole', status: 200, text: chatText(head, draft, usage), tokens: usage.output };
  }
  const problem = breaksOff ? SERVER_ERROR : undefined;
  const indexZero = fault?.kind === 'index-zero';
  return { kind: 'stream', frames: chatFrames(head, draft, usage, { ...request, problem, indexZero }) };
}
