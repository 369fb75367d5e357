import type { ToolCall } from '../../src/contract/message.ts';
import type { Model, ModelEvent, ModelRequest } from '../../src/contract/model.ts';
import { NO_USAGE } from '../../src/contract/model.ts';

/** What a scripted model says to one request: its events, one by one. May wait, and may throw. */
export type Say = (request: ModelRequest, signal: AbortSignal) => AsyncIterable<ModelEvent> | Iterable<ModelEvent>;

/** A model that says what a test tells it to, and keeps what it was asked. */
export class ScriptedModel implements Model {
  readonly id: string;
  readonly requests: ModelRequest[] = [];
  readonly #script: Say[];
  readonly #always: Say | undefined;
  sessions = 0;

  constructor(script: readonly Say[] | Say, id = 'test/scripted') {
    this.id = id;
    this.#script = typeof script === 'function' ? [] : [...script];
    this.#always = typeof script === 'function' ? script : undefined;
  }

  async open() {
    this.sessions += 1;
    const respond = async function* (this: ScriptedModel, request: ModelRequest, signal: AbortSignal) {
      this.requests.push(request);
      const say = this.#always ?? this.#script.shift();
      if (!say) throw new Error('the script has no more to say');
      yield* say(request, signal);
    }.bind(this);
    const close = async () => {
      this.sessions -= 1;
    };
    return { respond, [Symbol.asyncDispose]: close };
  }
}

/** A response that only says something. */
export function says(text: string): Say {
  return () => [{ kind: 'text', delta: text }, end({ text })];
}

/** A response that asks for calls. */
export function asks(...calls: readonly ToolCall[]): Say {
  return () => [...calls.map((call) => ({ kind: 'call' as const, call })), end()];
}

/** A call; arguments as JSON text or as a value. */
export function call(callId: string, name: string, args: unknown = {}): ToolCall {
  return { callId, name, argumentsText: typeof args === 'string' ? args : JSON.stringify(args) };
}

/** The last event of a response, with one token in and one out. */
export function end(more: Partial<Extract<ModelEvent, { kind: 'end' }>> = {}): ModelEvent {
  return { kind: 'end', stop: 'done', text: '', usage: { ...NO_USAGE, inputTokens: 1, outputTokens: 1 }, ...more };
}
