import { resolve } from 'node:path';
import { UserError } from '../contract/errors.ts';
import type { RecordedRun } from '../report/formats/recorded-run.ts';
import { writeWholeFile } from '../report/write-whole-file.ts';
import { findAnyRun } from './find-run.ts';
import type { Output } from './output.ts';
import { print } from './output.ts';
import { readRecordedRun } from './read-recorded-run.ts';
import { REPORT_FORMATS } from './report-formats.ts';
import { secrets } from './secrets.ts';
import { stdout } from './standard-streams.ts';

/** The options of `agentpar report`. */
export interface ReportOptions {
  readonly format?: string;
  readonly output?: string;
  readonly otlp?: string;
  readonly otlpContent?: boolean;
}

/** What a report is written in where neither `-f` nor the name of a file says so. */
const DEFAULT_FORMAT = 'markdown';

/**
 * `agentpar report`: a run as a text of some format, from its journal, to a file or to standard output. Returns the exit
 * code.
 *
 * @throws {UserError} if there is no such run or format; with exit code 65 if its journal is damaged, 74 if the file
 *   cannot be written
 */
export async function report(name: string | undefined, options: ReportOptions): Promise<number> {
  const { format, output, otlp } = options;
  const isOnlySent = otlp !== undefined && format === undefined && output === undefined;
  const found = isOnlySent ? undefined : findFormat(format, output);
  const write = await found?.load();
  const run = await readRecordedRun(findAnyRun(name));
  if (otlp !== undefined) await send(run, otlp, options);
  if (!write) return 0;
  const texts = write(run, { withContents: options.otlpContent ?? false });
  if (output !== undefined) {
    await writeWholeFile(resolve(output), found?.isWithoutSecrets ? texts : withoutSecrets(texts));
    return 0;
  }
  const produce = async (print: Output['write']) => {
    for await (const text of texts) await print(text);
  };
  return print(stdout, produce, { isWithoutSecrets: found?.isWithoutSecrets ?? false });
}

/** @throws {UserError} with exit code 74 if not all could be sent */
async function send(
  run: RecordedRun,
  endpoint: string,
  { otlpContent: content = false }: ReportOptions,
): Promise<void> {
  const { sendOtlp } = await import('./send-otlp.ts');
  const problem = await sendOtlp(run, { endpoint, content, environment: process.env });
  if (problem !== undefined) throw new UserError(problem, { exitCode: 74 });
}

function findFormat(format: string | undefined, output: string | undefined) {
  const found = REPORT_FORMATS[format ?? formatOf(output)];
  const known = Object.keys(REPORT_FORMATS).join(', ');
  if (!found) throw new UserError(`Cannot write a report as "${format}": there are ${known}.`);
  return found;
}

function formatOf(output: string | undefined): string {
  if (output === undefined) return DEFAULT_FORMAT;
  const formats = Object.entries(REPORT_FORMATS);
  const fitting = formats.filter(([, { extension }]) => extension !== undefined && output.endsWith(extension));
  // `.trace.json` says more than `.json`.
  const [found] = fitting.toSorted(([, one], [, other]) => lengthOf(other) - lengthOf(one));
  if (found) return found[0];
  throw new UserError(
    `Cannot tell the format of ${output} from its name: say it with -f ${formats.map(([name]) => name).join('|')}.`,
  );
}

function lengthOf({ extension = '' }: (typeof REPORT_FORMATS)[string]): number {
  return extension.length;
}

async function* withoutSecrets(texts: AsyncIterable<string>): AsyncIterable<string> {
  for await (const text of texts) yield secrets.text(text);
}
