import type { StreamEvent } from './event-lines.ts';
import { EventLines } from './event-lines.ts';
import type { HeaderLookup } from './retry-after.ts';

/** What OpenAI's protocols end a stream with. */
const END_MARK = '[DONE]';

/** An error that a server put into a stream under that name, in the shape of the `openai` package's errors. */
class StreamFailure extends Error {
  override readonly name = 'StreamFailure';
  readonly status = undefined;
  readonly error: unknown;
  readonly headers: HeaderLookup;

  constructor(error: unknown, headers: HeaderLookup) {
    super('The server reported an error.');
    this.error = error;
    this.headers = headers;
  }
}

/** What the names of a protocol's events tell about reading them. */
export interface EventNames {
  /** Events that are left out unread. */
  readonly useless: RegExp;
  /** Those that nothing comes after. */
  readonly last: ReadonlySet<string>;
}

/** The data of server-sent events, which is JSON, from the bytes of a response as they come. */
export class EventDecoder {
  readonly #headers: HeaderLookup;
  readonly #names: EventNames | undefined;
  readonly #lines = new EventLines();
  /** Whether the event or the mark came after which nothing does. */
  isOver = false;

  /** @param headers of the response: they say more about an error in it */
  constructor(headers: HeaderLookup, names?: EventNames) {
    this.#headers = headers;
    this.#names = names;
  }

  /** Whether there was anything that has the form of an event. */
  get isStream(): boolean {
    return this.#lines.isStream;
  }

  /**
   * The data of the events that are complete with these bytes: objects, since what is not one says nothing.
   *
   * @throws {SyntaxError} where data is no JSON; `StreamFailure` for an event that is an error
   */
  push(bytes: Uint8Array): readonly object[] {
    return this.#read(this.#lines.push(bytes));
  }

  /** The data of the last event, if the response ended without the empty line after it; throws like `push`. */
  end(): readonly object[] {
    return this.#read(this.#lines.end());
  }

  #read(sent: readonly StreamEvent[]): readonly object[] {
    const events: object[] = [];
    for (const { name, data: text } of sent) {
      this.isOver ||= text.startsWith(END_MARK);
      if (this.isOver) break;
      if (name && this.#names?.useless.test(name)) continue;
      const data: unknown = JSON.parse(text);
      const error = typeof data === 'object' && data !== null && 'error' in data ? data.error : undefined;
      if (name === 'error' || error) throw new StreamFailure(error ?? data, this.#headers);
      if (typeof data !== 'object' || data === null) continue;
      events.push(data);
      this.isOver = 'type' in data && this.#names?.last.has(`${data.type}`) === true;
    }
    return events;
  }
}
