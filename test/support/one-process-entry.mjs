import { AsyncLocalStorage } from 'node:async_hooks';

// Runs the program in this process for each command line it is sent, one after another, and sends back what came of it.
const [program] = process.argv.slice(2);
const lines = new AsyncLocalStorage();

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
    process.send({ id, code, stdout: line.stdout, stderr: line.stderr });
  });
});
