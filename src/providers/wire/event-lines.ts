import { StringDecoder } from 'node:string_decoder';
import type { HeaderLookup } from './retry-after.ts';

/** An event of a stream: the name that it has, empty where it has none, and its data, which is never empty. */
export interface StreamEvent {
  readonly name: string;
  readonly data: string;
}

/** What servers call events that only keep the connection open; their data means nothing. */
const KEEP_ALIVE = /^(ping|heartbeat|keep[-_]?alive)$/i;

/**
 * Server-sent events from the bytes of a response as they come.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export class EventLines {
  readonly #decoder = new StringDecoder('utf8');
  #line = '';
  #data: string | undefined;
  #name = '';
  /** JSON that stands in the stream by itself. */
  #bare = '';
  #endsWithReturn = false;
  #hasBegun = false;
  /** Whether there was any data in the form of an event. */
  isStream = false;

  /** The events that are complete with these bytes. */
  push(bytes: Uint8Array): readonly StreamEvent[] {
    const text = this.#decoder.write(bytes);
    const isMarked = !this.#hasBegun && text.startsWith('\ufeff');
    this.#hasBegun ||= text !== '';
    return this.#take(isMarked ? text.slice(1) : text);
  }

  /** The last event, if the response ended without the empty line after it. */
  end(): readonly StreamEvent[] {
    return this.#take(`${this.#decoder.end()}\n\n`);
  }

  #take(text: string): readonly StreamEvent[] {
    const events: StreamEvent[] = [];
    const lines = this.#plain(text);
    let from = 0;
    for (let to = lines.indexOf('\n'); to >= 0; to = lines.indexOf('\n', from)) {
      const line = this.#line + lines.slice(from, to);
      this.#line = '';
      from = to + 1;
      if (line !== '') this.#field(line);
      else this.#dispatch(events);
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
      this.#name = line.slice(6).trim();
    } else if (this.#bare !== '' || line.startsWith('{')) {
      // Servers that fail in the middle of a stream, or that do not stream, put JSON there as it is.
      this.#bare += `${line}\n`;
    }
  }

  #dispatch(events: StreamEvent[]): void {
    const name = this.#name;
    const data = this.#data ?? this.#bare;
    this.isStream ||= this.#data !== undefined;
    this.#name = '';
    this.#data = undefined;
    this.#bare = '';
    if (data !== '' && !KEEP_ALIVE.test(name)) events.push({ name, data });
  }
}

/** Why there were no events in a response, if that is because it is no stream of them. */
export function notAStream(headers: HeaderLookup): Error | undefined {
  const type = headers.get('content-type');
  if (!type || /^text\/event-stream\b/i.test(type)) return undefined;
  return new Error(`it answers with ${type} instead of a stream of events`);
}
