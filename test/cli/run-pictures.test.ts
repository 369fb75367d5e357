import { expect, it } from 'vitest';
import { inOneProcess } from '../support/one-process.ts';
import { workspace } from '../support/run-agentpar.ts';

it('agentpar run --watch --timeline says where to look on standard error, and shows the time at its end', async () => {
  using place = workspace({ 'two.txt': 'What is 1 + 1?\nWhat is 2 + 2?\n' });
  const args = ['run', 'two.txt', '--watch', '--timeline', '--quiet', '--sim', 'ttft=1,tps=10000'];
  const { code, stdout, stderr } = await inOneProcess(args, { cwd: place.path });
  expect(stderr).toMatch(/^Watch it at http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}\/\n$/);
  expect(stdout).toMatch(/\nparallel {3}2 conversations in .*\n {2}p1 .*\n {2}p2 .*\n/);
  expect(code).toBe(0);
});
