import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/contract/event.ts';
import type { PageData } from '../../src/report/page/page-data.ts';
import { unpackRun } from '../../src/report/page/unpack-run.ts';
import { fakeRun } from '../report/support/fake-run.ts';
import { openOneProcess } from '../support/one-process.ts';
import { workspace } from '../support/run-agentpar.ts';

const inOneProcess = openOneProcess();

const call = { name: 'get_weather', ms: 500, output: '</script><script>alert(1)</script>' };
const SLOW = fakeRun([{ id: 'p1', prompt: 'Oslo?', answer: '<b>Rain</b>', turns: [{ modelMs: 300, calls: [call] }] }]);
const FAST = fakeRun([{ id: 'p1', turns: [{ modelMs: 150, calls: [call] }] }]);

describe('agentpar report -o report.html', () => {
  it('writes the latest run as a page, which nobody else may read', async () => {
    using place = workspace();
    writeRun(place.path, 'slow', SLOW);
    const { code, stdout, stderr } = await inOneProcess(['report', '-o', 'report.html'], { cwd: place.path });
    expect([code, stdout, stderr]).toEqual([0, '', '']);
    const path = join(place.path, 'report.html');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const page = readFileSync(path, 'utf8');
    expect(page).not.toContain('<script>alert');
    expect(page).not.toMatch(/https?:\/\/|src=|\son\w+=/);
    const [run] = dataOf(page).runs;
    expect(run && unpackRun(run).spans.modes[0]?.conversations[0]).toMatchObject({
      conversation: 'p1',
      status: 'done',
    });
  });

  it('has its own script and style in the page, whole', async () => {
    using place = workspace();
    writeRun(place.path, 'slow', SLOW);
    await inOneProcess(['report', 'slow', '-o', 'slow.html'], { cwd: place.path });
    const page = readFileSync(join(place.path, 'slow.html'), 'utf8');
    for (const name of ['page.js', 'page.css']) {
      expect(page).toContain(readFileSync(join(import.meta.dirname, '../../dist/page', name), 'utf8'));
    }
    expect(page.match(/<\/script/g)).toHaveLength(2);
  });

  it('keeps secrets out that the journal had from elsewhere', async () => {
    using place = workspace();
    const prompt = 'My key is sk-12345678';
    writeRun(place.path, 'leaky', fakeRun([{ id: 'p1', prompt, turns: [{ modelMs: 1 }] }]));
    const env = { OPENAI_API_KEY: 'sk-12345678' };
    await inOneProcess(['report', '-o', 'leaky.html'], { cwd: place.path, env });
    const page = readFileSync(join(place.path, 'leaky.html'), 'utf8');
    expect(page).toContain('My key is [OPENAI_API_KEY]');
    expect(page).not.toContain('sk-12345678');
  });

  it('leaves its script as it is, whatever is secret', async () => {
    using place = workspace();
    writeRun(place.path, 'slow', SLOW);
    const env = { SOME_TOKEN: 'document', OTHER_TOKEN: '{"version"' };
    await inOneProcess(['report', '-o', 'slow.html'], { cwd: place.path, env });
    const page = readFileSync(join(place.path, 'slow.html'), 'utf8');
    expect(page).toContain(readFileSync(join(import.meta.dirname, '../../dist/page/page.js'), 'utf8'));
    expect(dataOf(page).runs).toHaveLength(1);
    const { stdout } = await inOneProcess(['report', '-f', 'html'], { cwd: place.path, env });
    expect(stdout).toBe(page);
  });

  it('says where there is no run, and where the page cannot be written', async () => {
    using place = workspace();
    const none = await inOneProcess(['report', '-f', 'html'], { cwd: place.path });
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('Cannot find a run')]);
    writeRun(place.path, 'slow', SLOW);
    const nowhere = await inOneProcess(['report', '-o', 'no/such/place.html'], { cwd: place.path });
    expect([nowhere.code, nowhere.stderr]).toEqual([
      74,
      expect.stringMatching(/^Cannot write \S*no\/such\/place\.html: /),
    ]);
  });
});

describe('agentpar diff', () => {
  it('compares two runs in the terminal, and in a page with both', async () => {
    using place = workspace();
    writeRun(place.path, 'slow', SLOW);
    writeRun(place.path, 'fast', FAST);
    const { code, stdout } = await inOneProcess(['diff', 'slow', 'fast', '-o', 'diff.html'], { cwd: place.path });
    expect(code).toBe(0);
    expect(stdout).toMatch(/wall time +0\.80 s +0\.65 s +−19 %/);
    expect(stdout).toContain('report: diff.html');
    expect(dataOf(readFileSync(join(place.path, 'diff.html'), 'utf8')).runs).toHaveLength(2);
  });

  it('gives the same as one JSON object', async () => {
    using place = workspace();
    writeRun(place.path, 'slow', SLOW);
    writeRun(place.path, 'fast', FAST);
    const { stdout } = await inOneProcess(['diff', 'slow', 'fast', '--json'], { cwd: place.path });
    const { isSameWork, conversations } = JSON.parse(stdout);
    expect([isSameWork, conversations]).toEqual([true, [{ conversation: 'p1', a: 800, b: 650 }]]);
    expect(existsSync(join(place.path, 'diff.html'))).toBe(false);
  });
});

describe('agentpar explain --timeline', () => {
  it('ends with the conversations over time', async () => {
    using place = workspace();
    writeRun(place.path, 'slow', SLOW);
    const { stdout } = await inOneProcess(['explain', '--timeline'], { cwd: place.path });
    expect(stdout).toMatch(/\n {2}p1 +m+t+ +0\.80 s\n/);
    expect(stdout).toMatch(/\n {2}m model {3}t tools\n$/);
  });
});

function writeRun(place: string, name: string, events: readonly RunEvent[]): void {
  const directory = join(place, '.agentpar/runs', name);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'journal.jsonl'), events.map((event) => `${JSON.stringify(event)}\n`).join(''));
}

function dataOf(page: string): PageData {
  const [, json = ''] = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page) ?? [];
  return JSON.parse(json) as PageData;
}
