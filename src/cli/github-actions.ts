import { appendFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { markdownReport } from '../report/formats/markdown.ts';
import type { RecordedRun } from '../report/formats/recorded-run.ts';
import { faultsOf } from '../report/formats/verdict.ts';
import { secrets } from './secrets.ts';
import { tell } from './tell.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** More of a kind are not shown for a step. */
const MOST_ANNOTATIONS = 10;
/** More than 1 MiB in a step's summary is an error. */
const LONGEST_SUMMARY_BYTES = 1_000_000;

/** Marks what did not succeed at its place in the prompts files, and adds a summary of the run to the job's page. */
export async function tellGithub(run: RecordedRun, environment: Environment): Promise<void> {
  for (const line of annotations(run, environment)) tell(line);
  const path = environment['GITHUB_STEP_SUMMARY'];
  if (path === undefined || path === '') return;
  let summary = '';
  for await (const text of markdownReport(run)) summary += text;
  summary = `${secrets.text(summary)}\n`;
  if (Buffer.byteLength(summary) > LONGEST_SUMMARY_BYTES) {
    tell('Cannot add a summary to the page of the job: it would be longer than GitHub takes.');
    return;
  }
  await appendFile(path, summary);
}

/** A line for each threshold that was missed, and for each fault, in prompt order: https://docs.github.com/actions/reference/workflow-commands-for-github-actions */
export function annotations({ rows, thresholds }: RecordedRun, environment: Environment): readonly string[] {
  const missed = thresholds
    .filter(({ isMet }) => !isMet)
    .map(({ threshold, text }) => command({ title: `threshold ${threshold.text}` }, text));
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
