import { isObject, PROTOTYPE_KEYS } from '../../contract/json.ts';
import type { Environment } from './fill-variables.ts';
import { fillVariables } from './fill-variables.ts';
import type { ServerConfig } from './server-config.ts';

// An import would have Node load its client for `fetch` too, HTTP/2 and TLS.
const { validateHeaderName, validateHeaderValue } = process.getBuiltinModule('node:http');

type Entry = Readonly<Record<string, unknown>>;

/** Tells what is wrong with a key; its value is never part of that, for it may be a secret. */
type Tell = (key: string, problem: string) => void;

interface Reading {
  readonly entry: Entry;
  readonly environment: Environment;
  readonly tell: Tell;
}

const STDIO_KEYS = ['command', 'args', 'env', 'cwd'];
const HTTP_KEYS = ['url', 'headers'];
/** What such files hold for other programs, or what is read elsewhere. */
const OTHER_KEYS = ['type', 'disabled', 'description', 'autoApprove', 'alwaysAllow'];
const SHAPE =
  '{ "mcpServers": { "name": { "command": "…", "args": [], "env": {} } or { "url": "…", "headers": {} } } }';

/**
 * Reads a file of servers, `{ "mcpServers": { name: { command, args, env, cwd } or { url, headers } } }`. `${NAME}` and
 * `${NAME:-default}` are filled in from the environment; servers with `disabled: true` are left out. Every problem
 * names the file and the key.
 */
export function readServers(
  text: string,
  file: string,
  environment: Environment,
):
  | { readonly ok: true; readonly servers: readonly ServerConfig[] }
  | { readonly ok: false; readonly problems: readonly string[] } {
  const refuse = (problem: string) => ({ ok: false, problems: [`Cannot use ${file}: ${problem}`] }) as const;
  let content: unknown;
  try {
    content = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    return refuse(`it is not valid JSON (${error instanceof Error ? error.message : error}).`);
  }
  const entries = isObject(content) ? content['mcpServers'] : undefined;
  if (!isObject(entries)) return refuse(`it has no "mcpServers". It must look like ${SHAPE}.`);
  const problems: string[] = [];
  const servers = Object.entries(entries).flatMap(([name, entry]) => {
    const tell: Tell = (key, problem) => {
      const path = ['mcpServers', name, key].filter((step) => step !== '').join('.');
      problems.push(`Cannot use ${file}: ${path} ${problem}.`);
    };
    return readServer(name, entry, environment, tell) ?? [];
  });
  return problems.length > 0 ? { ok: false, problems } : { ok: true, servers };
}

function readServer(name: string, entry: unknown, environment: Environment, tell: Tell): ServerConfig | undefined {
  if (!/^\P{Cc}{1,64}$/u.test(name) || PROTOTYPE_KEYS.has(name)) {
    tell('', 'has a name that cannot be used: give it 1 to 64 printable characters');
    return undefined;
  }
  if (!isObject(entry)) {
    tell('', 'must be an object');
    return undefined;
  }
  if (entry['disabled'] === true) return undefined;
  const isHttp = entry['url'] !== undefined;
  if (isHttp === (entry['command'] !== undefined)) {
    tell('', isHttp ? 'has both "command" and "url": it must have one of them' : 'needs a "command" or a "url"');
    return undefined;
  }
  if (entry['type'] === 'sse') {
    tell('type', 'is "sse", which servers have given up: use the address of its streamable HTTP endpoint and "http"');
  }
  const known = isHttp ? HTTP_KEYS : STDIO_KEYS;
  for (const key of Object.keys(entry).filter((each) => !known.includes(each) && !OTHER_KEYS.includes(each))) {
    tell(
      key,
      `is not known: ${isHttp ? 'beside "url"' : 'beside "command"'} there can be ${known.slice(1).join(', ')}`,
    );
  }
  const reading = { entry, environment, tell };
  return isHttp ? readHttp(name, reading) : readStdio(name, reading);
}

function readStdio(name: string, reading: Reading): ServerConfig {
  const { entry, tell } = reading;
  const command = readText('command', entry['command'], reading);
  if (entry['command'] === '') tell('command', 'is empty');
  const listed = entry['args'] ?? [];
  if (!Array.isArray(listed)) tell('args', 'must be a list of texts');
  const args = Array.isArray(listed) ? listed.map((arg, index) => readText(`args.${index}`, arg, reading)) : [];
  const cwd = entry['cwd'] === undefined ? undefined : readText('cwd', entry['cwd'], reading);
  return {
    kind: 'stdio',
    name,
    shown: [entry['command'], ...(Array.isArray(listed) ? listed : [])].join(' '),
    command,
    args,
    env: readTexts('env', reading),
    ...(cwd === undefined ? {} : { cwd }),
  };
}

function readHttp(name: string, reading: Reading): ServerConfig {
  const { entry, tell } = reading;
  const url = readText('url', entry['url'], reading);
  const parsed = URL.parse(url);
  if (parsed === null || !['http:', 'https:'].includes(parsed.protocol)) {
    tell('url', 'must be an address that starts with http:// or https://');
  } else if (parsed.username !== '' || parsed.password !== '') {
    tell('url', 'has a name or password in it: send them in "headers" instead');
  }
  const headers = readTexts('headers', reading);
  for (const [header, value] of Object.entries(headers)) {
    try {
      validateHeaderName(header);
      validateHeaderValue(header, value);
    } catch {
      tell(`headers.${header}`, 'is not a header that can be sent');
    }
  }
  return { kind: 'http', name, shown: String(entry['url']), url, headers };
}

function readTexts(key: string, reading: Reading): Readonly<Record<string, string>> {
  const { entry, tell } = reading;
  const value = entry[key] ?? {};
  if (!isObject(value)) {
    tell(key, 'must be an object of texts');
    return {};
  }
  const texts = Object.entries(value).map(([name, text]) => {
    if (PROTOTYPE_KEYS.has(name) || name === '' || name.includes('='))
      tell(`${key}.${name}`, 'is not a name that can be used');
    return [name, readText(`${key}.${name}`, text, reading)] as const;
  });
  return Object.fromEntries(texts);
}

function readText(key: string, value: unknown, { environment, tell }: Reading): string {
  if (typeof value !== 'string') {
    tell(key, 'must be text');
    return '';
  }
  const { filled, missing } = fillVariables(value, environment);
  for (const name of missing) tell(key, `uses \${${name}}, which is not set: set it, or write \${${name}:-default}`);
  if (filled.includes('\0')) tell(key, 'has a NUL character in it');
  return filled;
}
