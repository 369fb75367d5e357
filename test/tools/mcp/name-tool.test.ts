import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameTool } from '../../../src/tools/mcp/name-tool.ts';

describe("A server's tool's name", () => {
  it.each([
    ['read_file', 'read_file'],
    ['files/read.now', 'files_read_now'],
    ['2nd', '_2nd'],
    ['größe', 'gr__e'],
    ['x'.repeat(80), 'x'.repeat(64)],
  ])('%s becomes %s', (name, expected) => {
    expect(nameTool(name, 'server', new Set())).toBe(expected);
  });

  it('gets the server before it if it is taken, then a number behind it', () => {
    const taken = new Set(['read']);
    expect(nameTool('read', 'my files', taken)).toBe('my_files_read');
    taken.add('my_files_read');
    expect(nameTool('read', 'my files', taken)).toBe('my_files_read_2');
  });

  it('is always one that vendors accept and nobody has', () => {
    const texts = fc.array(fc.tuple(fc.string(), fc.constantFrom('a', 'b', 'x'.repeat(64))), { maxLength: 30 });
    fc.assert(
      fc.property(texts, (names) => {
        const taken = new Set<string>();
        for (const [name, server] of names) {
          const given = nameTool(name, server, taken);
          expect(given).toMatch(/^[A-Za-z_][A-Za-z0-9_-]{0,63}$/);
          expect(taken).not.toContain(given);
          taken.add(given);
        }
      }),
    );
  });
});
