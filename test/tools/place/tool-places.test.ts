import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { PrintedLine } from '../../../src/tools/place/remote-call.ts';
import { ToolCrash } from '../../../src/tools/place/tool-crash.ts';
import { isAlive } from '../../support/is-alive.ts';
import { until } from '../../support/until.ts';
import { context, freshPath, openPlaces, run, toolFile, toolOf } from './support/tool-file.ts';

const CODE = `
import { appendFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
const parameters = { type: 'object' };
const make = (name, run) => defineTool({ name, description: '', parameters, run });
export const where = make('where', (args, context) => ({ pid: process.pid, args, callKey: context.callKey, conversation: context.conversation, agent: context.agent }));
export const list = [
  make('spin', ({ ledger }) => { for (;;) appendFileSync(ledger, '.'); }),
  make('quit', () => process.exit(3)),
  make('abort', () => process.abort()),
  make('fail', () => { const error = new RangeError('too far out'); throw error; }),
  make('fail_oddly', () => { throw 'just words'; }),
  make('fail_later', () => { setTimeout(() => { throw new Error('late'); }); return new Promise(() => setInterval(() => {}, 1000)); }),
  make('closure', () => ({ shown: 1, hidden() {} })),
  make('inexpressible', () => ({ toJSON() { throw new Error('no words for it'); } })),
  make('large', () => Array.from({ length: 30_000 }, (_, index) => ({ index }))),
  make('long', () => 'x'.repeat(5_000_000)),
  make('hoard', () => { const all = []; for (;;) all.push(Array.from({ length: 1000 }, String)); }),
  make('hoard_bytes', () => { const all = []; for (;;) all.push(Buffer.alloc(10_000_000, 1)); }),
  make('print', () => { console.log('one'); process.stderr.write('tw'); process.stderr.write('o\\nthree'); return null; }),
  make('variables', () => Object.keys(process.env)),
  make('start_child', async ({ ledger }) => {
    const child = spawn('sleep', ['600']);
    appendFileSync(ledger, process.pid + ' ' + child.pid);
    await new Promise(() => {});
  }),
];
`;

const file = toolFile('tools.js', CODE);

