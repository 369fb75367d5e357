import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/contract/event.ts';
import { agentpar, workspace } from '../support/run-agentpar.ts';

const tool = (body: string) => `
  import { defineTool } from 'agentpar';
  export const weather = defineTool({
    name: 'get_weather', description: 'The weather in a city.',
    parameters: { type: 'object', properties: { city: { type: 'string' } } },
    run: async ({ city }) => { if (city === 'Oslo') { ${body} } return 'fine in ' + city; },
  });`;
const PROMPTS = 'What is the weather in Oslo?\nWhat is the weather in Rome?\n';

describe.concurrent('A tool', () => {
  it.each([
    ['exits the process', 'process.exit(0);'],
    ['exits it later', 'setTimeout(() => process.exit(0)); await new Promise((done) => setTimeout(done, 50));'],
    [
      'leaves an error behind that cannot even be looked at',
      'Promise.reject(new Proxy(new Error(), { get() { throw 1; }, getPrototypeOf() { throw 2; } }));',
    ],
  ])('that %s does not end the run', async (_, body) => {
    using at = workspace({ 'p.txt': PROMPTS, 'tools.mjs': tool(body) });
    const { code, stdout } = await agentpar(['run', 'p.txt', '--tools', 'tools.mjs', '--out', 'out'], { cwd: at.path });
    expect(code).toBe(0);
    expect(stdout).toContain('2 conversations: 2 done');
    expect(stdout).toMatch(/it called process\.exit\(0\)|something that cannot be shown/);
    const events = readFileSync(join(at.path, 'out/journal.jsonl'), 'utf8').trimEnd().split('\n');
    expect((JSON.parse(events.at(-1) ?? '') as RunEvent).kind).toBe('run_end');
  });
});
