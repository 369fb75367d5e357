import type { LeanFetch } from '../http/lean-fetch.ts';

/** Asks for a streamed response with a body as the endpoint takes it; throws as the `openai` package does. */
export type AskOpenai<Body> = (body: Body, signal: AbortSignal) => Promise<Response>;

/** What requests are made with. */
interface RequestOptions {
  /** Of the endpoint, such as `/responses`. */
  readonly path: string;
  readonly key: string;
  readonly baseUrl: string;
  readonly organization: string | undefined;
  readonly project: string | undefined;
  readonly timeoutMs: number;
  readonly fetch: LeanFetch;
}

/**
 * Requests with the address, the headers and the errors of the `openai` package. The package works address and headers out
 * anew each time, which takes longer than anything else about a short response; here that is done once.
 */
export async function openaiRequests<Body>(options: RequestOptions): Promise<AskOpenai<Body>> {
  const { APIError, OpenAI } = await import('openai');
  const { path, fetch } = options;
  const client = new OpenAI({
    apiKey: options.key,
    // Nothing is taken from the environment that could be given.
    adminAPIKey: null,
    webhookSecret: null,
    organization: options.organization ?? null,
    project: options.project ?? null,
    baseURL: options.baseUrl,
    maxRetries: 0,
    timeout: options.timeoutMs,
    logLevel: 'off',
  });
  const { req, url } = await client.buildRequest({ method: 'post', path, body: {}, stream: true });
  const headers = Object.fromEntries(req.headers);
  return async (body, signal) => {
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal });
    if (response.ok) return response;
    const text = await response.text();
    throw APIError.generate(response.status, failureIn(text), text, response.headers);
  };
}

/** What a body says of the failure, under `error` where the package looks for it. Google's servers put it into a list. */
function failureIn(text: string): object | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    const body: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
    return typeof body === 'object' && body !== null && 'error' in body && body.error !== null ? body : { error: body };
  } catch {
    return undefined;
  }
}
