import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/build-once.ts',
    // Most tests wait for the program in processes of its own.
    maxWorkers: availableParallelism() + 1,
    testTimeout: 60_000,
  },
});
