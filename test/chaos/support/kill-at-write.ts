import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

// Loaded before the program: ends it with SIGKILL at the n-th write to its journal, as `KILL_AT_WRITE` says:
// `before 3`, `within 3` (half of the line is written), `after 3`. At `full 3` the disk is full in the middle of the third
// write and stays so, and the program lives.
const [part, number] = (process.env['KILL_AT_WRITE'] ?? '').split(' ');
const { openSync, writeSync } = fs;
const journals = new Set<number>();
let writes = 0;

fs.openSync = (...args) => {
  const file = openSync(...args);
  if (String(args[0]).endsWith('journal.jsonl')) journals.add(file);
  return file;
};

fs.writeSync = (file: number, ...rest: unknown[]) => {
  const write = (...given: unknown[]): number => Reflect.apply(writeSync, fs, [file, ...given]) as number;
  const left = Number(number) - (journals.has(file) ? ++writes : 0);
  if (left > 0 || (left < 0 && part !== 'full')) return write(...rest);
  const [line, offset = 0] = rest;
  if (part === 'full') {
    if (left === 0 && offset === 0 && line instanceof Uint8Array) return write(line.subarray(0, line.length / 2));
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  }
  if (part === 'after') write(...rest);
  if (part === 'within' && line instanceof Uint8Array) write(line.subarray(0, line.length / 2));
  process.kill(process.pid, 'SIGKILL');
  throw new Error('killed');
};

syncBuiltinESMExports();
