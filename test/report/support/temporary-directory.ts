import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A directory for the running test, gone when it is over. */
export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'agentpar-report-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
