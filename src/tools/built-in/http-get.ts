import { cutOff } from '../../contract/cut-off.ts';
import type { JsonValue } from '../../contract/json.ts';
import type { Tool } from '../../contract/tool.ts';
import { defineTool } from '../define-tool.ts';
import type { HttpAnswer } from './guarded-get.ts';
import { createGuardedGet } from './guarded-get.ts';
import { htmlText } from './html-text.ts';
import { specialAddress } from './public-address.ts';
import type { HttpText } from './read-http-text.ts';
import { readHttpText } from './read-http-text.ts';

const MAX_BODY_BYTES = 5 * 1024 * 1024;
const TIMEOUT_MS = 20_000;

/** Of what a server says of a failure. */
const MAX_FAILURE_BYTES = 64 * 1024;
const MAX_FAILURE_CHARACTERS = 500;

/** Deeper JSON is shown as the text that it is. */
const MAX_JSON_DEPTH = 64;

/** Fetches text, pages and JSON from the public internet; with `allowPrivate` also from this machine and its networks. */
export function createHttpGetTool({ allowPrivate }: { readonly allowPrivate: boolean }): Tool {
  const get = createGuardedGet({ refuse: allowPrivate ? () => undefined : refuseSpecial });
  return defineTool({
    name: 'http_get',
    description: 'Fetches a URL (http or https) and gives back its text: pages without their markup, JSON as JSON.',
    parameters: {
      type: 'object',
      properties: { url: { type: 'string', minLength: 1, maxLength: 8192 } },
      required: ['url'],
      additionalProperties: false,
    },
    policy: { effect: 'read', timeoutMs: TIMEOUT_MS },
    run: async ({ url }: { url: string }, { signal }) => {
      const answer = await get(url, signal);
      if (answer.status < 200 || answer.status > 299) throw await failure(answer);
      const read = await readHttpText(answer, MAX_BODY_BYTES);
      if (!read.ok) throw new Error(`Cannot use ${answer.url}: ${read.problem}.`);
      return { url: answer.url, status: answer.status, type: read.type, body: await bodyOf(read, answer.url) };
    },
  });
}

function refuseSpecial(address: string): string | undefined {
  const kind = specialAddress(address);
  if (kind === undefined) return undefined;
  return `${address} is not on the public internet (${kind}), and only --allow-private lets it be asked`;
}

async function failure(answer: HttpAnswer): Promise<Error> {
  const { url, status } = answer;
  const read = await readHttpText(answer, MAX_FAILURE_BYTES);
  const said = read.ok ? cutOff((await readable(read, url)).trim(), MAX_FAILURE_CHARACTERS) : '';
  // Not imported: the module takes long to load, and this one is in the library's face.
  const { STATUS_CODES } = process.getBuiltinModule('node:http');
  const summary = `Cannot get ${url}: the server answered ${status} ${STATUS_CODES[status] ?? ''}`.trimEnd();
  return new Error(said === '' ? `${summary}.` : `${summary}: ${said}`);
}

async function bodyOf(read: HttpText & { ok: true }, url: string): Promise<JsonValue> {
  if (!/[/+]json$/.test(read.type)) return await readable(read, url);
  try {
    const value: JsonValue = JSON.parse(read.text);
    return isDeeper(value, MAX_JSON_DEPTH) ? read.text : value;
  } catch {
    return read.text;
  }
}

async function readable({ type, text }: HttpText & { ok: true }, url: string): Promise<string> {
  return type === 'text/html' || type === 'application/xhtml+xml' ? await htmlText(text, url) : text;
}

function isDeeper(value: JsonValue, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((inner) => isDeeper(inner, depth - 1));
}
