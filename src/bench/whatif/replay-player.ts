import type { CassettePlayer, RecordedCall } from '../../contract/cassette.ts';
import type { JsonObject } from '../../contract/json.ts';
import type { RecordedToolCall, RecordedTurn, RecordedWork } from './recorded-work.ts';
import { placeOf } from './recorded-work.ts';

/** Gives what was recorded to who asks for it, once each: for one time that the work is done anew. */
export class ReplayPlayer implements CassettePlayer {
  readonly #work: RecordedWork;
  readonly #turns = new Map<string, number>();
  /** How far each call has got: which of those with its id, and which of its attempts. */
  readonly #calls = new Map<string, { call: number; attempt: number }>();
  #strays = 0;
  #readyAtMs = 0;
  #sentAtMs = 0;

  constructor(work: RecordedWork) {
    this.#work = work;
  }

  /** How often something was asked for that was not recorded: the work went another way. */
  get strays(): number {
    return this.#strays;
  }

  takeTurn(conversation: string): RecordedTurn | undefined {
    const index = this.#turns.get(conversation) ?? 0;
    this.#turns.set(conversation, index + 1);
    const turn = this.#work.turns.get(conversation)?.[index];
    if (!turn) this.#strays += 1;
    return turn;
  }

  /** How long our own work before a turn takes: conversations get to their first turn in the order in which they start. */
  readyInMs(conversation: string, beforeMs: number, nowMs: number): number {
    if (this.#turns.get(conversation) !== 1) return beforeMs;
    this.#readyAtMs = Math.max(this.#readyAtMs, nowMs + beforeMs);
    return this.#readyAtMs - nowMs;
  }

  /** How long until an attempt is sent: those that may be sent at the same time go one after the other. */
  sentInMs(apartMs: number, nowMs: number): number {
    this.#sentAtMs = Math.max(nowMs, this.#sentAtMs + apartMs);
    return this.#sentAtMs - nowMs;
  }

  takeCall(asked: Parameters<CassettePlayer['takeCall']>[0]): ReturnType<CassettePlayer['takeCall']> {
    const place = placeOf(asked.conversation, asked.callId);
    const calls = this.#work.calls.get(place) ?? [];
    const at = this.#calls.get(place) ?? { call: 0, attempt: 0 };
    this.#calls.set(place, at);
    const taken = calls[at.call]?.attempts[at.attempt];
    at.attempt += 1;
    if (at.attempt >= (calls[at.call]?.attempts.length ?? 0)) {
      at.call += 1;
      at.attempt = 0;
    }
    if (taken) return { ok: true, recorded: { ...asCall(asked), ...taken }, giveBack: () => {} };
    this.#strays += 1;
    return { ok: false, problem: 'This call was not recorded.' };
  }

  takeDecision(asked: Parameters<CassettePlayer['takeDecision']>[0]): ReturnType<CassettePlayer['takeDecision']> {
    const place = placeOf(asked.conversation, asked.callId);
    const call = this.#work.calls.get(place)?.[this.#calls.get(place)?.call ?? 0];
    return call?.decision ? { kind: 'approval', ...asked, ...call.decision } : undefined;
  }

  takeExchange(): ReturnType<CassettePlayer['takeExchange']> {
    return { ok: false, problem: 'A journal holds no requests.' };
  }
}

/** Whether a tool was found to refuse these arguments. */
export function refuses(work: RecordedWork): (tool: string, args: JsonObject) => boolean {
  const refused = new Set<string>();
  for (const call of [...work.calls.values()].flat()) if (call.isMisfit) refused.add(keyOf(call));
  return (tool, args) => refused.size > 0 && refused.has(JSON.stringify([tool, args]));
}

function keyOf({ name, argumentsText }: RecordedToolCall): string {
  try {
    return JSON.stringify([name, JSON.parse(argumentsText)]);
  } catch {
    return '';
  }
}

function asCall({ conversation, callId, tool, arguments: args }: Omit<RecordedCall, 'kind' | 'tookMs' | 'outcome'>) {
  return { kind: 'tool', conversation, callId, tool, arguments: args } as const;
}
