import type { JsonValue } from '../contract/json.ts';
import { respondChat } from './chat/respond.ts';
import type { SimFault } from './fault.ts';
import { drawFault } from './fault.ts';
import { geminiError } from './gemini/gemini-error.ts';
import { respondGemini } from './gemini/respond.ts';
import { modelsText } from './models.ts';
import { openAiError } from './openai-error.ts';
import { parseOutput } from './parse-output.ts';
import { randomHex, seededRandom } from './random.ts';
import { MAX_BODY_BYTES } from './read-body.ts';
import type { Exchange, Reply } from './reply.ts';
import { respondResponses } from './responses/respond.ts';
import type { Route } from './route.ts';
import type { SimOptions } from './start-sim.ts';

/** A request, read from HTTP. */
export interface Asked {
  readonly route: Route;
  readonly path: string;
  /** Method and path, for messages. */
  readonly line: string;
  readonly hasGoogleKey: boolean;
  readonly hasBearer: boolean;
  /** Gemini streams as events, else as a JSON array. */
  readonly asEvents: boolean;
  /** The body; undefined if it was too large. */
  readonly text: string | undefined;
}

/** What goes back, and what goes wrong on its way. */
export interface Answered {
  readonly reply: Reply;
  readonly fault?: SimFault | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Not the work of a model: takes no time. */
  readonly instant: boolean;
}

/** Answers a request. `count` gives the number of each request for a response. */
export function answer(asked: Asked, options: SimOptions, count: () => number): Answered {
  const { route, text } = asked;
  const early = (reply: Reply): Answered => ({ reply, headers: {}, instant: true });
  const vendor = VENDORS[vendorOf(route)];
  if (route.kind === 'unknown') return early(vendor.notFound(asked.line));
  if (!vendor.hasKey(asked)) return early(vendor.noKey());
  if (text === undefined) return early(vendor.tooLarge());
  if (route.kind === 'models') return early({ kind: 'whole', status: 200, text: modelsText(route), tokens: 0 });
  const body = parseBody(text);
  if (body === undefined) return early(vendor.badJson());
  options.onRequest?.({ path: asked.path, body });
  return respond(asked, route, body, options, count());
}

function respond(
  { asEvents, line }: Asked,
  route: Exclude<Route, { kind: 'unknown' | 'models' }>,
  body: JsonValue,
  { settings, faultFor }: SimOptions,
  requestNumber: number,
): Answered {
  const random = seededRandom(settings.seed, requestNumber);
  const drawn = drawFault(settings.faults, random);
  const fault = faultFor ? faultFor(requestNumber) : drawn;
  const exchange: Exchange = {
    fault,
    random,
    createdAtSeconds: Math.floor(Date.now() / 1000),
    retryAfterSeconds: settings.retryAfterSeconds,
  };
  const headers = route.kind === 'gemini' ? {} : { ...RATE_LIMITS, 'x-request-id': `req_${randomHex(random)}` };
  switch (route.kind) {
    case 'responses':
      return { reply: respondResponses(body, exchange), fault, headers, instant: false };
    case 'chat':
      return { reply: respondChat(body, exchange), fault, headers, instant: false };
    case 'gemini':
      return { reply: respondGemini({ ...route, asEvents, line }, body, exchange), fault, headers, instant: false };
  }
}

/** Room enough: whoever adapts to these headers has no reason to slow down. */
const RATE_LIMITS = {
  'x-ratelimit-limit-requests': '10000',
  'x-ratelimit-remaining-requests': '9999',
  'x-ratelimit-reset-requests': '6ms',
  'x-ratelimit-limit-tokens': '2000000',
  'x-ratelimit-remaining-tokens': '1999000',
  'x-ratelimit-reset-tokens': '30ms',
};

function parseBody(text: string): JsonValue | undefined {
  const value = parseOutput(text);
  return typeof value === 'string' && !/^\s*"/.test(text) ? undefined : value;
}

function vendorOf(route: Route): 'openai' | 'gemini' {
  if (route.kind === 'gemini') return 'gemini';
  return 'vendor' in route ? route.vendor : 'openai';
}

/** What both vendors say of requests that never reach a model, each in its own words. */
const VENDORS = {
  openai: {
    hasKey: (asked: Asked) => asked.hasBearer,
    noKey: () =>
      openAiError({
        status: 401,
        message:
          "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth " +
          '(i.e. Authorization: Bearer YOUR_KEY).',
      }),
    notFound: (line: string) => {
      // Nothing is kept.
      const [, id] = /\/responses\/(resp_[^/\s]+)/.exec(line) ?? [];
      const message = id === undefined ? `Invalid URL (${line})` : `Response with id '${id}' not found.`;
      return openAiError({ status: 404, message });
    },
    tooLarge: () => openAiError({ status: 413, message: `The request body is larger than ${MAX_BODY_BYTES} bytes.` }),
    badJson: () =>
      openAiError({ message: 'We could not parse the JSON body of your request. The API expects a JSON payload.' }),
  },
  gemini: {
    hasKey: (asked: Asked) => asked.hasGoogleKey,
    noKey: () =>
      geminiError(
        403,
        "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
      ),
    notFound: (line: string) => geminiError(404, `The requested URL was not found: ${line}`),
    tooLarge: () => geminiError(413, `Request payload size exceeds the limit: ${MAX_BODY_BYTES} bytes.`),
    badJson: () => geminiError(400, 'Invalid JSON payload received. Expected a value.'),
  },
};
