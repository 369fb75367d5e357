import type { LeanFetch } from '../http/lean-fetch.ts';

/** Asks for a streamed response with a body as the endpoint takes it; throws as the `openai` package does. */
export type AskOpenai<Body> = (body: Body, signal: AbortSignal) => Promise<Response>;

/** What requests are made with. */
interface RequestOptions {
  /** Of the endpoint, such as `/responses`. */
  readonly path: string;
  readonly key: string;
  readonly baseUrl: string;
  /** Whether the offline model is asked. */
  readonly isOffline: boolean;
  readonly organization: string | undefined;
  readonly project: string | undefined;
  readonly timeoutMs: number;
  readonly fetch: LeanFetch;
}

/**
 * Requests with the address, the headers and the errors of the `openai` package. The package works address and headers out
 * anew each time, which takes longer than anything else about a short response; here that is done once. The offline model
 * looks at hardly any header: for that the package is loaded if there is an error, for it takes as long as all else.
 */
export async function openaiRequests<Body>(options: RequestOptions): Promise<AskOpenai<Body>> {
  const { url, headers } = options.isOffline ? plainRequest(options) : await requestOfPackage(options);
  return async (body, signal) => {
    const response = await options.fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal });
    if (response.ok) return response;
    const text = await response.text();
    const { APIError } = await import('openai');
    throw APIError.generate(response.status, failureIn(text), text, response.headers);
  };
}

function plainRequest({ baseUrl, path, key }: RequestOptions) {
  return { url: baseUrl + path, headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' } };
}

async function requestOfPackage(options: RequestOptions) {
  const { OpenAI } = await import('openai');
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
  const { req, url } = await client.buildRequest({ method: 'post', path: options.path, body: {}, stream: true });
  return { url, headers: Object.fromEntries(req.headers) };
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
