import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { lastLinesOf } from '../../../src/tools/mcp/last-lines.ts';

it('The last lines of a stream begin with a whole word where they are cut off', async () => {
  const stream = new PassThrough();
  const lastLines = lastLinesOf(stream);
  stream.end(`first\n${'word '.repeat(10)}my-long-secret ${'x'.repeat(490)}\n`);
  await once(stream, 'end');
  expect(lastLines()).toBe(`… ${'x'.repeat(490)}`);
});
