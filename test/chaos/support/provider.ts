import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { SimSettings } from '../../../src/sim/settings.ts';
import { DEFAULT_SIM_SETTINGS } from '../../../src/sim/settings.ts';
import { workspace } from '../../support/run-agentpar.ts';
import type { ProviderRow } from './ledgers.ts';
import { readLedger } from './ledgers.ts';

/** A provider in a process of its own, which any number of scenes may ask at once. */
export interface Provider extends AsyncDisposable {
  /** Where a scene asks it. */
  originFor(scene: string): string;
  /** What it was asked by a scene. */
  rowsOf(scene: string): readonly ProviderRow[];
}

/** Starts a provider that does as the settings say; a response takes 1 ms unless they say otherwise. */
export async function startProvider(settings: Partial<SimSettings> = {}): Promise<Provider> {
  const files = workspace();
  const path = join(files.path, 'provider.jsonl');
  const given = JSON.stringify({ path, settings: { ...DEFAULT_SIM_SETTINGS, firstTokenMs: 1, ...settings } });
  const child = spawn(process.execPath, ['--no-warnings', join(import.meta.dirname, 'provider-entry.ts'), given], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  const died = closed.then(([code, signal]) => {
    throw new Error(`the provider ended by itself: ${signal ?? code}`);
  });
  const [origin] = await Promise.race([once(child.stdout.setEncoding('utf8'), 'data'), died]);
  // From here on it is told of where its rows are read.
  died.catch(() => {});
  return {
    originFor: (scene) => `${String(origin).trim()}/${scene}`,
    rowsOf: (scene) => {
      const how = child.signalCode ?? child.exitCode;
      if (how !== null) throw new Error(`the provider ended by itself: ${how}`);
      return readLedger<ProviderRow & { readonly scene: string }>(path).filter((row) => row.scene === scene);
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await closed;
      files[Symbol.dispose]();
    },
  };
}
