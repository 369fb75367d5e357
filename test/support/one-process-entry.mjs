import { AsyncLocalStorage } from 'node:async_hooks';
import { writeSync } from 'node:fs';

// Runs the program in this process for each command line it is sent, one after another, and sends back what came of it.
const [program] = process.argv.slice(2);
const lines = new AsyncLocalStorage();
const { exit } = process;

for (const name of ['stdout', 'stderr']) {
  process[name].setMaxListeners(0);
  process[name].write = (text, ...rest) => {
    const line = lines.getStore();
    if (line) line[name] += String(text);
    const written = rest.at(-1);
    if (typeof written === 'function') setImmediate(written);
    return true;
  };
}

// What a line's timers do after it has ended is its own affair.
process.exit = (code) => lines.getStore()?.ended(code ?? process.exitCode ?? 0);
process.on('uncaughtException', explain);
process.on('disconnect', () => exit(0));

let before = Promise.resolve();
process.on('message', ({ id, args, cwd, env }) => {
  before = before.then(async () => {
    process.chdir(cwd);
    process.argv = [process.execPath, program, ...args];
    for (const name of Object.keys(process.env)) delete process.env[name];
    Object.assign(process.env, env);
    const { promise, resolve } = Promise.withResolvers();
    const line = { stdout: '', stderr: '', ended: resolve };
    lines.run(line, () => import(`${program}?${id}`));
    const code = await promise;
    line.isOver = true;
    forgetListeners();
    process.send({ id, code, stdout: line.stdout, stderr: line.stderr });
  });
});

/** An error that a line leaves to Node is its end, as it would be of its process. */
function explain(error) {
  const line = lines.getStore();
  if (line?.isOver || process.listenerCount('uncaughtException') > 1) return;
  writeSync(2, `${error?.stack ?? error}\n`);
  exit(7);
}

/** A line that is over hears neither signals nor the errors of those that follow. */
function forgetListeners() {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP', 'uncaughtException', 'unhandledRejection']) {
    for (const listener of process.listeners(name)) if (listener !== explain) process.off(name, listener);
  }
}
