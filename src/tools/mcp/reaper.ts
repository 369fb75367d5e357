import type { ChildProcessByStdio } from 'node:child_process';
import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';

/** Ends the process groups it watches when this process is gone, even if it was killed without a chance to act. */
export interface Reaper extends Disposable {
  watch(group: number): void;
  /** The group has ended, and its number may soon be another's. */
  forget(group: number): void;
}

// Reads until its input ends, which is when nothing holds the other end any more: the one sign of a death by SIGKILL.
const SCRIPT = `
trap '' HUP INT TERM
groups=
while read -r verb group; do
  rest=
  for other in $groups; do [ "$other" = "$group" ] || rest="$rest $other"; done
  groups=$rest
  [ "$verb" = watch ] && groups="$groups $group"
done
[ -n "$groups" ] || exit 0
for group in $groups; do kill -s TERM -- "-$group"; done
sleep 1
for group in $groups; do kill -s KILL -- "-$group"; done
`;

/** A reaper: a small shell in a group of its own, started with the first group. Where there is no shell, it does nothing. */
export function createReaper(): Reaper {
  let shell: ChildProcessByStdio<Writable, null, null> | undefined;
  const tell = (line: string) => {
    shell ??= startShell();
    shell.stdin.write(line);
  };
  return {
    watch: (group) => tell(`watch ${group}\n`),
    forget: (group) => tell(`forget ${group}\n`),
    [Symbol.dispose]: () => shell?.stdin.end(),
  };
}

function startShell(): ChildProcessByStdio<Writable, null, null> {
  const shell = spawn('/bin/sh', ['-c', SCRIPT], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { PATH: '/usr/bin:/bin' },
    cwd: '/',
    detached: true,
  });
  shell.on('error', () => {});
  shell.stdin.on('error', () => {});
  shell.unref();
  return shell;
}
