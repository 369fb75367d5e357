import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { UserError } from '../../src/contract/errors.ts';
import { DEFAULT_SIM_SETTINGS } from '../../src/sim/settings.ts';
import { startSimWorker } from '../../src/sim/start-sim-worker.ts';
import { KEYS } from './support/fast-sim.ts';

const settings = { ...DEFAULT_SIM_SETTINGS, firstTokenMs: 0 };

function ask(origin: string): Promise<Response> {
  return fetch(`${origin}/v1/responses`, {
    method: 'POST',
    headers: KEYS,
    body: JSON.stringify({ model: 'm', input: '2 + 3' }),
  });
}

test('serves from a thread of its own until it is stopped', async () => {
  const sim = await startSimWorker({ settings });
  expect(sim.origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect((await ask(sim.origin)).status).toBe(200);
  await sim.stop();
  await expect(ask(sim.origin)).rejects.toThrow('fetch failed');
  await sim.stop();
});

test('says what is wrong when it cannot start', async () => {
  const first = await startSimWorker({ settings });
  const port = Number(new URL(first.origin).port);
  const second = startSimWorker({ settings, port });
  await expect(second).rejects.toThrow(UserError);
  await expect(second).rejects.toThrow(/^Cannot start the offline model: .*EADDRINUSE.*Choose another port\.$/);
  await first.stop();
});

test('does not keep a process alive, and serves while one is', () => {
  const file = new URL('../../src/sim/start-sim-worker.ts', import.meta.url).href;
  const script = `
    const { startSimWorker } = await import(${JSON.stringify(file)});
    const { origin } = await startSimWorker({ settings: ${JSON.stringify(settings)} });
    console.log((await fetch(origin + '/v1/models', { headers: { authorization: 'Bearer any' } })).status);
  `;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect(output.trim()).toBe('200');
});
