import { relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/contract/errors.ts';
import { checkHomes } from '../../../src/tools/place/tool-home.ts';
import { toolFile, toolOf } from './support/tool-file.ts';

const make = (name: string) =>
  `defineTool({ name: '${name}', description: '', parameters: { type: 'object' }, run: () => 1 })`;
const file = toolFile(
  'homes.js',
  `export const alone = ${make('alone')};
   export { alone as again };
   export const listed = [${make('listed')}];
   const helper = { tools: [${make('helper')}], get handoffs() { return [team]; } };
   export const team = { tools: [${make('member')}, ${make('twice')}], handoffs: [helper] };
   export const other = { tools: [${make('twice')}], handoffs: [] };`,
);
const threaded = (name: string, source: string | undefined = file) => toolOf(source, name, { thread: true });

describe('A tool that is to run in a thread or process', () => {
  it('is found by itself, in a list, in an agent and in those that it hands off to', async () => {
    await checkHomes(['alone', 'listed', 'member', 'helper'].map((name) => threaded(name)));
    await checkHomes([threaded('alone', relative(process.cwd(), file)), threaded('get_weather', 'built-in')]);
  });

  it.each([
    ['is not exported', threaded('absent'), 'thread: its file does not export it'],
    ['shares its name', threaded('twice'), 'thread: its file has 2 tools of that name'],
    ['is built in and bound to a run', threaded('read_file', 'built-in'), 'thread: it is built in, and only runs'],
    ['comes from a server', threaded('remote', 'mcp:files'), 'thread: it comes from mcp:files, not from a file'],
    [
      'was made by a program',
      toolOf(undefined, 'made', { isolate: 'process' }),
      'process of its own: it is not known which file it comes from',
    ],
  ])('is refused when it %s', async (_what, tool, problem) => {
    const check = checkHomes([tool]);
    await expect(check).rejects.toBeInstanceOf(UserError);
    await expect(check).rejects.toThrow(`Cannot run tool "${tool.spec.name}" in a ${problem}`);
  });

  it('may come from anywhere if it runs in the event loop', async () => {
    await checkHomes([toolOf(undefined, 'made', {}), toolOf('mcp:files', 'remote', {})]);
  });
});
