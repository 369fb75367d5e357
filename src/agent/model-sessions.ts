import type { Model, ModelSession } from '../contract/model.ts';

/** The lines of one conversation to its models, one each, opened when first needed and closed together. */
export class ModelSessions implements AsyncDisposable {
  readonly #model: (id: string) => Model;
  readonly #signal: AbortSignal;
  readonly #open = new Map<string, Promise<ModelSession>>();

  /** @param model gives the model of an id, or throws */
  constructor(model: (id: string) => Model, signal: AbortSignal) {
    this.#model = model;
    this.#signal = signal;
  }

  /** The session with the model of that id; rejects if it cannot be had, and tries again the next time. */
  get(id: string): Promise<ModelSession> {
    const known = this.#open.get(id);
    if (known) return known;
    const session = (async () => this.#model(id).open(this.#signal))();
    this.#open.set(id, session);
    session.catch(() => this.#open.delete(id));
    return session;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled([...this.#open.values()].map(async (session) => (await session)[Symbol.asyncDispose]()));
  }
}
