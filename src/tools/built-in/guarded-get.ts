import type { LookupAddress } from 'node:dns';
import { lookup as lookupName } from 'node:dns/promises';
import type { IncomingHttpHeaders } from 'node:http';
import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';
import type { Readable } from 'node:stream';
import type { Agent } from 'undici';

/** Decides what may be connected to. */
export interface AddressGuard {
  /** Why an IP address must not be connected to, or undefined if it may. */
  readonly refuse: (address: string) => string | undefined;
  /** All addresses of a name; default: as the system resolves it. */
  readonly lookup?: (name: string) => Promise<readonly LookupAddress[]>;
}

/** The response to a GET, after redirects. Whoever gets it reads or destroys its body. */
export interface HttpAnswer {
  /** Where it came from in the end. */
  readonly url: string;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
}

const MAX_REDIRECTS = 5;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
const MAX_HEADER_BYTES = 16 * 1024;
const CONNECT_TIMEOUT_MS = 10_000;

const HEADERS = {
  accept: 'text/html, application/json, text/*;q=0.9, */*;q=0.5',
  'accept-encoding': 'gzip, deflate, br',
  'user-agent': 'agentpar',
};

/**
 * A GET over http and https that follows at most five redirects and sends no credentials. Every connection is made to an
 * address that `guard` was asked about: a name all of whose addresses were checked is not resolved again. Goes through
 * no proxy, because a proxy would resolve names itself.
 *
 * The function throws an `Error` whose message says which URL could not be had and why.
 */
export function createGuardedGet(guard: AddressGuard): (url: string, signal: AbortSignal) => Promise<HttpAnswer> {
  let opening: Promise<Agent> | undefined;
  return async (text, signal) => {
    opening ??= openAgent(guard);
    const agent = await opening;
    let url = readUrl(text);
    for (let redirects = 0; ; redirects++) {
      const { statusCode: status, headers, body } = await send(agent, url, signal);
      const target = REDIRECTS.includes(status) ? headers['location'] : undefined;
      if (typeof target !== 'string') return { url: url.href, status, headers, body };
      body.destroy();
      if (redirects === MAX_REDIRECTS) {
        throw new Error(`Cannot get ${text}: it redirects more than ${MAX_REDIRECTS} times.`);
      }
      url = readUrl(target, url);
    }
  };
}

async function openAgent(guard: AddressGuard): Promise<Agent> {
  const { Agent, buildConnector } = await import('undici');
  const connect = buildConnector({ lookup: guardedLookup(guard), timeout: CONNECT_TIMEOUT_MS });
  return new Agent({
    maxHeaderSize: MAX_HEADER_BYTES,
    connect: (options, callback) => {
      // An address written as such is never looked up.
      const problem = isIP(options.hostname) === 0 ? undefined : guard.refuse(options.hostname);
      if (problem === undefined) connect(options, callback);
      else callback(new Error(problem), null);
    },
  });
}

/** Gives a connection only addresses that were checked, and none if one of them is refused. */
function guardedLookup({ refuse, lookup = lookupAll }: AddressGuard): LookupFunction {
  const resolve = async (name: string) => {
    const addresses = await lookup(name);
    for (const { address } of addresses) {
      const problem = refuse(address);
      if (problem !== undefined) throw new Error(problem);
    }
    return addresses;
  };
  return (name, options, callback) => {
    resolve(name).then(
      (addresses) => {
        const [first] = addresses;
        if (!first) callback(new Error(`${name} has no address`), '');
        else if (options.all) callback(null, [...addresses]);
        else callback(null, first.address, first.family);
      },
      (error) => callback(error, ''),
    );
  };
}

function lookupAll(name: string): Promise<readonly LookupAddress[]> {
  return lookupName(name, { all: true });
}

/** Also gives odd spellings of an address (`0x7f.1`, `2130706433`) their usual form. */
function readUrl(text: string, base?: URL): URL {
  const url = URL.parse(text, base?.href);
  const problem = problemOf(url);
  if (url && problem === undefined) return url;
  // Without what may be a password.
  const shown = JSON.stringify(text.replace(/\/\/[^/?#]*@/, '//…@'));
  throw new Error(
    `Cannot get ${base ? `${base.href}: it redirects to ${shown}, and that` : `${shown}: it`} ${problem}.`,
  );
}

function problemOf(url: URL | null): string | undefined {
  if (!url) return 'is no URL';
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'is neither http nor https';
  return url.username === '' && url.password === '' ? undefined : 'holds a user name or password';
}

async function send(agent: Agent, url: URL, signal: AbortSignal) {
  try {
    const { origin, pathname, search } = url;
    const response = await agent.request({ origin, path: pathname + search, method: 'GET', headers: HEADERS, signal });
    // Destroying a body that nobody reads would end the process with an error that nobody hears.
    response.body.on('error', () => {});
    return response;
  } catch (error) {
    throw new Error(`Cannot get ${url.href}: ${reasonOf(error)}.`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'its name cannot be resolved';
  if (String(code).startsWith('ERR_SSL_')) return `its encryption failed (${code})`;
  // Several addresses that all failed come as an AggregateError without a message.
  const first = error instanceof AggregateError ? error.errors[0] : undefined;
  return first instanceof Error ? first.message : error.message || error.name;
}
