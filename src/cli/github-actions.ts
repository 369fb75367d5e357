import { appendFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import type { BenchReport } from '../bench/bench-report.ts';
import { benchSummary } from '../bench/bench-summary.ts';
import { nameOf } from '../bench/setting.ts';
import { markdownReport } from '../report/formats/markdown.ts';
import type { RecordedRun } from '../report/formats/recorded-run.ts';
import { faultsOf } from '../report/formats/verdict.ts';
import type { ThresholdResult } from '../report/judge-thresholds.ts';
import { showCounted } from '../report/show-number.ts';
import { secrets } from './secrets.ts';
import { tell } from './tell.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** GitHub shows no more of a kind for a step. */
const MOST_ANNOTATIONS = 10;
/** More than 1 MiB in a step's summary is an error. */
const LONGEST_SUMMARY_BYTES = 1_000_000;

/** Marks what did not succeed at its place in the prompts files, and adds a summary of the run to the job's page. */
export async function tellGithub(run: RecordedRun, environment: Environment): Promise<void> {
  for (const line of annotations(run, environment)) tell(line);
  let summary = '';
  for await (const text of markdownReport(run)) summary += text;
  await addSummary(summary, environment);
}

/** Marks thresholds that were missed and runs that did not do the whole work, and adds how the settings compare to the job's page. */
export async function tellGithubOfBench(report: BenchReport, environment: Environment): Promise<void> {
  for (const line of benchAnnotations(report)) tell(line);
  await addSummary(benchSummary(report), environment);
}

async function addSummary(text: string, environment: Environment): Promise<void> {
  const path = environment['GITHUB_STEP_SUMMARY'];
  if (path === undefined || path === '') return;
  const summary = `${secrets.text(text)}\n`;
  if (Buffer.byteLength(summary) > LONGEST_SUMMARY_BYTES) {
    tell('Cannot add a summary to the page of the job: it would be longer than GitHub takes.');
    return;
  }
  await appendFile(path, summary);
}

/** A line for each threshold that was missed, and for each fault, in prompt order: https://docs.github.com/actions/reference/workflow-commands-for-github-actions */
export function annotations({ rows, thresholds }: RecordedRun, environment: Environment): readonly string[] {
  const missed = missedThresholds(thresholds);
  const most = MOST_ANNOTATIONS - missed.length;
  const faults = rows.flatMap((row) => faultsOf(row).map((fault) => ({ ...fault, row })));
  const isAll = faults.length <= most;
  const lines = faults.slice(0, isAll ? most : Math.max(0, most - 1)).map(({ kind, message, row }) => {
    const { file, line } = row.source;
    const place = file === '' || file === '-' ? {} : { file: inWorkspace(file, environment), line: String(line) };
    return command({ ...place, title: `${row.id}: ${kind}` }, message);
  });
  if (isAll) return [...missed, ...lines];
  const left = faults.length - lines.length;
  return [...missed, ...lines, command({ title: 'agentpar' }, `${left} more are in the summary of the job`)];
}

/** A line for each threshold that was missed, and for each setting of which runs were left out. */
export function benchAnnotations({ thresholds, comparison }: BenchReport): readonly string[] {
  const leftOut = comparison.settings.flatMap(({ setting, leftOut: [first, ...others] }) => {
    if (!first) return [];
    const text = `${showCounted(1 + others.length, 'run')} left out: ${first.problem ?? ''}`;
    return [command({ title: nameOf(setting) }, text)];
  });
  return [...missedThresholds(thresholds), ...leftOut].slice(0, MOST_ANNOTATIONS);
}

function missedThresholds(thresholds: readonly ThresholdResult[]): readonly string[] {
  return thresholds
    .filter(({ isMet }) => !isMet)
    .map(({ threshold, text }) => command({ title: `threshold ${threshold.text}` }, text));
}

function inWorkspace(file: string, { GITHUB_WORKSPACE: workspace = '' }: Environment): string {
  return relative(workspace === '' ? process.cwd() : workspace, resolve(file));
}

function command(properties: Readonly<Record<string, string>>, message: string): string {
  const named = Object.entries(properties).map(([name, value]) => `${name}=${escapedProperty(value)}`);
  return `::error ${named.join(',')}::${escaped(message)}`;
}

function escaped(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapedProperty(text: string): string {
  return escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
