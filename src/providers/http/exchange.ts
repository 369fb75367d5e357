import type { Transform } from 'node:stream';
import type { Dispatcher } from 'undici';
import { decoderFor } from './decoder-for.ts';
import { ResponseBody, UNWANTED } from './response-body.ts';

/** Response headers as undici has them: by their lower-case names. */
export type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2];

/** Sees a response as it arrives, whether or not anybody reads it. One of `complete`, `failed` and `left` comes last. */
export interface ExchangeObserver {
  begun(status: number, headers: Headers): void;
  arrived(chunk: Uint8Array): void;
  complete(): void;
  /** The connection did not hold. */
  failed(error: unknown): void;
  /** This side wanted no more. */
  left(reason: unknown): void;
}

/** One request and its response, as undici tells of them: as much of `Response` as the vendors' SDKs use. */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly url: string;
  readonly headers: HeaderFields = new HeaderFields();
  readonly body: ResponseBody;
  status = 0;
  statusText = '';
  readonly #started = Promise.withResolvers<Exchange>();
  readonly #signal: AbortSignal | undefined;
  readonly #observer: ExchangeObserver | undefined;
  readonly #onAbort = () => this.#abort(this.#signal?.reason);
  #controller: Dispatcher.DispatchController | undefined;
  #failure: { readonly error: unknown } | undefined;
  /** Undoes the compression that the body has, if it has one. */
  #decoder: Transform | undefined;

  constructor(url: string, signal: AbortSignal | undefined, observer?: ExchangeObserver) {
    this.url = url;
    this.#signal = signal;
    this.#observer = observer;
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

  onResponseStart(
    controller: Dispatcher.DispatchController | undefined,
    status: number,
    headers: Headers,
    statusText = '',
  ): void {
    // Nobody wants them twice, and they hold on to all that came with them.
    if (controller) controller.rawHeaders = null;
    // An early hint is not the response.
    if (status < 200) return;
    this.status = status;
    this.statusText = statusText;
    this.headers.fill(headers);
    this.#decoder = decoderFor(this.headers.get('content-encoding'));
    if (this.#decoder) this.#readFrom(this.#decoder);
    this.#observer?.begun(status, headers);
    this.#started.resolve(this);
  }

  onResponseData(_controller: unknown, chunk: Uint8Array): void {
    if (this.#decoder) this.#decoder.write(chunk);
    else this.#arrive(chunk);
  }

  onResponseEnd(): void {
    if (this.#decoder) this.#decoder.end();
    else this.#end();
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#fail(error, error === UNWANTED ? 'left' : 'failed');
  }

  #readFrom(decoder: Transform): void {
    decoder.on('data', (chunk: Uint8Array) => this.#arrive(chunk));
    decoder.on('end', () => this.#end());
    decoder.on('error', ({ message }) => {
      const error = new Error(`its response cannot be decompressed (${message})`);
      this.#fail(error, 'failed');
      this.#controller?.abort(error);
    });
  }

  #arrive(chunk: Uint8Array): void {
    this.#observer?.arrived(chunk);
    this.body.push(chunk);
  }

  #end(): void {
    this.#finish();
    this.#observer?.complete();
    this.body.end();
  }

  #abort(reason: unknown): void {
    this.#fail(reason, 'left');
    this.#controller?.abort(asError(reason));
  }

  #fail(error: unknown, how: 'failed' | 'left'): void {
    if (this.#failure) return;
    this.#failure = { error };
    this.#finish();
    this.#decoder?.destroy();
    this.#observer?.[how](error);
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
