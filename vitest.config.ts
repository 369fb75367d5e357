import { availableParallelism, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { defineConfig } from 'vitest/config';
import type { TestSpecification } from 'vitest/node';
import { BaseSequencer } from 'vitest/node';

/**
 * What takes longest, most of all first: it must not be what all others have to wait for in the end. What mostly waits
 * comes early too, so that others can compute meanwhile.
 */
const LONGEST = [
  'test/chaos/',
  // Which measures memory: best while little of it is in use.
  'test/input/open-',
  'test/providers/gate-storm',
  'test/tools/mcp/processes',
  'test/cli/',
  'test/browser/',
  'test/tools/mcp/',
  'test/tools/place/',
  'test/providers/',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => this.#rankOf(a) - this.#rankOf(b));
  }

  #rankOf({ moduleId }: TestSpecification): number {
    const path = relative(this.ctx.config.root, moduleId);
    const rank = LONGEST.findIndex((beginning) => path.startsWith(beginning));
    return rank < 0 ? LONGEST.length : rank;
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/build-once.ts',
    // Most tests wait for the program in processes of its own.
    maxWorkers: availableParallelism() + 2,
    // Files share the modules of their worker: loading them anew for each would take longer than most tests.
    isolate: false,
    // Programs that tests start from TypeScript are not stripped of their types anew each time.
    env: { NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache') },
    restoreMocks: true,
    unstubEnvs: true,
    sequence: { sequencer: LongestFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
  },
});
