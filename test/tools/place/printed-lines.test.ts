import { expect, it } from 'vitest';
import { PrintedLines } from '../../../src/tools/place/printed-lines.ts';

it('A printed line that is too long is cut off, and says so, however many pieces it comes in', () => {
  const lines: string[] = [];
  const printed = new PrintedLines((line) => lines.push(line));
  for (const piece of ['x'.repeat(1999), 'yz', 'z\n', 'x'.repeat(2000), '\nshort']) printed.add(piece);
  printed.end();
  expect(lines).toEqual([`${'x'.repeat(1999)}y…`, 'x'.repeat(2000), 'short']);
});
