import type { Dispatcher } from 'undici';

type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2];
type Chunk = { readonly done: false; readonly value: Uint8Array } | { readonly done: true; readonly value: undefined };

const END: Chunk = { done: true, value: undefined };

/** How much of a body may wait to be read before the server is made to wait. */
const HIGH_WATER_BYTES = 64 * 1024;

/** How long a body that nobody wants may go on, so that its connection can be used again. */
const DRAIN_MS = 1000;

/** One request and its response, as undici tells of them: as much of `Response` as the vendors' SDKs use. */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly url: string;
  readonly headers: HeaderFields = new HeaderFields();
  readonly body: ResponseBody;
  status = 0;
  statusText = '';
  readonly #started = Promise.withResolvers<Exchange>();
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = () => this.#abort(this.#signal?.reason);
  #controller: Dispatcher.DispatchController | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(url: string, signal: AbortSignal | undefined) {
    this.url = url;
    this.#signal = signal;
    this.body = new ResponseBody();
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Resolves with this when the response begins. */
  get started(): Promise<Exchange> {
    return this.#started.promise;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  async text(): Promise<string> {
    const chunks: Uint8Array[] = [];
    for (let chunk = await this.body.read(); !chunk.done; chunk = await this.body.read()) chunks.push(chunk.value);
    return new TextDecoder().decode(Buffer.concat(chunks));
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.body.control(controller);
    if (this.#failure) controller.abort(asError(this.#failure.error));
  }

  onResponseStart(_controller: unknown, status: number, headers: Headers, statusText = ''): void {
    // An early hint is not the response.
    if (status < 200) return;
    this.status = status;
    this.statusText = statusText;
    this.headers.fill(headers);
    this.#started.resolve(this);
  }

  onResponseData(_controller: unknown, chunk: Uint8Array): void {
    this.body.push(chunk);
  }

  onResponseEnd(): void {
    this.#finish();
    this.body.end();
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#fail(error);
  }

  #abort(reason: unknown): void {
    this.#fail(reason);
    this.#controller?.abort(asError(reason));
  }

  #fail(error: unknown): void {
    if (this.#failure) return;
    this.#failure = { error };
    this.#finish();
    this.#started.reject(error);
    this.body.fail(error);
  }

  #finish(): void {
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('The request was aborted.', { cause: reason });
}

/** Response headers by their lower-case names. */
class HeaderFields {
  #fields: Headers = {};

  fill(fields: Headers): void {
    this.#fields = fields;
  }

  get(name: string): string | null {
    const value = this.#fields[name.toLowerCase()];
    if (value === undefined) return null;
    return typeof value === 'string' ? value : value.join(', ');
  }

  *entries(): Generator<[string, string], void, void> {
    for (const name of Object.keys(this.#fields)) yield [name, this.get(name) ?? ''];
  }
}

/** The bytes of a response, read like a `ReadableStream` by its one reader. */
class ResponseBody {
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;
  #waiting: PromiseWithResolvers<Chunk> | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #draining: NodeJS.Timeout | undefined;

  getReader(): this {
    return this;
  }

  releaseLock(): void {}

  read(): Promise<Chunk> {
    const value = this.#chunks.shift();
    if (value) {
      this.#bytes -= value.byteLength;
      if (this.#controller?.paused && this.#bytes < HIGH_WATER_BYTES) this.#controller.resume();
      return Promise.resolve({ done: false, value });
    }
    if (this.#failure) return Promise.reject(this.#failure.error);
    if (this.#ended) return Promise.resolve(END);
    this.#waiting = Promise.withResolvers();
    return this.#waiting.promise;
  }

  /** Wants no more: lets the rest run off if it is short, and closes the connection if it is not. */
  async cancel(): Promise<void> {
    if (this.#ended || this.#failure) return;
    this.#ended = true;
    this.#chunks.length = 0;
    this.#controller?.resume();
    this.#draining = setTimeout(
      () => this.#controller?.abort(new Error('The rest of the response is not wanted.')),
      DRAIN_MS,
    );
    this.#draining.unref();
  }

  control(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
  }

  push(chunk: Uint8Array): void {
    if (this.#ended) return;
    if (this.#waiting) {
      this.#settle().resolve({ done: false, value: chunk });
      return;
    }
    this.#chunks.push(chunk);
    this.#bytes += chunk.byteLength;
    if (this.#bytes >= HIGH_WATER_BYTES) this.#controller?.pause();
  }

  end(): void {
    clearTimeout(this.#draining);
    this.#ended = true;
    if (this.#waiting) this.#settle().resolve(END);
  }

  fail(error: unknown): void {
    clearTimeout(this.#draining);
    this.#failure = { error };
    if (this.#waiting) this.#settle().reject(error);
  }

  #settle(): PromiseWithResolvers<Chunk> {
    const waiting = this.#waiting ?? Promise.withResolvers<Chunk>();
    this.#waiting = undefined;
    return waiting;
  }
}
