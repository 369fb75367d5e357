import type { GoogleGenAI } from '@google/genai';
import type { LeanFetch } from '../http/lean-fetch.ts';
import { plainEvents } from './plain-events.ts';

/** A response whose status is an error, before the SDK has dropped its headers. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure';
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: string;

  constructor(response: { readonly status: number; readonly headers: HttpFailure['headers'] }, body: string) {
    super(`The server answered ${response.status}.`);
    this.status = response.status;
    this.headers = response.headers;
    this.body = body;
  }
}

/** What a client of Google's package is made with. */
interface ClientOptions {
  readonly key: string;
  readonly baseUrl: string;
  readonly fetch: LeanFetch;
}

/** A client that neither retries nor prints, and takes nothing from the environment that it could be given. */
export async function geminiClient({ key, baseUrl, fetch }: ClientOptions): Promise<GoogleGenAI> {
  const { GoogleGenAI } = await import('@google/genai');
  const httpOptions = { baseUrl, fetch: failingOnStatus(fetch) };
  return silently(() => new GoogleGenAI({ apiKey: key, enterprise: false, apiVersion: 'v1beta', httpOptions }));
}

function failingOnStatus(fetch: LeanFetch): LeanFetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    if (response.ok) return plainEvents(response);
    throw new HttpFailure(response, await response.text());
  };
}

/** The SDK warns on the console of keys in the environment, even where it was given one. */
function silently<T>(make: () => T): T {
  const { console } = globalThis;
  const { warn } = console;
  console.warn = () => {};
  try {
    return make();
  } finally {
    console.warn = warn;
  }
}
