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
