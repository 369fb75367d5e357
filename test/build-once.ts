import { spawnSync } from 'node:child_process';

/** Builds before the tests, because they drive the real program. Type errors are shown, and left to the check. */
export default function setup(): void {
  spawnSync(process.execPath, ['node_modules/rolldown/bin/cli.mjs', '-c'], { stdio: ['ignore', 'ignore', 'inherit'] });
}
