import type { JsonValue } from '../../contract/json.ts';
import { think } from '../brain/think.ts';
import { draftOf } from '../draft.ts';
import { randomHex } from '../random.ts';
import type { Exchange, Reply } from '../reply.ts';
import { countUsage, REASONING_TOKENS } from '../usage.ts';
import { geminiError, geminiErrorText, geminiFault, INTERNAL, OVERLOADED } from './gemini-error.ts';
import { candidateChunks, geminiFrames, wholeCandidate } from './gemini-text.ts';
import { readGeminiRequest } from './read-request.ts';

/** Answers `POST …/models/<model>:generateContent` and `:streamGenerateContent`, the latter as events or as an array. */
export function respondGemini(
  asked: { readonly model: string; readonly method: string; readonly asEvents: boolean; readonly line: string },
  body: JsonValue,
  exchange: Exchange,
): Reply {
  const { fault, random } = exchange;
  const stream = asked.method === 'streamGenerateContent';
  if (!stream && asked.method !== 'generateContent') {
    return geminiError(404, `The requested URL was not found: ${asked.line}`);
  }
  const early = geminiFault(fault, exchange.retryAfterSeconds);
  if (early) return early;
  const read = readGeminiRequest(body);
  if (!read.ok) return geminiError(400, read.problem);
  const { input, maxTokens } = read.request;
  const breaksOff = fault?.kind === 'error-event' || fault?.kind === 'failed';
  if (breaksOff && !stream) return geminiError(500, INTERNAL);
  // What is thought counts too.
  const budget = maxTokens === undefined ? undefined : Math.max(0, maxTokens - REASONING_TOKENS);
  const draft = draftOf(think(input), { fault, random, parallel: true, maxTokens: budget });
  const usage = countUsage(input, draft, { reasons: true });
  const head = { modelVersion: asked.model, responseId: randomHex(random) };
  if (!stream) {
    return { kind: 'whole', status: 200, text: wholeCandidate(head, draft, usage, fault), tokens: usage.output };
  }
  const chunks = candidateChunks(head, draft, usage, fault);
  const error = breaksOff ? geminiErrorText(503, OVERLOADED) : undefined;
  if (asked.asEvents) return { kind: 'stream', frames: geminiFrames(chunks, error) };
  const texts = chunks.map(({ text }) => text);
  return { kind: 'whole', status: 200, text: `[${texts.join(',\r\n')}]`, tokens: usage.output };
}
