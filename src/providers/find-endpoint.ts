import { isLocalUrl } from './http/local-url.ts';
import type { ProviderOptions } from './provider-options.ts';

/** A protocol that models are spoken to in. */
export type Protocol = 'openai-responses' | 'openai-chat' | 'gemini';

/** Where a model is and how it is spoken to. */
export interface Endpoint {
  /** `provider/name`. */
  readonly modelId: string;
  /** The model's name as the server knows it. */
  readonly model: string;
  readonly protocol: Protocol;
  readonly key: string;
  /** The environment variable that the key comes from. */
  readonly keyName: string;
  readonly findBaseUrl: () => Promise<string>;
}

type Found = { readonly ok: true; readonly endpoint: Endpoint } | { readonly ok: false; readonly problem: string };

/** A vendor, or a family of compatible servers. */
interface Provider {
  readonly protocol: Protocol;
  readonly example: string;
  /** In order of precedence: the vendor's own SDK's. */
  readonly keyNames: readonly [string, ...string[]];
  readonly baseUrlName: string;
  readonly baseUrl: string;
}

const PROVIDERS: Readonly<Record<string, Provider>> = {
  openai: {
    protocol: 'openai-responses',
    example: 'openai/gpt-5.6-luna',
    keyNames: ['OPENAI_API_KEY'],
    baseUrlName: 'OPENAI_BASE_URL',
    baseUrl: 'https://api.openai.com/v1',
  },
  gemini: {
    protocol: 'gemini',
    example: 'gemini/gemini-3.8-flash',
    keyNames: ['GOOGLE_API_KEY', 'GEMINI_API_KEY'],
    baseUrlName: 'GOOGLE_GEMINI_BASE_URL',
    baseUrl: 'https://generativelanguage.googleapis.com',
  },
  'openai-chat': {
    protocol: 'openai-chat',
    example: 'openai-chat/llama3.3',
    keyNames: ['OPENAI_API_KEY'],
    baseUrlName: 'OPENAI_BASE_URL',
    baseUrl: 'https://api.openai.com/v1',
  },
};

/** What a header can hold. */
const SENDABLE = /^[\x21-\x7e]+$/;

/** What is sent as key to a server that asks for none. */
const NO_KEY = 'none';

/** Finds where the model that `id` names is, and its key; or says what is missing. */
export function findEndpoint(id: string, options: ProviderOptions): Found {
  const slash = id.indexOf('/');
  const [providerName, model] = [id.slice(0, slash), id.slice(slash + 1)];
  if (slash < 1 || !model.trim()) return { ok: false, problem: `Cannot use "${id}" as a model: ${EXPECTED}` };
  if (providerName === 'sim') return simEndpoint(id, model, options);
  const provider = Object.hasOwn(PROVIDERS, providerName) ? PROVIDERS[providerName] : undefined;
  if (!provider) {
    return { ok: false, problem: `Cannot use "${id}" as a model: there is no provider "${providerName}". ${EXPECTED}` };
  }
  return vendorEndpoint(id, model, provider, options);
}

const EXPECTED = `A model is written provider/name, for instance ${Object.values(PROVIDERS)
  .map(({ example }) => example)
  .join(', ')} or sim/offline (no key needed).`;

function vendorEndpoint(modelId: string, model: string, provider: Provider, options: ProviderOptions): Found {
  const named = options.baseUrl || setValue(options.env, provider.baseUrlName);
  const baseUrl = named ?? provider.baseUrl;
  const source = options.baseUrl ? 'the base URL' : provider.baseUrlName;
  if (!isHttpUrl(baseUrl)) {
    return { ok: false, problem: `Cannot use "${baseUrl}" as ${source}: it must begin with http:// or https://.` };
  }
  if (holdsCredentials(baseUrl)) {
    const wayOut = `Take them out: only ${provider.keyNames[0]} is sent.`;
    return { ok: false, problem: `Cannot use ${source}: it holds a user name or password. ${wayOut}` };
  }
  const keyName = provider.keyNames.find((name) => setValue(options.env, name)) ?? provider.keyNames[0];
  const key = setValue(options.env, keyName) ?? (needsNone(baseUrl, options) ? NO_KEY : undefined);
  if (key === undefined) {
    const names = provider.keyNames.toReversed().join(' or ');
    const wayOut = `Put a key there, or use --model sim/offline, which needs none.`;
    return { ok: false, problem: `Cannot use ${modelId}: ${names} is not set. ${wayOut}` };
  }
  if (!SENDABLE.test(key)) {
    const problem = `Cannot use ${modelId}: ${keyName} holds characters that no key has. Copy the key again, on one line.`;
    return { ok: false, problem };
  }
  const findBaseUrl = async () => trimmed(baseUrl, provider.protocol);
  return { ok: true, endpoint: { modelId, model, protocol: provider.protocol, key, keyName, findBaseUrl } };
}

function needsNone(baseUrl: string, { cassette }: ProviderOptions): boolean {
  return cassette?.use === 'replay' || isLocalUrl(baseUrl);
}

/** The offline server speaks every protocol: the model's name says which. */
function simEndpoint(modelId: string, model: string, options: ProviderOptions): Found {
  const { baseUrl } = options;
  if (baseUrl && !isHttpUrl(baseUrl)) {
    return { ok: false, problem: `Cannot use "${baseUrl}" as the base URL: it must begin with http:// or https://.` };
  }
  const protocol = simProtocol(model);
  const findBaseUrl = async () => {
    const origin = baseUrl ? new URL(baseUrl).origin : await simOrigin(options);
    return protocol === 'gemini' ? origin : `${origin}/v1`;
  };
  return { ok: true, endpoint: { modelId, model, protocol, key: 'offline', keyName: 'its key', findBaseUrl } };
}

/** A replay asks no server, so that none is started for it. */
function simOrigin({ cassette, simOrigin }: ProviderOptions): Promise<string> {
  return cassette?.use === 'replay' ? Promise.resolve('http://offline.invalid') : simOrigin();
}

function simProtocol(model: string): Protocol {
  if (model.startsWith('gemini')) return 'gemini';
  return model.startsWith('openai-chat') ? 'openai-chat' : 'openai-responses';
}

function isHttpUrl(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}

function holdsCredentials(url: string): boolean {
  const { username, password } = new URL(url);
  return username !== '' || password !== '';
}

/** The Gemini SDK adds the API's version itself. */
function trimmed(baseUrl: string, protocol: Protocol): string {
  const withoutSlash = baseUrl.replace(/\/+$/, '');
  return protocol === 'gemini' ? withoutSlash.replace(/\/v1(beta)?$/, '') : withoutSlash;
}

/** A variable's value; an empty one counts as none. */
export function setValue(env: ProviderOptions['env'], name: string): string | undefined {
  return env[name]?.trim() || undefined;
}
