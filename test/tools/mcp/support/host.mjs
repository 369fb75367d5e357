// A program that opens the servers it is given, says so, and disposes of them when its input says anything.
import { once } from 'node:events';
import { systemClock } from '../../../../src/async/system-clock.ts';
import { openMcpServers } from '../../../../src/tools/mcp/mcp-tools.ts';

const opened = await openMcpServers(JSON.parse(process.argv[2] ?? '[]'), {
  clock: systemClock,
  onNotice: () => {},
  startTimeoutMs: 10_000,
  version: '1',
});
process.stdout.write('ready\n');
await once(process.stdin, 'data');
await opened[Symbol.asyncDispose]();