describe.each([
  ['a thread', { thread: true }],
  ['a process', { isolate: 'process' }],
] as const)('A tool in %s', (place, policy) => {
  const prints: PrintedLine[] = [];
  const places = openPlaces({ onPrint: (printed) => prints.push(printed) });
  const tool = (name: string) => toolOf(file, name, policy);

  it('runs there, with what it is to know of its call', async () => {
    const result = await run(places, tool('where'), { city: 'Oslo' });
    const { callKey, conversation, agent } = context;
    expect(result).toEqual({ pid: expect.any(Number), args: { city: 'Oslo' }, callKey, conversation, agent });
    expect((result as { pid: number }).pid === process.pid).toBe(place === 'a thread');
  });

  it('is loaded from TypeScript, and gets what its schema makes of the arguments', async () => {
    const zod = import.meta.resolve('zod');
    const path = toolFile(
      `zod-${place.replace(' ', '-')}.ts`,
      `import { z } from ${JSON.stringify(zod)};
       interface Day { readonly day: Date }
       const parameters = z.object({ day: z.string().transform((text) => new Date(text)), times: z.number().default(2) });
       export default { tools: [defineTool({ name: 'year', description: '', parameters, run: ({ day, times }: Day & { times: number }) => [day.getFullYear(), times] })], handoffs: [] };`,
    );
    expect(await run(places, toolOf(path, 'year', policy), { day: '2026-02-03' })).toEqual([2026, 2]);
    await expect(run(places, toolOf(path, 'year', policy), { day: 1 })).rejects.toThrow('day: ');
  });

  it('is stopped by an abort, even out of an endless loop', async () => {
    const ledger = freshPath(`spin-${place}`);
    const abort = new AbortController();
    const running = run(places, tool('spin'), { ledger }, abort.signal);
    await written(ledger);
    abort.abort(new Error('its time is up'));
    await expect(running).rejects.toThrow('its time is up');
    await until(async () => {
      const before = statSync(ledger).size;
      await delay(300);
      return statSync(ledger).size === before;
    });
  });

  it('is not started when nobody wants it any more', async () => {
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(run(places, tool('where'), {}, signal)).rejects.toThrow('too late');
  });

  it('takes only itself down when it ends the process', async () => {
    const [quit, other] = await Promise.allSettled([run(places, tool('quit')), run(places, tool('where'))]);
    expect(quit).toMatchObject({ status: 'rejected', reason: expect.any(ToolCrash) });
    expect(quit).toHaveProperty('reason.message', expect.stringMatching(/ended with exit code 3 before it answered$/));
    expect(other.status).toBe('fulfilled');
  });

  it('takes only itself down with an error that nothing catches', async () => {
    await expect(run(places, tool('fail_later'))).rejects.toBeInstanceOf(ToolCrash);
    await expect(run(places, tool('where'))).resolves.toBeDefined();
  });

  it('is replaced as often as it dies', async () => {
    const crashes = await Promise.allSettled(Array.from({ length: 5 }, () => run(places, tool('quit'))));
    expect(crashes.every(({ status }) => status === 'rejected')).toBe(true);
    await expect(run(places, tool('where'))).resolves.toBeDefined();
  });

  it('fails with the words of what it threw', async () => {
    const error: unknown = await run(places, tool('fail')).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'RangeError', message: 'too far out' });
    expect(error).toHaveProperty('stack', expect.stringContaining('tools.js'));
    expect(error).not.toBeInstanceOf(ToolCrash);
    await expect(run(places, tool('fail_oddly'))).rejects.toThrow('just words');
  });

  it('gives the result that it would give in the event loop', async () => {
    expect(await run(places, tool('closure'))).toEqual({ shown: 1 });
    await expect(run(places, tool('inexpressible'))).rejects.toThrow(
      'its result cannot be expressed as JSON: no words for it',
    );
  });

  it('may give more than a model is shown', async () => {
    expect(await run(places, tool('large'))).toMatch(/^\[{"index":0},.*{"index":29999}]$/);
    expect(await run(places, tool('long'))).toHaveLength(5_000_000);
  });

  it('prints whole lines, which do not get in the way of the log', async () => {
    await run(places, tool('print'));
    const lines = ['one', 'two', 'three'].map((line) => ({ toolName: 'print', line }));
    await expect.poll(() => prints).toEqual(expect.arrayContaining(lines));
  });

  it('says so when its file does not have it', async () => {
    await expect(run(places, tool('nowhere'))).rejects.toThrow('its file does not export it');
    await expect(run(places, toolOf(`${file}.gone`, 'where', policy))).rejects.toThrow('Cannot find module');
  });

  it('may be built in', async () => {
    expect(await run(places, toolOf('built-in', 'sum_numbers', policy), { a: 1, b: 2 })).toBe(3);
  });

  it('may import the package by its name, wherever it is', async () => {
    const path = toolFile(
      `own-${place.replace(' ', '-')}.js`,
      `import { defineTool as define } from 'agentpar';
       export const one = define({ name: 'one', description: '', parameters: { type: 'object' }, run: () => 1 });`,
    );
    expect(await run(places, toolOf(path, 'one', policy))).toBe(1);
  });
});

