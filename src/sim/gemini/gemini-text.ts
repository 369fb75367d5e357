import type { JsonObject } from '../../contract/json.ts';
import type { Draft, DraftCall } from '../draft.ts';
import { callTokens } from '../draft.ts';
import type { SimFault } from '../fault.ts';
import type { Frame } from '../reply.ts';
import { firstHalf } from '../reply.ts';
import { countTokens, splitText } from '../tokens.ts';
import type { TokenCounts } from '../usage.ts';
import { signCall, signText } from './signature.ts';

/** What is the same in every chunk of a response. */
export interface GeminiHead {
  readonly modelVersion: string;
  readonly responseId: string;
}

/** The chunks of a response as JSON, the last one with the reason for its end. */
export function candidateChunks(
  head: GeminiHead,
  draft: Draft,
  usage: TokenCounts,
  fault: SimFault | undefined,
): readonly Frame[] {
  const end = endOf(draft, fault);
  if (end.kind === 'prompt-blocked') return [blockedPrompt(head, usage)];
  const pieces = [
    ...splitText(draft.stop === 'refused' ? '' : draft.text).map((text) => ({
      part: { text },
      tokens: countTokens(text),
    })),
    ...end.calls.map((call, index) => ({ part: callPart(call, index === 0), tokens: callTokens(call) })),
  ];
  const total = usage.output - usage.reasoning;
  let written = 0;
  const chunks = pieces.map(({ part, tokens }): Frame => {
    // Of a text in pieces each is rounded up.
    written = Math.min(written + tokens, total);
    const candidate = { content: { parts: [part], role: 'model' }, index: 0 };
    return { text: chunkText(head, candidate, usage, written), tokens };
  });
  const last =
    end.reason === 'STOP' && end.calls.length === 0 ? { text: '', thoughtSignature: signText() } : { text: '' };
  const content = end.kind === 'malformed' ? {} : { content: { parts: [last], role: 'model' } };
  const candidate = { ...content, finishReason: end.reason, ...end.details, index: 0 };
  return [...chunks, { text: chunkText(head, candidate, usage, total), tokens: 0, terminal: true }];
}

/** A response in one piece as JSON. */
export function wholeCandidate(
  head: GeminiHead,
  draft: Draft,
  usage: TokenCounts,
  fault: SimFault | undefined,
): string {
  const end = endOf(draft, fault);
  if (end.kind === 'prompt-blocked') return blockedPrompt(head, usage).text;
  const text = draft.stop === 'refused' ? '' : draft.text;
  const textPart = end.reason === 'STOP' && end.calls.length === 0 ? { text, thoughtSignature: signText() } : { text };
  const parts = [...(text === '' ? [] : [textPart]), ...end.calls.map((call, index) => callPart(call, index === 0))];
  const content = parts.length > 0 ? { content: { parts, role: 'model' } } : { content: { role: 'model' } };
  const candidate = { ...content, finishReason: end.reason, ...end.details, index: 0 };
  return chunkText(head, candidate, usage, usage.output - usage.reasoning);
}

/** Chunks as server-sent events; `error`: they break off in the middle with this JSON. */
export function geminiFrames(chunks: readonly Frame[], error: string | undefined): readonly Frame[] {
  const frames = chunks.map((chunk): Frame => ({ ...chunk, text: `data: ${chunk.text}\r\n\r\n` }));
  if (error === undefined) return frames;
  return [...firstHalf(frames), { text: `data: ${error}\r\n\r\n`, tokens: 0, terminal: true }];
}

interface End {
  readonly kind: 'said' | 'malformed' | 'prompt-blocked';
  readonly reason: string;
  readonly details: JsonObject;
  /** The calls that are whole: there is no such thing as half a call here. */
  readonly calls: readonly DraftCall[];
}

function endOf(draft: Draft, fault: SimFault | undefined): End {
  const said = { kind: 'said', details: {}, calls: [] } as const;
  const [first] = draft.calls;
  if (fault?.kind === 'malformed' && first) {
    const finishMessage = `Malformed function call: print(default_api.${first.name}(`;
    return { kind: 'malformed', reason: 'MALFORMED_FUNCTION_CALL', details: { finishMessage }, calls: [] };
  }
  switch (draft.stop) {
    case 'blocked': {
      if (fault?.kind === 'blocked' && fault.what === 'prompt')
        return { ...said, kind: 'prompt-blocked', reason: 'SAFETY' };
      const rating = { category: 'HARM_CATEGORY_DANGEROUS_CONTENT', probability: 'HIGH', blocked: true };
      return { ...said, reason: 'SAFETY', details: { safetyRatings: [rating] } };
    }
    case 'refused':
      return { ...said, reason: 'PROHIBITED_CONTENT' };
    case 'truncated':
      return { ...said, reason: 'MAX_TOKENS', calls: draft.calls.filter(isWhole) };
    case 'done':
      return { ...said, reason: 'STOP', calls: draft.calls };
  }
}

function isWhole(call: DraftCall): boolean {
  return call.argumentsText === JSON.stringify(call.args);
}

function callPart(call: DraftCall, first: boolean): JsonObject {
  const id = call.callId === '' ? {} : { id: call.callId };
  const functionCall = { ...id, name: call.name, args: call.args };
  return first ? { functionCall, thoughtSignature: signCall(call.name, call.args) } : { functionCall };
}

function blockedPrompt(head: GeminiHead, usage: TokenCounts): Frame {
  const text = JSON.stringify({
    promptFeedback: { blockReason: 'PROHIBITED_CONTENT' },
    usageMetadata: { promptTokenCount: usage.input, totalTokenCount: usage.input },
    ...head,
  });
  return { text, tokens: 0, terminal: true };
}

function chunkText(head: GeminiHead, candidate: JsonObject, usage: TokenCounts, written: number): string {
  return JSON.stringify({
    candidates: [candidate],
    usageMetadata: {
      promptTokenCount: usage.input,
      candidatesTokenCount: written,
      totalTokenCount: usage.input + written + usage.reasoning,
      thoughtsTokenCount: usage.reasoning,
      promptTokensDetails: [{ modality: 'TEXT', tokenCount: usage.input }],
    },
    ...head,
  });
}
