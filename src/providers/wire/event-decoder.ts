import { StringDecoder } from 'node:string_decoder';
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

/**
 * Server-sent events whose data is JSON, from the bytes of a response as they come.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export class EventDecoder {
  readonly #headers: HeaderLookup;
  readonly #useless: RegExp | undefined;
  readonly #decoder = new StringDecoder('utf8');
  #line = '';
  #data: string | undefined;
  #name = '';
  #endsWithReturn = false;
  #hasBegun = false;
  /** Whether the mark came after which nothing does. */
  isOver = false;

  /**
   * @param headers of the response: they say more about an error in it
   * @param useless names of events that are left out unread
   */
  constructor(headers: HeaderLookup, useless?: RegExp) {
    this.#headers = headers;
    this.#useless = useless;
  }

  /**
   * The data of the events that are complete with these bytes.
   *
   * @throws {SyntaxError} where data is no JSON; `StreamFailure` for an event that is an error
   */
  push(bytes: Uint8Array): readonly unknown[] {
    const text = this.#decoder.write(bytes);
    const isMarked = !this.#hasBegun && text.startsWith('\ufeff');
    this.#hasBegun ||= text !== '';
    return this.#take(isMarked ? text.slice(1) : text);
  }

  /** The data of the last event, if the response ended without the empty line after it; throws like `push`. */
  end(): readonly unknown[] {
    return this.#take(`${this.#decoder.end()}\n\n`);
  }

  #take(text: string): readonly unknown[] {
    const events: unknown[] = [];
    const lines = this.#plain(text);
    let from = 0;
    for (let to = lines.indexOf('\n'); to >= 0 && !this.isOver; to = lines.indexOf('\n', from)) {
      const line = this.#line + lines.slice(from, to);
      this.#line = '';
      from = to + 1;
      if (line !== '') this.#field(line);
      else if (this.#data !== undefined) this.#dispatch(this.#data, events);
      else this.#name = '';
    }
    this.#line += lines.slice(from);
    return events;
  }

  /** With `\n` for all three ends of lines; one of two characters may be cut in the middle. */
  #plain(text: string): string {
    if (!this.#endsWithReturn && !text.includes('\r')) return text;
    const news = this.#endsWithReturn && text.startsWith('\n') ? text.slice(1) : text;
    this.#endsWithReturn = text === '' ? this.#endsWithReturn : text.endsWith('\r');
    return news.replaceAll(/\r\n?/g, '\n');
  }

  #field(line: string): void {
    if (line.startsWith('data:')) {
      const value = line.slice(line[5] === ' ' ? 6 : 5);
      this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`;
    } else if (line.startsWith('event:')) {
      this.#name = line.slice(6).trimStart();
    }
  }

  #dispatch(text: string, events: unknown[]): void {
    const name = this.#name;
    this.#name = '';
    this.#data = undefined;
    if (text === END_MARK) {
      this.isOver = true;
      return;
    }
    if (name && this.#useless?.test(name)) return;
    const data: unknown = JSON.parse(text);
    const error = typeof data === 'object' && data !== null && 'error' in data ? data.error : undefined;
    if (name === 'error' || error) throw new StreamFailure(error ?? data, this.#headers);
    events.push(data);
  }
}
