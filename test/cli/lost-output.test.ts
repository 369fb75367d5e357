import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { agentpar, BIN, workspace } from '../support/run-agentpar.ts';

it.runIf(existsSync('/dev/full')).each([['--version'], ['run', '--help']])(
  'What a full device loses is not taken for told: %s %s',
  (...args) => {
    const full = openSync('/dev/full', 'w');
    const { status } = spawnSync(process.execPath, [BIN, ...args], { stdio: ['ignore', full, 'ignore'] });
    closeSync(full);
    expect(status).toBe(74);
  },
);

it('Answers that could not be written are no lost ones: the run is told of, and a resume writes them', async () => {
  using at = workspace({ 'p.txt': 'What is the weather in Oslo?\n', 'tools.mjs': BLOCKS });
  const args = ['run', 'p.txt', '--tools', 'tools.mjs', '--out', 'out', '-o', 'there/answers.md'];
  mkdirSync(join(at.path, 'there'));
  writeFileSync(join(at.path, 'there/answers.md'), 'of an earlier run');
  const { code, stdout, stderr } = await agentpar(args, { cwd: at.path });
  expect(code).toBe(74);
  expect(stdout).toContain('1 conversation: 1 done');
  expect(stderr).toMatch(/^Cannot write there\/answers\.md: ENOENT.* Everything is kept; .* agentpar resume out\n$/);
  renameSync(join(at.path, 'elsewhere'), join(at.path, 'there'));
  expect((await agentpar(['resume', 'out'], { cwd: at.path })).code).toBe(0);
  expect(readFileSync(join(at.path, 'there/answers.md'), 'utf8')).toContain('fine in Oslo');
});

/** A tool that takes away the directory that answers are to be written to. */
const BLOCKS = `
  import { renameSync } from 'node:fs';
  import { defineTool } from 'agentpar';
  export const weather = defineTool({
    name: 'get_weather', description: 'The weather in a city.',
    parameters: { type: 'object', properties: { city: { type: 'string' } } },
    run: ({ city }) => { renameSync('there', 'elsewhere'); return 'fine in ' + city; },
  });`;
