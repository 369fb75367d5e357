import { UserError } from '../contract/errors.ts';
import type { SimSettings } from '../sim/settings.ts';
import type { Sim } from '../sim/start-sim.ts';

/** What all runs of the process share who ask for nothing special: the thread is not worth starting for each. */
let common: Promise<Sim> | undefined;

/**
 * The offline model's server in a thread of its own, started when the first model needs it. One with settings has its own
 * faults and ids, counted from its first request.
 */
export class OfflineServer implements AsyncDisposable {
  readonly #settings: SimSettings | undefined;
  /** With these settings. */
  #sim: Promise<Sim> | undefined;

  private constructor(settings: SimSettings | undefined) {
    this.#settings = settings;
  }

  /**
   * @param settings as `key=value`, separated by commas or spaces
   * @throws {UserError} if they are not
   */
  static async open(settings?: string): Promise<OfflineServer> {
    return new OfflineServer(settings === undefined ? undefined : await readSettings(settings));
  }

  /** Where it serves; starts it. */
  readonly origin = async (): Promise<string> => {
    const { origin } = await (this.#settings ? this.#own(this.#settings) : commonSim());
    return origin;
  };

  /** Starts it ahead of need; if that fails, whoever needs it is told. */
  warmUp(): void {
    this.origin().catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#sim?.catch(() => undefined))?.stop();
  }

  #own(settings: SimSettings): Promise<Sim> {
    this.#sim ??= start({ settings });
    return this.#sim;
  }
}

function commonSim(): Promise<Sim> {
  common ??= start({}).catch((error: unknown) => {
    common = undefined;
    throw error;
  });
  return common;
}

async function readSettings(text: string): Promise<SimSettings> {
  const { parseSimSettings } = await import('../sim/settings.ts');
  const parsed = parseSimSettings(text.split(/[\s,]+/).filter(Boolean));
  if (!parsed.ok) throw new UserError(parsed.problem);
  return parsed.settings;
}

async function start(options: { readonly settings?: SimSettings }): Promise<Sim> {
  const { startSimWorker } = await import('../sim/start-sim-worker.ts');
  return startSimWorker(options);
}
