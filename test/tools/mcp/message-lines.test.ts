import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutLines } from '../../../src/tools/mcp/message-lines.ts';

function cut(text: string, sizes: readonly number[], maxBytes = 1000) {
  const lines: string[] = [];
  const oversized: { readonly edges: string; readonly bytes: number }[] = [];
  const take = cutLines({
    maxBytes,
    onLine: (line) => void lines.push(line),
    onOversized: (edges, bytes) => void oversized.push({ edges, bytes }),
  });
  let rest = Buffer.from(text);
  let unfinished = 0;
  for (let i = 0; rest.length > 0; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    unfinished = take(rest.subarray(0, size));
    rest = rest.subarray(size);
  }
  return { lines, oversized, unfinished };
}

const sizes = fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1, maxLength: 8 });

describe('Cutting a stream into lines', () => {
  it('gives the same lines wherever the stream is broken', () => {
    const lines = fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '日', '😀', ' ') }));
    fc.assert(
      fc.property(lines, sizes, (texts, chunks) => {
        const expected = texts.map((text) => text.trim()).filter((text) => text !== '');
        expect(cut(texts.map((text) => `${text}\r\n`).join(''), chunks).lines).toEqual(expected);
      }),
    );
  });

  it('keeps the edges of a line that is too long, wherever the stream is broken, and the next line whole', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1001, max: 9000 }), sizes, (bytes, chunks) => {
        const { lines, oversized } = cut(`${`(${'-'.repeat(bytes - 2)})`}\nnext\n`, chunks);
        expect(lines).toEqual(['next']);
        expect(oversized).toEqual([{ edges: expect.stringMatching(/^\(-+\)$/), bytes }]);
        expect(oversized[0]?.edges.length).toBe(512);
      }),
    );
  });

  it('tells how much of a line has come without an end', () => {
    expect(cut('whole\nhalf', [3])).toEqual({ lines: ['whole'], oversized: [], unfinished: 4 });
  });
});
