import type { Dispatcher } from 'undici';

type Chunk = { readonly done: false; readonly value: Uint8Array } | { readonly done: true; readonly value: undefined };

const END: Chunk = { done: true, value: undefined };

/** How much of a body may wait to be read before the server is made to wait. */
const HIGH_WATER_BYTES = 64 * 1024;

/** How long a body that nobody wants may go on, so that its connection can be used again. */
const DRAIN_MS = 1000;

/** What a connection is closed with when the rest of its response is not wanted. */
export const UNWANTED = new Error('The rest of the response is not wanted.');

/** The bytes of a response, read like a `ReadableStream` by its one reader. */
export class ResponseBody {
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
    this.#draining = setTimeout(() => this.#controller?.abort(UNWANTED), DRAIN_MS);
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
