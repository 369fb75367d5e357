import fc from 'fast-check';
import { expect, it } from 'vitest';
import { junitReport } from '../../../src/report/formats/junit.ts';
import { faultsOf } from '../../../src/report/formats/verdict.ts';
import { anyToldRun } from '../support/any-told-run.ts';
import { hostileText } from '../support/hostile-text.ts';
import { ToldRun } from '../support/told-run.ts';
import type { Element } from './parse-xml.ts';
import { parseXml } from './parse-xml.ts';
import { recorded, written } from './support.ts';

/** What stands in what, and which attributes it may have, as the schemas of CI servers have it. */
const SHAPE: Readonly<Record<string, { readonly within: string; readonly attributes: readonly string[] }>> = {
  testsuites: { within: '', attributes: ['name', 'tests', 'failures', 'errors', 'time'] },
  testsuite: {
    within: 'testsuites',
    attributes: ['name', 'timestamp', 'tests', 'failures', 'errors', 'skipped', 'time'],
  },
  properties: { within: 'testsuite', attributes: [] },
  property: { within: 'properties', attributes: ['name', 'value'] },
  testcase: { within: 'testsuite', attributes: ['name', 'classname', 'file', 'line', 'time'] },
  failure: { within: 'testcase', attributes: ['type', 'message'] },
  error: { within: 'testcase', attributes: ['type', 'message'] },
  skipped: { within: 'testcase', attributes: [] },
  'system-out': { within: 'testcase', attributes: [] },
};

it('has a case for each prompt: with its answer, what it failed for, where it stands, or that it was not started', async () => {
  const run = new ToldRun({ conversations: 5 }).mode(0);
  run.start(0, 'p1').end(1500, 'p1', { answer: 'Fine & <dry>.', tookMs: 1500 });
  run.start(0, 'p2').end(100, 'p2', { index: 1, status: 'failed', problem: 'no "key"', tookMs: 100 });
  run.start(200, 'p3');
  const suites = parseXml(await written(junitReport, run.events));
  expect(suites.attributes).toMatchObject({ tests: '4', failures: '1', errors: '1' });
  expect(suites.children[0]?.attributes).toMatchObject({ tests: '4', failures: '1', errors: '1', skipped: '1' });
  const cases = suites.children[0]?.children.filter(({ name }) => name === 'testcase') ?? [];
  const shown = cases.map(({ attributes, children }) => ({
    ...attributes,
    children: children.map(({ children: _, ...rest }) => rest),
  }));
  expect(shown).toEqual([
    {
      name: 'p1',
      classname: 'prompts.txt',
      file: 'prompts.txt',
      line: '1',
      time: '1.500',
      children: [{ name: 'system-out', attributes: {}, text: 'Fine & <dry>.' }],
    },
    expect.objectContaining({
      name: 'p2',
      children: [{ name: 'failure', attributes: { type: 'failed', message: 'no "key"' }, text: 'no "key"' }],
    }),
    expect.objectContaining({ name: 'p3', children: [expect.objectContaining({ name: 'error' })] }),
    expect.objectContaining({
      name: '2 prompts that were not started',
      children: [expect.objectContaining({ name: 'skipped' })],
    }),
  ]);
});

it('has a case for each threshold of the whole run', async () => {
  const setup = { cwd: '/', options: { threshold: ['wall<1s', 'p50<5s'] }, fingerprints: NO_FINGERPRINTS };
  const run = new ToldRun({ setup })
    .mode(0)
    .start(0, 'p1')
    .end(2000, 'p1', { tookMs: 2000 })
    .modeEnd(2000)
    .runEnd(2000);
  const suites = parseXml(await written(junitReport, run.events));
  expect(suites.attributes).toMatchObject({ tests: '3', failures: '1' });
  const cases = suites.children[0]?.children.filter(({ attributes }) => attributes['classname'] === 'thresholds');
  expect(cases?.map(({ attributes, children }) => [attributes['name'], children[0]?.attributes['message']])).toEqual([
    ['wall<1s', '2.00 s, 1.00 s above it'],
    ['p50<5s', undefined],
  ]);
});

const NO_FINGERPRINTS = { prompts: '', agents: '', options: '' };

it('goes by what was expected of a prompt, where something was', async () => {
  const [row] = (await recorded(new ToldRun().mode(0).start(0, 'p1').end(1, 'p1', { status: 'refused' }).events)).rows;
  if (!row) throw new Error('there is no row');
  expect(faultsOf(row)).toHaveLength(1);
  expect(faultsOf({ ...row, missed: [] })).toEqual([]);
  const missed = [{ what: 'contains', problem: 'there is no "Oslo" in it' }] as const;
  expect(faultsOf({ ...row, status: 'done', missed })).toEqual([
    { kind: 'expected contains', message: 'there is no "Oslo" in it' },
  ]);
});

it('is well formed and of the usual shape whatever was said', () =>
  fc.assert(
    fc.asyncProperty(anyToldRun(), hostileText, fc.string(), async (told, hostile, text) => {
      told.start(1e6, `x${hostile}`, { source: { file: text, line: 1 } });
      told.end(1e6, `x${hostile}`, {
        index: 99,
        status: 'failed',
        answer: `]]>${hostile}`,
        problem: `"${text}'\n<!--${hostile}`,
      });
      check(parseXml(await written(junitReport, told.events)), '');
    }),
    { numRuns: 60 },
  ));

function check(element: Element, within: string): void {
  const shape = SHAPE[element.name];
  expect(shape?.within).toBe(within);
  expect(shape?.attributes).toEqual(expect.arrayContaining(Object.keys(element.attributes)));
  for (const child of element.children) check(child, element.name);
}
