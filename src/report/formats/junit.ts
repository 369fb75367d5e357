import { showBlock } from '../show-text.ts';
import { timedOf } from '../spans/replay-words.ts';
import type { RecordedRun } from './recorded-run.ts';
import type { Fault, Unfinished } from './verdict.ts';
import { faultsOf, unfinishedOf } from './verdict.ts';

type Row = RecordedRun['rows'][number];

/** A run as JUnit XML, as continuous integration reads it: a suite with a test case for each prompt, its answer as output. */
export async function* junitReport(run: RecordedRun): AsyncIterable<string> {
  const { spans, rows, thresholds } = run;
  const unfinished = unfinishedOf(run);
  const faulty = rows.filter((row) => faultsOf(row).length > 0).length;
  const counts = {
    tests: rows.length + thresholds.length + unfinished.open.length + (unfinished.notStarted > 0 ? 1 : 0),
    failures: faulty + thresholds.filter(({ isMet }) => !isMet).length,
    errors: unfinished.open.length,
    time: seconds(wallMs(run)),
  };
  const skipped = unfinished.notStarted > 0 ? 1 : 0;
  yield '<?xml version="1.0" encoding="UTF-8"?>\n';
  // Schemas know no skipped ones here.
  yield `<testsuites${attributes({ name: 'agentpar', ...counts })}>\n`;
  const timestamp = spans.startedAt.replace(/(\.\d+)?Z$/, '');
  yield `  <testsuite${attributes({ name: spans.runId, timestamp, ...counts, skipped })}>\n`;
  yield `    <properties>\n${properties(run)}    </properties>\n`;
  for (const row of rows) yield testCase(row);
  yield* unfinishedCases(unfinished);
  for (const threshold of thresholds) yield thresholdCase(threshold);
  yield '  </testsuite>\n</testsuites>\n';
}

function wallMs({ spans }: RecordedRun): number {
  const mode = spans.modes.at(-1);
  return mode ? mode.endMs - mode.startMs : 0;
}

function properties({ spans }: RecordedRun): string {
  const { version, model, agent, files, stopped } = spans;
  const concurrency = spans.modes.at(-1)?.allowed.at(-1)?.concurrency;
  const all = { version, model, agent, files: files.join(' '), concurrency, timed: timedOf(spans), stopped };
  return Object.entries(all)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `      <property${attributes({ name, value })}/>\n`)
    .join('');
}

function testCase(row: Row): string {
  const { id, source, times, answer } = row;
  const place = source.file === '' ? {} : { file: source.file, line: source.line };
  const about = { name: id, classname: source.file || 'prompts', ...place, time: seconds(times.tookMs) };
  const body = [
    ...faultsOf(row).map(failure),
    ...(answer === '' ? [] : [`      <system-out>${escaped(answer)}</system-out>\n`]),
  ].join('');
  return body === ''
    ? `    <testcase${attributes(about)}/>\n`
    : `    <testcase${attributes(about)}>\n${body}    </testcase>\n`;
}

/** What the whole run was held to. */
function thresholdCase({ threshold, isMet, text }: RecordedRun['thresholds'][number]): string {
  const about = attributes({ name: threshold.text, classname: 'thresholds', time: seconds(0) });
  if (isMet) return `    <testcase${about}/>\n`;
  return `    <testcase${about}>\n${failure({ kind: 'missed', message: text })}    </testcase>\n`;
}

function failure({ kind, message }: Fault): string {
  return `      <failure${attributes({ type: kind, message })}>${escaped(message)}</failure>\n`;
}

function* unfinishedCases({ open, notStarted }: Unfinished): Iterable<string> {
  for (const id of open) {
    const error = attributes({ type: 'open', message: 'Its conversation was begun and has not ended.' });
    yield `    <testcase${attributes({ name: id, classname: 'prompts', time: seconds(0) })}>\n      <error${error}/>\n    </testcase>\n`;
  }
  if (notStarted === 0) return;
  const name = `${notStarted} ${notStarted === 1 ? 'prompt' : 'prompts'} that were not started`;
  yield `    <testcase${attributes({ name, classname: 'prompts', time: seconds(0) })}>\n      <skipped/>\n    </testcase>\n`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

function attributes(values: Readonly<Record<string, string | number | undefined>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(String(value)).replaceAll('\n', '&#10;').replaceAll('\t', '&#9;')}"`)
    .join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Text as it may stand in XML: what is no character there, or cannot be seen, is shown as `\u{…}`. */
function escaped(text: string): string {
  return showBlock(text)
    .replace(/[\ufffe\uffff]/g, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`)
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
