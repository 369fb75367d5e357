import { execFileSync } from 'node:child_process';

/** Builds before the tests, because they drive the real program. */
export default function setup(): void {
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc'], { stdio: 'inherit' });
}
