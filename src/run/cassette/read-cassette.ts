import type { CassetteHeader, CassetteRecord } from '../../contract/cassette.ts';
import { CASSETTE_FORMAT } from '../../contract/cassette.ts';
import { messageOf, UserError } from '../../contract/errors.ts';
import { readLines } from '../read-lines.ts';

/** A record and where it stands: `line` counts from 1, the rest is in bytes. */
export interface Placed {
  readonly record: CassetteRecord;
  readonly line: number;
  readonly offset: number;
  readonly length: number;
}

const KINDS: ReadonlySet<string> = new Set<CassetteRecord['kind']>([
  'cassette',
  'exchange',
  'tool',
  'approval',
  'tools',
  'end',
]);

/**
 * The records of a cassette, one after the other, the header first. A last line that was cut off by a crash is left out,
 * and `onTorn` is told where it begins.
 *
 * @throws {UserError} with exit code 65 if it is no cassette, of a newer format, or damaged anywhere else
 */
export async function* readCassette(
  path: string,
  onTorn: (byteOffset: number) => void = () => {},
): AsyncGenerator<Placed, void, void> {
  let line = 0;
  for await (const { text, offset, isWhole } of linesOf(path)) {
    line += 1;
    if (!isWhole) return onTorn(offset);
    if (text === '') continue;
    const record = parsed(text);
    if (line === 1) checkHeader(path, record);
    if (!record) throw unreadable(path, `line ${line} is no record of a cassette. Mend the line, or record anew.`);
    yield { record, line, offset, length: Buffer.byteLength(text) };
  }
  if (line === 0) throw unreadable(path, 'it is empty. Record one with --record.');
}

async function* linesOf(path: string): ReturnType<typeof readLines> {
  try {
    yield* readLines(path);
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    const reason = isMissing ? 'there is no such file' : messageOf(cause);
    throw new UserError(`Cannot read the cassette ${path}: ${reason}. Record one with --record ${path}.`, { cause });
  }
}

function checkHeader(path: string, record: CassetteRecord | undefined): asserts record is CassetteHeader {
  if (record?.kind !== 'cassette') throw unreadable(path, 'it is no cassette. Record one with --record.');
  if (record.format > CASSETTE_FORMAT) {
    const known = `this version knows ${CASSETTE_FORMAT}. Use a newer agentpar.`;
    throw unreadable(path, `it is in format ${record.format}, and ${known}`);
  }
}

function parsed(text: string): CassetteRecord | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const kind = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;
    return typeof kind === 'string' && KINDS.has(kind) ? (value as CassetteRecord) : undefined;
  } catch {
    return undefined;
  }
}

function unreadable(path: string, why: string): UserError {
  return new UserError(`Cannot read the cassette ${path}: ${why}`, { exitCode: 65 });
}
