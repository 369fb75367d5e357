import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

// Loaded before the program: ends it with SIGKILL at the n-th write to its journal, as `KILL_AT_WRITE` says:
// `before 3`, `within 3` (half of it is written), `after 3`. At `full 3` the disk is full in the middle of the third
// write and stays so, and the program lives. With `change 3` it is ended before the third change of any kind to its run's
// directory, of which writes to the journal are some.
const [part, number] = (process.env['KILL_AT_WRITE'] ?? '').split(' ');
const { closeSync, openSync, writeSync } = fs;
const journals = new Set<number>();
let writes = 0;
let changes = 0;

if (part === 'change') {
  const names = [
    'writeFileSync',
    'linkSync',
    'rmSync',
    'mkdirSync',
    'copyFileSync',
    'truncateSync',
    'renameSync',
  ] as const;
  for (const name of names) {
    const original: unknown = Reflect.get(fs, name);
    const counted = (...args: unknown[]): unknown => {
      if (/(^|\/)out(\/|$)/.test(String(args[0]))) countChange();
      return Reflect.apply(original as typeof fs.rmSync, fs, args);
    };
    Reflect.set(fs, name, counted);
  }
}

fs.openSync = (...args) => {
  const path = String(args[0]);
  if (part === 'change' && args[1] !== 'r' && /(^|\/)out\//.test(path)) countChange();
  const file = openSync(...args);
  if (path.endsWith('journal.jsonl') && args[1] !== 'r') journals.add(file);
  return file;
};

fs.closeSync = (file) => {
  journals.delete(file);
  closeSync(file);
};

fs.writeSync = (file: number, ...rest: unknown[]) => {
  const write = (...given: unknown[]): number => Reflect.apply(writeSync, fs, [file, ...given]) as number;
  if (!journals.has(file)) return write(...rest);
  if (part === 'change') countChange();
  const left = part === 'change' ? 1 : Number(number) - ++writes;
  if (left > 0 || (left < 0 && part !== 'full')) return write(...rest);
  const [text, offset = 0] = rest;
  const half = () => write(Buffer.from(String(text)).subarray(0, Buffer.byteLength(String(text)) / 2));
  if (part === 'full') {
    if (left === 0 && offset === 0) return half();
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  }
  if (part === 'after') write(...rest);
  if (part === 'within') half();
  return end();
};

function countChange(): void {
  changes += 1;
  if (changes === Number(number)) end();
}

function end(): never {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('killed');
}

syncBuiltinESMExports();
