import type { JsonObject, JsonValue } from '../../contract/json.ts';
import { parseObject } from '../wire/argument-object.ts';

/** A piece of a call as servers stream it. Any field may be missing, and `arguments` be the object itself. */
export interface CallFragment {
  readonly index?: number | null;
  readonly id?: string | null;
  readonly type?: string | null;
  readonly function?: { readonly name?: string | null; readonly arguments?: unknown } | null;
}

/** A call put together again. `extra`: fields of the server's own, which it may want back. */
export interface AccumulatedCall {
  readonly id: string;
  readonly name: string;
  readonly argumentsText: string;
  readonly extra: JsonObject;
}

interface OpenCall {
  readonly index: number | undefined;
  id: string;
  name: string;
  argumentsText: string;
  extra: Record<string, JsonValue>;
}

const KNOWN_FIELDS = new Set(['index', 'id', 'type', 'function']);

/**
 * Puts calls together from their fragments, also from servers that number all calls 0, leave ids out, repeat them, or
 * send arguments as an object. Calls come out once each, in the order in which they began.
 */
export class CallAccumulator {
  /** Calls that have not come out yet. */
  #open: OpenCall[] = [];
  #current: OpenCall | undefined;
  #currentDelta = '';

  /** The call that the last fragment went on with, and what it added to its arguments. */
  get progress(): { readonly call: AccumulatedCall; readonly delta: string } | undefined {
    return this.#current && { call: this.#current, delta: this.#currentDelta };
  }

  /** Takes the next fragment; returns the calls that are surely complete because another one began. */
  add(fragment: CallFragment): readonly AccumulatedCall[] {
    const name = fragment.function?.name ?? '';
    const argumentsText = textOf(fragment.function?.arguments);
    const call = this.#continued(fragment, name) ?? this.#begin(fragment);
    call.id ||= fragment.id ?? '';
    call.name ||= name;
    call.argumentsText += argumentsText;
    for (const [key, value] of Object.entries(fragment)) if (!KNOWN_FIELDS.has(key)) call.extra[key] = value;
    this.#current = call;
    this.#currentDelta = argumentsText;
    return this.#takeComplete();
  }

  /** The calls still there when the response ends. A response that was cut off may have cut the last one off, too. */
  finish({ cutOff }: { readonly cutOff: boolean }): readonly AccumulatedCall[] {
    const rest = cutOff ? this.#open.filter(isComplete) : this.#open;
    this.#open = [];
    return rest;
  }

  /** The call that a fragment goes on with; none if it begins a new one. */
  #continued({ index, id }: CallFragment, name: string): OpenCall | undefined {
    const isIndexed = typeof index === 'number';
    const call = isIndexed ? this.#open.findLast((other) => other.index === index) : this.#current;
    if (!call) return undefined;
    if (id && call.id && id !== call.id) return undefined;
    if (name && call.name && (isComplete(call) || (call.argumentsText === '' && name !== call.name))) return undefined;
    return call;
  }

  #begin({ index }: CallFragment): OpenCall {
    const call = { index: index ?? undefined, id: '', name: '', argumentsText: '', extra: {} };
    this.#open.push(call);
    return call;
  }

  /** Only those in front of the newest: what has begun last may go on. One that does not parse may go on, too. */
  #takeComplete(): readonly AccumulatedCall[] {
    const firstOpen = this.#open.findIndex((call, place) => place === this.#open.length - 1 || !isComplete(call));
    return this.#open.splice(0, firstOpen);
  }
}

function isComplete(call: OpenCall): boolean {
  return parseObject(call.argumentsText) !== undefined;
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