describe('A tool in a process of its own', () => {
  const policy = { isolate: 'process' } as const;

  it.each(['hoard', 'hoard_bytes'])('may use up only so much memory (%s)', async (name) => {
    const places = openPlaces();
    await expect(run(places, toolOf(file, name, policy))).rejects.toThrow('its process ran out of memory (48 MB)');
  });

  it('takes only itself down when it crashes', async () => {
    const places = openPlaces();
    await expect(run(places, toolOf(file, 'abort', policy))).rejects.toThrow(/^its process was ended by SIG/);
  });

  it('sees the environment without its secrets', async () => {
    const environment = {
      PATH: '/bin',
      HOME: '/',
      OPENAI_API_KEY: 'x',
      GH_TOKEN: 'x',
      db_password: 'x',
      MY_SECRETS: 'x',
    };
    const names = await run(openPlaces({ environment }), toolOf(file, 'variables', policy));
    expect(names).toEqual(expect.arrayContaining(['PATH', 'HOME']));
    expect(names).not.toEqual(expect.arrayContaining([expect.stringMatching(/KEY|TOKEN|PASSWORD|SECRET/i)]));
  });

  it('is gone after the run, with all that it started', async () => {
    const places = openPlaces();
    const ledger = freshPath('dispose');
    const running = run(places, toolOf(file, 'start_child', policy), { ledger });
    await written(ledger);
    const pids = readFileSync(ledger, 'utf8').split(' ').map(Number);
    expect(pids.map(isAlive)).toEqual([true, true]);
    const rejection = expect(running).rejects.toThrow('it was stopped at the end of the run');
    await places[Symbol.asyncDispose]();
    await rejection;
    await until(() => !pids.some(isAlive));
  });

  it('is gone when the program is killed, even out of an endless loop', async () => {
    const ledger = freshPath('orphan');
    const program = toolFile(
      'program.ts',
      `import { createToolPlaces } from ${JSON.stringify(new URL('../../../src/tools/place/tool-places.ts', import.meta.url).href)};
       const tool = { ...defineTool({ name: 'spin_alone', description: '', parameters: { type: 'object' }, policy: { isolate: 'process' }, run: () => {} }), source: ${JSON.stringify(
         toolFile(
           'spin-alone.js',
           `import { writeFileSync } from 'node:fs';
            export const tool = defineTool({ name: 'spin_alone', description: '', parameters: { type: 'object' }, run: ({ ledger }) => { writeFileSync(ledger, String(process.pid)); for (;;); } });`,
         ),
       )} };
       const places = createToolPlaces({ threads: 1, maxOutputBytes: 1000, environment: process.env });
       await places.run(tool, { raw: { ledger: ${JSON.stringify(ledger)} }, checked: {} }, { signal: new AbortController().signal, callKey: '', conversation: '', agent: '' });`,
    );
    const parent = spawn(process.execPath, [program], { stdio: 'ignore' });
    await written(ledger);
    const pid = Number(readFileSync(ledger, 'utf8'));
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    await until(() => !isAlive(pid));
  });
});

describe('The places of a run', () => {
  it.each([
    ['threads', { thread: true }],
    ['processes', { isolate: 'process' }],
  ] as const)('stop what still runs, and what still waits, at the end (%s)', async (name, policy) => {
    const places = openPlaces({ threads: 1 });
    const ledger = freshPath(`waiting-${name}`);
    const spin = toolOf(file, 'spin', policy);
    const running = run(places, spin, { ledger });
    const waiting = run(places, spin, { ledger });
    const rejections = Promise.all(
      [running, waiting].map((call) => expect(call).rejects.toThrow('it was stopped at the end of the run')),
    );
    await written(ledger);
    await places[Symbol.asyncDispose]();
    await rejections;
    const before = statSync(ledger).size;
    await delay(300);
    await expect(run(places, spin, { ledger })).rejects.toThrow('it was stopped');
    expect(statSync(ledger).size).toBe(before);
  });

  it('fail the calls that no thread can be started for', async () => {
    const places = openPlaces({ threads: 1, threadMemoryMb: 4 });
    await expect(run(places, toolOf(file, 'where', { thread: true }))).rejects.toThrow('its thread ran out of memory');
  });

  it('run so many calls at once, and let the others wait', async () => {
    const places = openPlaces({ threads: 2 });
    expect(places.capacityOf(toolOf(file, 'where', { thread: true }))).toBe(2);
    expect(places.capacityOf(toolOf(file, 'where', {}))).toBe(Number.POSITIVE_INFINITY);
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) => run(places, toolOf(file, 'where', { thread: true }), { index })),
    );
    expect(results.map((result) => (result as { args: { index: number } }).args.index)).toEqual(
      Array.from({ length: 20 }, (_, index) => index),
    );
  });
});

/** Waits for more than the file: a reader between its being opened and written would find nothing. */
function written(path: string): Promise<void> {
  return until(() => existsSync(path) && statSync(path).size > 0);
}
