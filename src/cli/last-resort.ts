import { spawn } from 'node:child_process';

// A second signal ends the program within two seconds by itself, if it hears it; a third ends the sleep with it. What waits
// for the end of the input hears no signal: a shell that reads does not see to its traps. A progress line hides the cursor.
const SCRIPT = `
signals=0
again() {
  signals=$((signals + 1))
  [ "$signals" -gt 1 ] || return
  [ "$signals" -gt 2 ] || sleep 2
  kill -s KILL "$1" || exit
  [ ! -t 3 ] || printf '\\r\\033[K\\033[?25h' >&3
  printf '%s\\n' "$2" >&3
  exit
}
trap 'again "$1" "$2"' HUP INT TERM
exec 4<&0
(trap '' HUP INT TERM; exec cat <&4) &
while kill -s 0 $! 2>&-; do wait $!; done
`;

/**
 * Ends this process two seconds after a second signal, and at a third, even if code that lets nothing else happen keeps it
 * from hearing of them: by a small shell that gets the signals of its process group too, as of Ctrl-C in a terminal, until
 * it is disposed of or this process is gone. Signals to this process alone it does not get, nor can it see them: Node takes
 * each at once, for the event loop to hear of later, so that none is pending.
 *
 * @param lastWords what a person is told then on standard error
 */
export function lastResort(lastWords: string): Disposable {
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'sh', String(process.pid), lastWords], {
    // As its own standard error, that of this process would block it from now on, where it is a terminal that is frozen.
    stdio: ['pipe', 'ignore', 'ignore', 2],
    env: { PATH: '/usr/bin:/bin' },
    cwd: '/',
  });
  shell.on('error', () => {});
  shell.stdin?.on('error', () => {});
  shell.unref();
  return { [Symbol.dispose]: () => shell.stdin?.end() };
}
