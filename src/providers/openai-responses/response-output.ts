import type { OpenAI } from 'openai';
import type { ModelEvent } from '../../contract/model.ts';
import { ModelError } from '../../contract/model.ts';
import type { CallIds } from '../wire/call-ids.ts';
import { sendableCall } from '../wire/sendable-call.ts';

type Response = OpenAI.Responses.Response;
type OutputItem = OpenAI.Responses.ResponseOutputItem;
type FunctionCall = OpenAI.Responses.ResponseFunctionToolCall;

/** What the model has put out so far. */
export class ResponseOutput {
  readonly #callIds: CallIds;
  readonly #entries: Entry[] = [];
  /** How many items began before, under the ids of those that did. */
  readonly #places = new Map<string, number>();
  /** Calls that have begun and are not delivered, under the ids of their items. */
  readonly #begun = new Map<string, BegunCall>();
  /** All text as it was streamed. */
  heard = '';
  #toldLength = 0;
  #news: ModelEvent[] = [];

  constructor(callIds: CallIds) {
    this.#callIds = callIds;
  }

  /** The items that can be replayed, all but calls that were never delivered, as they began: some servers end a call first. */
  get items(): readonly OutputItem[] {
    const replayable = this.#entries.filter(({ held }) => !held);
    return replayable.toSorted((a, b) => a.place - b.place).map(({ item }) => item);
  }

  /** What was not told of yet. What came at once is told in one: text, and arguments of a call that is not complete. */
  news(): readonly ModelEvent[] {
    this.#tellText();
    const news = this.#news;
    this.#news = [];
    return news;
  }

  begin(item: OutputItem): void {
    if (item.id && !this.#places.has(item.id)) this.#places.set(item.id, this.#places.size);
    if (item.type !== 'function_call' || !item.id || !item.call_id || !item.name || this.#begun.has(item.id)) return;
    this.#begun.set(item.id, { givenId: item.call_id, name: item.name, callId: undefined });
  }

  hearArguments(itemId: string, delta: string): void {
    const call = this.#begun.get(itemId);
    if (!call || !delta) return;
    this.#tellText();
    call.callId ??= this.#callIds.claim(call.givenId);
    const before = this.#untoldArguments(call.callId);
    this.#news.push({ kind: 'arguments', callId: call.callId, name: call.name, delta: before + delta });
  }

  add(item: OutputItem): void {
    this.#tellText();
    const place = this.#places.get(item.id ?? '') ?? this.#places.size;
    if (item.type !== 'function_call') {
      this.#entries.push({ item, place, held: false });
      return;
    }
    // A call that may turn out to be cut off waits for the end, and so do those behind it.
    const entry = { item, place, held: !isSurelyComplete(item) || this.#entries.some(({ held }) => held) };
    this.#entries.push(entry);
    if (!entry.held) this.#deliver(entry, item);
  }

  /** The terminal event tells whether what was held back is whole. */
  finish(response: Response): void {
    if (this.#entries.length === 0) for (const item of response.output ?? []) this.add(item);
    if (response.status === 'incomplete') return;
    for (const entry of this.#entries) {
      if (entry.held && entry.item.type === 'function_call') this.#deliver(entry, entry.item);
    }
  }

  #tellText(): void {
    if (this.heard.length === this.#toldLength) return;
    this.#news.push({ kind: 'text', delta: this.heard.slice(this.#toldLength) });
    this.#toldLength = this.heard.length;
  }

  /** Takes back what is to be told last, if it is a part of that call's arguments. */
  #untoldArguments(callId: string): string {
    const last = this.#news.at(-1);
    if (last?.kind !== 'arguments' || last.callId !== callId) return '';
    this.#news.pop();
    return last.delta;
  }

  #deliver(entry: Entry, item: FunctionCall): void {
    if (!item.name) throw new ModelError('malformed', 'The model asked for a tool without naming it.');
    const callId = this.#claimedFor(item) ?? this.#callIds.claim(item.call_id);
    const call = { callId, name: item.name, argumentsText: item.arguments ?? '' };
    entry.item = { ...item, call_id: callId, ...sendableCall(call) };
    entry.held = false;
    this.#untoldArguments(callId);
    this.#news.push({ kind: 'call', call });
  }

  /** The id under which the call's arguments were told. Some servers give an item another id when it is done. */
  #claimedFor(item: FunctionCall): string | undefined {
    const told = [...this.#begun].filter(([, { givenId, callId }]) => callId !== undefined && givenId === item.call_id);
    const [itemId, call] = told.find(([id]) => id === item.id) ?? told[0] ?? [];
    if (itemId !== undefined) this.#begun.delete(itemId);
    return call?.callId;
  }
}

interface Entry {
  item: OutputItem;
  readonly place: number;
  /** Whether it is a call that is not delivered yet. */
  held: boolean;
}

interface BegunCall {
  /** As the server has it. */
  readonly givenId: string;
  readonly name: string;
  /** Claimed when the first of its arguments are told. */
  callId: string | undefined;
}

function isSurelyComplete(item: FunctionCall): boolean {
  return item.status === 'completed' || (item.status === undefined && parses(item.arguments));
}

function parses(json: string): boolean {
  try {
    JSON.parse(json || '{}');
    return true;
  } catch {
    return false;
  }
}
