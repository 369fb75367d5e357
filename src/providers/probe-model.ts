import type { Endpoint } from './find-endpoint.ts';
import { findEndpoint } from './find-endpoint.ts';
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
    return await probe(found.endpoint, baseUrl, timeout.signal);
  } catch (error) {
    const reason = timeout.signal.aborted ? `no answer within ${TIMEOUT_MS / 1000} s` : describeTransport(error);
    return { ok: false, message: `Cannot reach ${baseUrl || id}: ${reason ?? String(error)}.` };
  } finally {
    cancel();
  }
}

async function probe(endpoint: Endpoint, baseUrl: string, signal: AbortSignal): Promise<Probe> {
  const { model, keyName } = endpoint;
  const one = await get(endpoint, `${modelsUrl(endpoint, baseUrl)}/${encodeURI(bareName(model))}`, signal);
  if (one.ok) return { ok: true, message: `${baseUrl} answers, takes the key and knows ${model}.` };
  if (one.status === 401 || one.status === 403 || /api key/i.test(one.text)) {
    return { ok: false, message: `${baseUrl} answers, but refuses the key (${one.status}). Check ${keyName}.` };
  }
  if (one.status !== 404 && one.status !== 405) {
    return {
      ok: false,
      message: `${baseUrl} answers ${one.status}: ${one.text.replaceAll(/\s+/g, ' ').slice(0, 200)}`,
    };
  }
  // Not every compatible server can be asked for a single model.
  const names = modelNames(await get(endpoint, modelsUrl(endpoint, baseUrl), signal));
  if (names.includes(bareName(model))) {
    return { ok: true, message: `${baseUrl} answers, takes the key and knows ${model}.` };
  }
  const named =
    names.length > 0
      ? ` It has ${names.slice(0, MOST_NAMED).join(', ')}${names.length > MOST_NAMED ? ', …' : ''}.`
      : '';
  return { ok: false, message: `${baseUrl} answers, but does not know the model ${model}.${named}` };
}

interface Answer {
  readonly ok: boolean;
  readonly status: number;
  readonly text: string;
}

async function get({ protocol, key }: Endpoint, url: string, signal: AbortSignal): Promise<Answer> {
  const headers: Record<string, string> =
    protocol === 'gemini' ? { 'x-goog-api-key': key } : { authorization: `Bearer ${key}` };
  const response = await fetch(url, { headers, signal });
  return { ok: response.ok, status: response.status, text: await response.text() };
}

function modelsUrl({ protocol }: Endpoint, baseUrl: string): string {
  return protocol === 'gemini' ? `${baseUrl}/v1beta/models` : `${baseUrl}/models`;
}

function bareName(model: string): string {
  return model.replace(/^models\//, '');
}

/** The names in a list of models, of either vendor's form. */
function modelNames({ ok, text }: Answer): readonly string[] {
  const list: unknown = ok ? parse(text) : undefined;
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
