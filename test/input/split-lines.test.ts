import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_PROMPT_BYTES } from '../../src/input/entry.ts';
import type { Line, SplitOptions } from '../../src/input/split-lines.ts';
import { splitLines } from '../../src/input/split-lines.ts';
import { collect } from './prompt-files.ts';

describe.concurrent('splitting bytes into lines', () => {
  test('gives back the lines a file was written from, however it is cut into chunks', async () => {
    const line = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((text) => !/[\n\r\0\ufeff]/.test(text));
    const style = fc.record({
      ending: fc.constantFrom('\n', '\r\n'),
      mark: fc.boolean(),
      lastEnding: fc.boolean(),
      cuts: fc.array(fc.nat({ max: 7 }), { minLength: 1, maxLength: 20 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 20 }), style, async (lines, { ending, mark, lastEnding, cuts }) => {
        const body = lines.map((text, index) => text + (lastEnding || index < lines.length - 1 ? ending : '')).join('');
        const bytes = Buffer.from((mark ? '\ufeff' : '') + body);
        const split = await linesOf(inChunks(bytes, cuts));
        // Without an ending, an empty last line is no line at all.
        const expected = !lastEnding && lines.at(-1) === '' ? lines.slice(0, -1) : lines;
        expect(split).toEqual(expected.map((text, index) => ({ ok: true, number: index + 1, text })));
      }),
      { numRuns: 300 },
    );
  });

  test('ends lines at line feeds only', async () => {
    expect(await textsOf('a\u2028b\rc\u0085d\ve\ff\ng\r\r\n')).toEqual(['a\u2028b\rc\u0085d\ve\ff', 'g\r']);
  });

  test('strips one byte order mark at the start and no other', async () => {
    expect(await textsOf('\ufeff\ufeffa\n\ufeffb')).toEqual(['\ufeffa', '\ufeffb']);
  });

  test('finds no line in nothing, nor in a byte order mark alone', async () => {
    expect(await textsOf('')).toEqual([]);
    expect(await textsOf('\ufeff')).toEqual([]);
    expect(await textsOf('\n')).toEqual(['']);
  });

  test('keeps carriage returns where it is told to', async () => {
    const lines = await linesOf(inChunks(Buffer.from('a\r\nb\r'), [3]), { keepCarriageReturns: true });
    expect(lines.map((line) => line.ok && line.text)).toEqual(['a\r', 'b\r']);
  });

  test('tells which line is not UTF-8, wherever the chunks are cut', async () => {
    const bytes = Buffer.concat([
      Buffer.from('é\n'),
      Buffer.from([0xc3]),
      Buffer.from('\nü\n'),
      Buffer.from([0xf0, 0x9f]),
    ]);
    for (let size = 1; size <= bytes.length; size++) {
      const lines = await linesOf(inChunks(bytes, [size]));
      expect(lines.map((line) => (line.ok ? line.text : line.number))).toEqual(['é', 2, 'ü', 4]);
      expect(problemsIn(lines)[0]).toMatch(/not valid UTF-8.*iconv -f windows-1252 -t utf-8/);
    }
  });

  test('tells the line with a NUL byte from its neighbours', async () => {
    const lines = await linesOf(inChunks(Buffer.from('fine, and long enough\nb\0d\nfine\n'), [100]));
    expect(lines.map((line) => (line.ok ? line.text : line.number))).toEqual(['fine, and long enough', 2, 'fine']);
    expect(problemsIn(lines)[0]).toMatch(/NUL byte.*iconv -f utf-16 -t utf-8/);
  });

  test('takes nothing but NUL bytes for a bad line, not for an encoding', async () => {
    expect(problemsIn(await linesOf(inChunks(Buffer.alloc(100), [7])))).toEqual([expect.stringContaining('NUL byte')]);
  });

  test.for([
    ['UTF-16, little end first, with its mark', Buffer.from('\ufeffHi\nthere\n', 'utf16le'), 'utf-16'],
    ['UTF-16, big end first, with its mark', Buffer.from('\ufeffHi\nthere\n', 'utf16le').swap16(), 'utf-16'],
    ['UTF-16, little end first, without a mark', Buffer.from('Hi\nthere\n', 'utf16le'), 'utf-16le'],
    ['UTF-16, big end first, without a mark', Buffer.from('Hi\nthere\n', 'utf16le').swap16(), 'utf-16be'],
    ['UTF-32 with its mark', Buffer.from([0xff, 0xfe, 0, 0, 0x48, 0, 0, 0]), 'utf-32'],
  ] as const)('says how to convert %s', async ([, bytes, encoding]) => {
    for (const size of [1, 3, 100]) {
      const lines = await linesOf(inChunks(bytes, [size]));
      expect(lines).toHaveLength(1);
      expect(problemsIn(lines)[0]).toContain(`iconv -f ${encoding} -t utf-8`);
    }
  });

  test('takes a line of exactly 10 MiB and refuses one byte more, keeping count of lines', async () => {
    const most = 10 * 1024 * 1024;
    const bytes = Buffer.concat([
      Buffer.alloc(most, 'x'),
      Buffer.from('\n'),
      Buffer.alloc(most + 1, 'y'),
      Buffer.from('\nz'),
    ]);
    for (const size of [65_536, bytes.length]) {
      const lines = await linesOf(inChunks(bytes, [size]));
      expect(lines.map((line) => (line.ok ? line.text.length : line.problem))).toEqual([
        most,
        'Cannot read the line: it is longer than 10 MiB. Split it, leave it out, or raise --max-prompt.',
        1,
      ]);
      expect(lines.map(({ number }) => number)).toEqual([1, 2, 3]);
    }
  });
});

async function textsOf(text: string): Promise<(string | false)[]> {
  return (await linesOf(inChunks(Buffer.from(text), [4]))).map((line) => line.ok && line.text);
}

async function linesOf(chunks: AsyncIterable<Uint8Array>, options: Partial<SplitOptions> = {}): Promise<Line[]> {
  return (await collect(splitLines(chunks, { maxBytes: MAX_PROMPT_BYTES, ...options }))).flat();
}

function problemsIn(lines: readonly Line[]): string[] {
  return lines.flatMap((line) => (line.ok ? [] : [line.problem]));
}

/** The bytes in chunks of these sizes, over and over; a size of 0 makes an empty chunk. */
async function* inChunks(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  const cycle = sizes.some((size) => size > 0) ? sizes : [1];
  for (let from = 0, turn = 0; from < bytes.length; turn++) {
    const size = cycle[turn % cycle.length] ?? 1;
    yield bytes.subarray(from, from + size);
    from += size;
  }
}
