import { UserError } from '../contract/errors.ts';
import type { Sim } from '../sim/start-sim.ts';

/** The offline model's server in a thread of its own, started when the first model needs it. */
export class OfflineServer implements AsyncDisposable {
  readonly #settings: string | undefined;
  #sim: Promise<Sim> | undefined;

  /** @param settings as `key=value`, separated by commas or spaces */
  constructor(settings: string | undefined) {
    this.#settings = settings;
  }

  /** Where it serves; starts it. */
  readonly origin = async (): Promise<string> => {
    this.#sim ??= start(this.#settings);
    return (await this.#sim).origin;
  };

  /** Starts it ahead of need; if that fails, whoever needs it is told. */
  warmUp(): void {
    this.origin().catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#sim?.catch(() => undefined))?.stop();
  }
}

async function start(settings: string | undefined): Promise<Sim> {
  const { parseSimSettings } = await import('../sim/settings.ts');
  const { startSimWorker } = await import('../sim/start-sim-worker.ts');
  const parsed = parseSimSettings(settings?.split(/[\s,]+/).filter(Boolean) ?? []);
  if (!parsed.ok) throw new UserError(parsed.problem);
  return startSimWorker({ settings: parsed.settings });
}
