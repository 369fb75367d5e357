import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { UserError } from '../../src/contract/errors.ts';
import { createRunDirectory } from '../../src/run/run-directory.ts';
import { workspace } from '../support/run-agentpar.ts';

it('makes the directory of a run and all above it, for its owner alone', () => {
  using at = workspace();
  const path = join(at.path, 'a', 'b', 'out');
  expect(createRunDirectory(path, 'p.txt', new Date(0))).toMatchObject({ id: 'out', path });
  for (const each of [path, join(path, '..'), join(path, '..', '..')]) expect(statSync(each).mode & 0o777).toBe(0o700);
});

it.skipIf(process.platform !== 'linux')('says so where none can be made', () => {
  const path = '/proc/agentpar/out';
  expect(() => createRunDirectory(path, 'p.txt', new Date(0))).toThrow(UserError);
  expect(() => createRunDirectory(path, 'p.txt', new Date(0))).toThrow(
    /^Cannot make the run directory \/proc\/agentpar\/out: ENOENT/,
  );
});

it('gives each run a directory of its own, also those that begin in the same second', () => {
  using at = workspace();
  const before = process.cwd();
  process.chdir(at.path);
  try {
    const ids = Array.from({ length: 3 }, () => createRunDirectory(undefined, 'p.txt', new Date(0)).id);
    expect(ids).toEqual(['19700101-000000-p', '19700101-000000-p-2', '19700101-000000-p-3']);
  } finally {
    process.chdir(before);
  }
});
