import type { PlannedCall, Thought } from './brain/thought.ts';
import type { SimFault } from './fault.ts';
import type { Random } from './random.ts';
import { randomHex } from './random.ts';
import { countTokens } from './tokens.ts';

/** A call as it will be written. `callId` is empty where the server forgets it. */
export interface DraftCall extends PlannedCall {
  readonly callId: string;
  /** JSON text, unless it is cut off or malformed. */
  readonly argumentsText: string;
}

/** A response before it takes the shape of a protocol. */
export interface Draft {
  readonly text: string;
  readonly calls: readonly DraftCall[];
  readonly stop: 'done' | 'truncated' | 'blocked' | 'refused';
}

/** Shapes a thought by what the request allows and by what goes wrong with it. */
export function draftOf(
  thought: Thought,
  options: {
    readonly fault: SimFault | undefined;
    readonly random: Random;
    readonly parallel: boolean;
    readonly maxTokens: number | undefined;
  },
): Draft {
  const { fault, random } = options;
  if (fault?.kind === 'refused') return { text: "I'm sorry, but I cannot help with that.", calls: [], stop: 'refused' };
  if (fault?.kind === 'blocked') {
    return { text: thought.text.slice(0, thought.text.length / 2), calls: [], stop: 'blocked' };
  }
  const calls = options.parallel ? thought.calls : thought.calls.slice(0, 1);
  const sameId = fault?.kind === 'duplicate-ids' ? callId(random) : undefined;
  const draft: Draft = {
    text: thought.text,
    calls: calls.map((call, index) => ({
      ...call,
      callId: fault?.kind === 'missing-ids' ? '' : (sameId ?? callId(random)),
      argumentsText: argumentsText(call, fault?.kind === 'malformed' && index === 0),
    })),
    stop: 'done',
  };
  const budget = fault?.kind === 'truncated' ? Math.floor(draftTokens(draft) / 2) : (options.maxTokens ?? Infinity);
  return draftTokens(draft) > budget ? truncate(draft, budget) : draft;
}

/** How many tokens a draft's text and calls have. */
export function draftTokens(draft: Draft): number {
  return countTokens(draft.text) + draft.calls.reduce((sum, call) => sum + callTokens(call), 0);
}

/** How many tokens a call has: its name and its arguments. */
export function callTokens(call: DraftCall): number {
  return countTokens(call.name) + countTokens(call.argumentsText);
}

function callId(random: Random): string {
  return `call_${randomHex(random)}`;
}

function argumentsText(call: PlannedCall, malformed: boolean): string {
  const text = JSON.stringify(call.args);
  return malformed ? `${text.slice(0, -1)},` : text;
}

/** Keeps what fits into the budget; the call that crosses its edge loses the end of its arguments. */
function truncate(draft: Draft, budget: number): Draft {
  const text = draft.text.slice(0, budget * 4);
  let left = budget - countTokens(text);
  const calls: DraftCall[] = [];
  for (const call of draft.calls) {
    if (left <= 0) break;
    if (callTokens(call) <= left) calls.push(call);
    else {
      const room = Math.max(1, (left - countTokens(call.name)) * 4);
      calls.push({
        ...call,
        argumentsText: call.argumentsText.slice(0, Math.min(room, call.argumentsText.length - 1)),
      });
    }
    left -= callTokens(call);
  }
  return { text, calls, stop: 'truncated' };
}
