import type { ChildProcessByStdio } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { Writable } from 'node:stream';

/**
 * Ends the process groups it watches when this process is gone, even if it was killed without a chance to act; and, once it
 * is disposed of or this process is gone, all that bears its mark and has left its group.
 */
export interface Reaper extends Disposable {
  /** To be in the environment of what is started: what that starts in turn inherits it. Seen where there is a /proc. */
  mark(): Readonly<Record<string, string>>;
  watch(group: number): void;
  /** The group has ended, and its number may soon be another's. */
  forget(group: number): void;
}

const MARK = 'AGENTPAR_OWNER';

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
marked() { grep -slF -- "$1" /proc/[0-9]*/environ | cut -d/ -f3; }
others=$(marked "$1")
[ -n "$groups$others" ] || exit 0
for group in $groups; do kill -s TERM -- "-$group"; done
for other in $others; do kill -s TERM "$other"; done
sleep 1
for group in $groups; do kill -s KILL -- "-$group"; done
for _ in 1 2 3; do for other in $(marked "$1"); do kill -s KILL "$other"; done; done
`;

/** A reaper: a small shell in a group of its own, started when it is first needed. Where there is no shell, it does nothing. */
export function createReaper(): Reaper {
  const owner = randomUUID();
  let shell: ChildProcessByStdio<Writable, null, null> | undefined;
  const start = () => {
    shell ??= startShell(`${MARK}=${owner}`);
    return shell;
  };
  const tell = (line: string) => start().stdin.write(line);
  return {
    mark: () => {
      start();
      return { [MARK]: owner };
    },
    watch: (group) => tell(`watch ${group}\n`),
    forget: (group) => tell(`forget ${group}\n`),
    [Symbol.dispose]: () => shell?.stdin.end(),
  };
}

function startShell(mark: string): ChildProcessByStdio<Writable, null, null> {
  // Few runs have processes.
  const { spawn } = process.getBuiltinModule('node:child_process');
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'sh', mark], {
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
