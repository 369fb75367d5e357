import type { OpenAI } from 'openai';
import type { LeanFetch } from '../http/lean-fetch.ts';

/** What a client of OpenAI's package is made with. */
interface ClientOptions {
  readonly key: string;
  readonly baseUrl: string;
  readonly organization: string | undefined;
  readonly project: string | undefined;
  readonly timeoutMs: number;
  readonly fetch: LeanFetch;
}

/** A client that neither retries nor prints, and takes nothing from the environment that it could be given. */
export async function openaiClient(options: ClientOptions): Promise<OpenAI> {
  const { OpenAI } = await import('openai');
  return new OpenAI({
    apiKey: options.key,
    adminAPIKey: null,
    webhookSecret: null,
    organization: options.organization ?? null,
    project: options.project ?? null,
    baseURL: options.baseUrl,
    maxRetries: 0,
    timeout: options.timeoutMs,
    fetch: options.fetch,
    logLevel: 'off',
  });
}
