import { expect, test } from 'vitest';
import { OfflineServer } from '../../src/cli/offline-server.ts';

test('settings of the offline model that are none are told before anything is run', async () => {
  await expect(OfflineServer.open('ttft=0,ttft=soon')).rejects.toMatchObject({
    name: 'UserError',
    exitCode: 2,
    message: expect.stringContaining('Cannot use "ttft=soon" as a setting of the offline model'),
  });
});
