import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventDecoder } from '../../src/providers/wire/event-decoder.ts';

const NO_HEADERS = { get: () => null };

/** The data of all events in these texts, each a chunk of a response. */
function decode(...chunks: readonly (string | Uint8Array)[]): unknown[] {
  const decoder = new EventDecoder(NO_HEADERS);
  const events = chunks.flatMap((chunk) => decoder.push(Buffer.from(chunk)));
  return decoder.isOver ? events : [...events, ...decoder.end()];
}

describe('The decoder of server-sent events', () => {
  it('gives the data of each event, whatever else its lines say', () => {
    expect(decode(': hello\n\nevent: a\nid: 1\nretry: 5\ndata: {"n":1}\n\ndata:{"n":2}\n\nnonsense\n\n')).toEqual([
      { n: 1 },
      { n: 2 },
    ]);
  });

  it('passes over events that say nothing: without data, of no object, or only there to keep a connection open', () => {
    const silent = 'data:\n\ndata: \n\ndata: null\n\ndata: 7\n\nevent: ping\ndata: pong\n\nevent: keep-alive\ndata\n\n';
    expect(decode(`${silent}data: {"n":1}\n\n`)).toEqual([{ n: 1 }]);
  });

  it('puts several lines of data together', () => {
    expect(decode('data: {"n":\ndata: 1}\n\n')).toEqual([{ n: 1 }]);
  });

  it('reads JSON that stands there by itself, and tells it from a stream', () => {
    const decoder = new EventDecoder(NO_HEADERS);
    expect(decoder.push(Buffer.from('{\n  "n": 1\n}'))).toEqual([]);
    expect(decoder.end()).toEqual([{ n: 1 }]);
    expect(decoder.isStream).toBe(false);
    decoder.push(Buffer.from('data: {}\n\n'));
    expect(decoder.isStream).toBe(true);
  });

  it('knows all three ends of lines and skips a byte order mark', () => {
    const three = [{ n: 1 }, { n: 2 }, { n: 3 }];
    expect(decode('\ufeffdata: {"n":1}\r\n\r\ndata: {"n":2}\r\rdata: {"n":3}\n\n')).toEqual(three);
  });

  it('gives the same however the bytes are cut', () => {
    const text =
      '\ufeffdata: {"s":"ä 😀"}\r\n\r\n: ping\r\rdata: {"a":\rdata: [1]}\n\nevent: x\ndata: {"s":"\u2028"}\n\n';
    const bytes = Buffer.from(text);
    const whole = decode(bytes);
    expect(whole).toEqual([{ s: 'ä 😀' }, { a: [1] }, { s: '\u2028' }]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: bytes.length })), (cuts) => {
        const ends = [...cuts.toSorted((a, b) => a - b), bytes.length];
        const chunks = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
        expect(decode(...chunks)).toEqual(whole);
      }),
    );
  });

  it('gives the last event even if the empty line after it is missing', () => {
    expect(decode('data: {"n":1}\n\ndata: {"n":2}')).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it('stops at the mark, in whatever is there after it', () => {
    expect(decode('data: {"n":1}\n\ndata: [DONE] \n\ndata: nonsense\n\n')).toEqual([{ n: 1 }]);
  });

  it('fails where data breaks off', () => {
    expect(() => decode('data: {"n":')).toThrow(SyntaxError);
  });

  it('fails with what the server says is wrong', () => {
    expect(() => decode('data: {"error":{"message":"no"}}\n\n')).toThrow(
      expect.objectContaining({ error: { message: 'no' }, headers: NO_HEADERS }),
    );
    expect(() => decode('event: error\ndata: {"message":"no"}\n\n')).toThrow(
      expect.objectContaining({ error: { message: 'no' } }),
    );
  });
});
