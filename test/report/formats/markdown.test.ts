import fc from 'fast-check';
import { expect, it } from 'vitest';
import { markdownReport } from '../../../src/report/formats/markdown.ts';
import { hostileIn, hostileText } from '../support/hostile-text.ts';
import { ToldRun } from '../support/told-run.ts';
import { written } from './support.ts';

it('says how many succeeded, where the time went, and what failed where', async () => {
  const run = new ToldRun({ conversations: 2 }).mode(0);
  run.start(0, 'p1').ask(0, 'p1').answer(1000, 'p1', { tookMs: 1000 }).end(1000, 'p1', { tookMs: 1000 });
  run.start(0, 'p2', { source: { file: 'cities.txt', line: 7 } });
  run.end(500, 'p2', { index: 1, status: 'failed', problem: 'no key' }).modeEnd(1000).runEnd(1000);
  const text = await written(markdownReport, run.events);
  expect(text).toContain('1 of 2 conversations succeeded');
  expect(text).toContain('| <code>p2</code> | failed | <code>no key</code> | <code>cities.txt:7</code> |');
  expect(text).toMatch(/\| model \| 1.00 s \| \d+ % \|/);
  expect(text).toMatch(/\| parallel \| 1.00 s \|/);
});

it('says what came of thresholds, which decide alone of how many may fail', async () => {
  const told = async (threshold: readonly string[]) => {
    const setup = { cwd: '/', options: { threshold }, fingerprints: { prompts: '', agents: '', options: '' } };
    const run = new ToldRun({ setup }).mode(0).start(0, 'p1').end(2000, 'p1', { tookMs: 2000, status: 'failed' });
    return written(markdownReport, run.modeEnd(2000).runEnd(2000).events);
  };
  const text = await told(['failed<=100%', 'wall<1s']);
  expect(text).toContain('❌ agentpar: 0 of 1 conversation');
  expect(text).toContain('| met | <code>failed&#60;=100%</code> | 100 % |\n');
  expect(text).toContain('| ❌ missed | <code>wall&#60;1s</code> | 2.00 s, 1.00 s above it |\n');
  expect(await told(['failed<=100%'])).toContain('✅ agentpar: 0 of 1 conversation');
  expect(await told([])).toContain('❌ agentpar: 0 of 1 conversation');
});

it('says of a replay what it is, and what its times are', async () => {
  const run = new ToldRun({ replay: { cassette: 'tape.jsonl', time: 'virtual' } }).mode(0).start(0, 'p1').end(5, 'p1');
  const text = await written(markdownReport, run.modeEnd(5).runEnd(5).events);
  expect(text).toContain(' · replayed from tape.jsonl, in virtual time\n');
});

it('lets nothing that was said break out of its cell, link, mention or hide', () =>
  fc.assert(
    fc.asyncProperty(
      fc.oneof(
        hostileText,
        fc.string({
          unit: fc.constantFrom('|', '\\', '`', '<', '@', '#', '*', '_', '[', ']', '(', ')', '&', '!', '\n', 'a'),
        }),
      ),
      async (said) => {
        const run = new ToldRun({ files: [`f${said}`], agent: `a${said}`, model: `m${said}` }).mode(0);
        run.start(0, `p${said}`, { source: { file: `f${said}`, line: 1 } });
        run.end(1, `p${said}`, {
          status: 'failed',
          problem: `w${said} https://x.example www.x.example`,
          agent: `a${said}`,
        });
        const text = await written(markdownReport, run.modeEnd(1).runEnd(1).events);
        expect(hostileIn(text, '\n')).toEqual([]);
        for (const [, inside = ''] of text.matchAll(/<code>(.*?)<\/code>/g)) {
          expect(inside.replace(/&#\d+;/g, '')).not.toMatch(/[\\`*_{}[\]<>#!|&~$^@]|:\/\/|www\./);
        }
        // Beside what was said there are no marks but the report's own.
        const own = text.replace(/<code>.*?<\/code>/g, 'x');
        expect(own).not.toMatch(/[\\`@[\]]/);
        expect(
          own
            .split('\n')
            .filter((line) => line.startsWith('| x |'))
            .map((line) => line.split('|').length),
        ).toEqual([6, 11]);
      },
    ),
    { numRuns: 100 },
  ));
