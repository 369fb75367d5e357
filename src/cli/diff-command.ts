import { compareRuns } from '../report/diff/compare-runs.ts';
import { renderComparison } from '../report/diff/render-comparison.ts';
import type { PackedRun } from '../report/page/page-data.ts';
import { unpackRun } from '../report/page/unpack-run.ts';
import { createTheme, showsColor } from '../report/theme.ts';
import { writeWholeFile } from '../report/write-whole-file.ts';
import { findAnyRun } from './find-run.ts';
import { packedRun, pageOf } from './html-report.ts';
import { print } from './output.ts';
import { readRecordedRun } from './read-recorded-run.ts';
import { stdout } from './standard-streams.ts';

/** The options of `agentpar diff`. */
export interface DiffOptions {
  readonly output?: string;
  readonly json?: boolean;
  readonly color: boolean;
}

/**
 * `agentpar diff`: two runs compared, from their journals; with `-o` also as a page. Returns the exit code.
 *
 * @throws {UserError} if there is no such run; with exit code 65 if a journal is damaged, 74 if the page cannot be written
 */
export async function diff(names: readonly [a: string, b: string], options: DiffOptions): Promise<number> {
  const { output, json, color } = options;
  const packed = [await readPacked(names[0]), await readPacked(names[1])] as const;
  const [a, b] = [unpackRun(packed[0]).spans, unpackRun(packed[1]).spans];
  const comparison = compareRuns(a, b);
  if (output !== undefined) await writeWholeFile(output, [pageOf(packed)]);
  return print(stdout, async (write) => {
    if (json) return void (await write(`${JSON.stringify({ a: a.runId, b: b.runId, ...comparison })}\n`));
    await write(renderComparison({ a, b, comparison }, createTheme(color && showsColor())));
    if (output !== undefined) await write(`\nreport: ${output}\n`);
  });
}

async function readPacked(name: string): Promise<PackedRun> {
  return packedRun(await readRecordedRun(findAnyRun(name)));
}
