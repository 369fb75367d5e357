import type { EventOf } from '../contract/event.ts';

interface OpenCall {
  readonly name: string;
  readonly argumentsText: string;
  hasTwin: boolean;
}

/** The tool calls in flight, to tell calls of one tool by one conversation at the same time from each other. */
export class OpenCalls {
  readonly #conversations = new Map<string, Map<string, OpenCall>>();

  start(event: EventOf<'tool_start'>): void {
    const calls = this.#conversations.get(event.conversation) ?? new Map<string, OpenCall>();
    const twins = [...calls.values()].filter(({ name }) => name === event.name);
    for (const twin of twins) twin.hasTwin = true;
    calls.set(event.callId, {
      name: event.name,
      argumentsText: event.argumentsText,
      hasTwin: twins.length > 0,
    });
    this.#conversations.set(event.conversation, calls);
  }

  /** The arguments of a call that has ended, if its name alone does not say which one it was. */
  end(event: EventOf<'tool_end'>): string | undefined {
    const calls = this.#conversations.get(event.conversation);
    const call = calls?.get(event.callId);
    calls?.delete(event.callId);
    if (calls?.size === 0) this.#conversations.delete(event.conversation);
    return call?.hasTwin ? call.argumentsText : undefined;
  }
}
