import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { expect, it } from 'vitest';
import { BIN } from '../support/run-agentpar.ts';

it.runIf(existsSync('/dev/full')).each([['--version'], ['run', '--help']])(
  'What a full device loses is not taken for told: %s %s',
  (...args) => {
    const full = openSync('/dev/full', 'w');
    const { status } = spawnSync(process.execPath, [BIN, ...args], { stdio: ['ignore', full, 'ignore'] });
    closeSync(full);
    expect(status).toBe(74);
  },
);
