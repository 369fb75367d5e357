import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/contract/event.ts';
import type { RunExplanation } from '../../src/report/explain/explain-run.ts';
import { fakeRun } from '../report/support/fake-run.ts';
import { inOneProcess } from '../support/one-process.ts';
import { workspace } from '../support/run-agentpar.ts';

/** A run in its place under the working directory, or elsewhere. */
function keep(cwd: string, name: string, events: readonly RunEvent[], place = '.agentpar/runs'): string {
  const path = join(cwd, place, name);
  mkdirSync(path, { recursive: true });
  const journal = join(path, 'journal.jsonl');
  writeFileSync(journal, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  return journal;
}

const run = (runId: string, count: number): RunEvent[] => {
  const turns = [{ modelMs: 100, calls: [{ name: 'get_weather', ms: 1000 }] }, { modelMs: 60 }];
  const conversations = Array.from({ length: count }, (_, index) => ({ id: `p${index + 1}`, turns }));
  return fakeRun(conversations).map((event) => (event.kind === 'run_start' ? { ...event, runId } : event));
};

describe.concurrent('agentpar explain', () => {
  it('explains a real run from its journal as its end did in short', async () => {
    using at = workspace({ 'p.txt': 'What is the weather in Oslo?\nWhat is 6 times 7?\nWhat is 9 times 7?\n' });
    const args = ['run', 'p.txt', '-j', '1', '--sim', 'ttft=20'];
    const short = (await inOneProcess(args, { cwd: at.path })).stdout;
    expect(short).toMatch(
      /\nWhere the time went {3}more: agentpar explain\n {2}(tools|model) \d+ %, .* of the conversations' time; \d\.\d of 1 slots in use on average\n {2}at best \d\.\d\d s, estimated: .*\n/,
    );
    const { code, stdout } = await inOneProcess(['explain'], { cwd: at.path });
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^agentpar explain \d{8}-\d{6}-p {3}3 conversations, 1 at once, sim\/offline\n\nWhere the time/,
    );
    // One slot holds all of them, one after the other.
    expect(stdout).toMatch(/\n {2}.* p1 .*\n(.*\n)*? {2}.* p2 .*\n(.*\n)*? {2}.* p3 .*\n(.*\n)*? {2}in sum: /);
  });

  it('takes the latest run, or the one that is named, and changes nothing', async () => {
    using at = workspace();
    const journal = keep(at.path, '20260101-000000-old', run('20260101-000000-old', 2));
    keep(at.path, '20260102-000000-new', run('20260102-000000-new', 3));
    keep(at.path, 'elsewhere', run('elsewhere', 4), '.');
    appendFileSync(journal, '{"torn');
    const before = readFileSync(journal);
    const first = async (...args: string[]) =>
      (await inOneProcess(['explain', ...args], { cwd: at.path })).stdout.split('\n')[0];
    expect(await first()).toMatch(/^agentpar explain 20260102-000000-new {3}3 conversations/);
    expect(await first('20260101-000000-old')).toMatch(/^agentpar explain 20260101-000000-old {3}2 conversations/);
    expect(await first('./elsewhere')).toMatch(/^agentpar explain elsewhere {3}4 conversations/);
    expect(readFileSync(journal)).toEqual(before);
  });

  it('says everything to machines, as one line of JSON', async () => {
    using at = workspace();
    keep(at.path, 'run', run('run', 5));
    const { stdout } = await inOneProcess(['explain', '--json'], { cwd: at.path });
    expect(stdout.trimEnd()).not.toContain('\n');
    const { modes } = JSON.parse(stdout) as RunExplanation;
    expect(modes).toMatchObject([
      { wallMs: 2320, ceiling: { ms: 1160 }, advice: [{ kind: 'concurrency', setting: 5 }] },
    ]);
  });

  it('says what is wrong with a run, and with none', async () => {
    using at = workspace();
    const none = await inOneProcess(['explain'], { cwd: at.path });
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('Cannot find a run: there is none here yet')]);
    const unknown = await inOneProcess(['explain', 'nope'], { cwd: at.path });
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('Cannot use the run nope')]);
    const [start, ...rest] = run('run', 2);
    keep(at.path, 'damaged', [...(start ? [start] : []), ...rest.slice(1)]);
    const damaged = await inOneProcess(['explain'], { cwd: at.path });
    expect([damaged.code, damaged.stderr]).toEqual([65, expect.stringContaining('it is damaged at line 2')]);
    keep(at.path, 'empty', []);
    const empty = await inOneProcess(['explain'], { cwd: at.path });
    expect([empty.code, empty.stderr]).toEqual([2, expect.stringContaining('it had not begun')]);
  });
});
