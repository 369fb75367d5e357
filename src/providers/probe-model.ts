import { cutOff } from '../contract/cut-off.ts';
import { messageOf } from '../contract/errors.ts';
import type { Endpoint, Protocol } from './find-endpoint.ts';
import { findEndpoint } from './find-endpoint.ts';
import type { LeanFetch } from './http/lean-fetch.ts';
import { leanFetch } from './http/lean-fetch.ts';
import type { ProviderOptions } from './provider-options.ts';
import { describeTransport } from './wire/transport-error.ts';

/** How long a server has to answer a probe. */
const TIMEOUT_MS = 10_000;

/** How many models of a server are named to somebody who asked for another. */
const MOST_NAMED = 8;

interface Probe {
  readonly ok: boolean;
  readonly message: string;
}

/** Asks a model's server, within ten seconds and without spending a token, whether it takes the key and knows the model. */
export async function probeModel(id: string, options: ProviderOptions): Promise<Probe> {
  const found = findEndpoint(id, options);
  if (!found.ok) return { ok: false, message: found.problem };
  const timeout = new AbortController();
  const cancel = options.clock.after(TIMEOUT_MS, () => timeout.abort());
  let baseUrl = '';
  try {
    baseUrl = await found.endpoint.findBaseUrl();
    const fetch = await leanFetch(baseUrl, options);
    return await probe(found.endpoint, baseUrl, (url, headers) => get(fetch, url, headers, timeout.signal));
  } catch (error) {
    const reason = timeout.signal.aborted ? `no answer within ${TIMEOUT_MS / 1000} s` : describeTransport(error);
    const message = messageOf(error);
    return { ok: false, message: `Cannot reach ${baseUrl || id}: ${reason ?? message}.` };
  } finally {
    cancel();
  }
}

type Get = (url: string, headers: Record<string, string>) => Promise<Answer>;

async function probe({ protocol, model, key, keyName }: Endpoint, baseUrl: string, get: Get): Promise<Probe> {
  const models = protocol === 'gemini' ? `${baseUrl}/v1beta/models` : `${baseUrl}/models`;
  const headers = credentials(protocol, key);
  const one = await get(`${models}/${encodeURI(bareName(model))}`, headers);
  if (one.ok && parse(one.text) === undefined) {
    return { ok: false, message: `${baseUrl} answers, but not as a model's server does. Check the base URL.` };
  }
  if (one.ok) return { ok: true, message: `${baseUrl} answers, takes the key and knows ${model}.` };
  if (one.status === 401 || one.status === 403 || /api key/i.test(one.text)) {
    return { ok: false, message: `${baseUrl} answers, but refuses the key (${one.status}). Check ${keyName}.` };
  }
  if (one.status !== 404 && one.status !== 405) {
    return {
      ok: false,
      message: `${baseUrl} answers ${one.status}: ${cutOff(one.text.replaceAll(/\s+/g, ' '), 200)}`,
    };
  }
  // Not every compatible server can be asked for a single model.
  const list = await get(models, headers);
  if (!list.ok) {
    const why = 'The server may have no list of them, or the base URL may be wrong';
    return { ok: false, message: `${baseUrl} answers, but ${list.status} when asked for its models. ${why}.` };
  }
  const names = modelNames(list);
  if (names.includes(bareName(model))) {
    return { ok: true, message: `${baseUrl} answers, takes the key and knows ${model}.` };
  }
  const more = names.length > MOST_NAMED ? ', …' : '';
  const named = names.length > 0 ? ` It has ${names.slice(0, MOST_NAMED).join(', ')}${more}.` : '';
  return { ok: false, message: `${baseUrl} answers, but does not know the model ${model}.${named}` };
}

interface Answer {
  readonly ok: boolean;
  readonly status: number;
  readonly text: string;
}

async function get(
  fetch: LeanFetch,
  url: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Answer> {
  const response = await fetch(url, { headers, signal });
  return { ok: response.ok, status: response.status, text: await response.text() };
}

function credentials(protocol: Protocol, key: string): Record<string, string> {
  return protocol === 'gemini' ? { 'x-goog-api-key': key } : { authorization: `Bearer ${key}` };
}

function bareName(model: string): string {
  return model.replace(/^models\//, '');
}

/** The names in a list of models, of either vendor's form. */
function modelNames({ text }: Answer): readonly string[] {
  const list = parse(text);
  if (typeof list !== 'object' || list === null) return [];
  const entries: unknown = 'data' in list ? list.data : 'models' in list ? list.models : [];
  return Array.isArray(entries) ? entries.map(nameOf).filter((name) => name !== '') : [];
}

function nameOf(entry: unknown): string {
  if (typeof entry !== 'object' || entry === null) return '';
  const name = 'id' in entry ? entry.id : 'name' in entry ? entry.name : '';
  return typeof name === 'string' ? bareName(name) : '';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
