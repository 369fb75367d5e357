/** A parameter that a compatible server may refuse, and how its refusal reads. */
interface OptionalParameter {
  readonly name: string;
  readonly refusal: RegExp;
}

/** The parameters of a request that it can do without: sent until the server refuses them, and then never again. */
export class OptionalParameters {
  readonly #parameters: readonly OptionalParameter[];
  readonly #refused = new Set<string>();

  constructor(parameters: readonly OptionalParameter[]) {
    this.#parameters = parameters;
  }

  /** The names of those that the server has not refused so far. */
  accepted(): ReadonlySet<string> {
    return new Set(this.#parameters.map(({ name }) => name).filter((name) => !this.#refused.has(name)));
  }

  /** Whether `error` refuses one of those `sent`, so that the same request without it is worth asking. */
  learn(error: unknown, sent: ReadonlySet<string>): boolean {
    if (!(error instanceof Error) || !('status' in error)) return false;
    if (error.status !== 400 && error.status !== 422) return false;
    const param = 'param' in error && typeof error.param === 'string' ? error.param : '';
    const refused = this.#parameters.find(
      ({ name, refusal }) => sent.has(name) && (param.startsWith(name) || refusal.test(error.message)),
    );
    if (refused) this.#refused.add(refused.name);
    return refused !== undefined;
  }
}
