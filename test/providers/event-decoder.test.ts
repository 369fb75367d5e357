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
    expect(decode(': hello\n\nevent: a\nid: 1\nretry: 5\ndata: {"n":1}\n\ndata:2\n\nnonsense\n\n')).toEqual([
      { n: 1 },
      2,
    ]);
  });

  it('puts several lines of data together', () => {
    expect(decode('data: {"n":\ndata: 1}\n\n')).toEqual([{ n: 1 }]);
  });

  it('knows all three ends of lines and skips a byte order mark', () => {
    expect(decode('\ufeffdata: 1\r\n\r\ndata: 2\r\rdata: 3\n\n')).toEqual([1, 2, 3]);
  });

  it('gives the same however the bytes are cut', () => {
    const text = '\ufeffdata: "ä 😀"\r\n\r\n: ping\r\rdata: {"a":\rdata: [1]}\n\nevent: x\ndata: "\u2028"\n\n';
    const bytes = Buffer.from(text);
    const whole = decode(bytes);
    expect(whole).toEqual(['ä 😀', { a: [1] }, '\u2028']);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: bytes.length })), (cuts) => {
        const ends = [...cuts.toSorted((a, b) => a - b), bytes.length];
        const chunks = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
        expect(decode(...chunks)).toEqual(whole);
      }),
    );
  });

  it('gives the last event even if the empty line after it is missing', () => {
    expect(decode('data: 1\n\ndata: 2')).toEqual([1, 2]);
  });

  it('stops at the mark, in whatever is there after it', () => {
    expect(decode('data: 1\n\ndata: [DONE]\n\ndata: nonsense\n\n')).toEqual([1]);
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
