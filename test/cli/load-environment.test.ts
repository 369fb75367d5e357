import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { loadEnvironment } from '../../src/cli/load-environment.ts';
import { temporaryDirectory } from '../report/support/temporary-directory.ts';

test('variables are read from the file; what is set already stays', () => {
  const path = join(temporaryDirectory(), '.env');
  vi.stubEnv('AGENTPAR_TEST_SET', 'shell');
  vi.stubEnv('AGENTPAR_TEST_UNSET', undefined);
  writeFileSync(path, 'AGENTPAR_TEST_SET=file\nexport AGENTPAR_TEST_UNSET="a b" # why\n');
  expect(loadEnvironment(path)).toBe(true);
  expect([process.env['AGENTPAR_TEST_SET'], process.env['AGENTPAR_TEST_UNSET']]).toEqual(['shell', 'a b']);
});

test('no file is none, and neither is a directory', () => {
  const directory = temporaryDirectory();
  expect(loadEnvironment(directory)).toBe(false);
  expect(loadEnvironment(join(directory, '.env'))).toBe(false);
});
