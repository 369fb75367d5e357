import { isSecretName } from '../contract/secret-name.ts';
import { Redactor } from '../report/redactor.ts';
import type { ServerConfig } from '../tools/mcp/server-config.ts';

/** Keeps secrets out of everything that this process writes. */
export const secrets = new Redactor();

/** Values of configuration that say something else than a secret: a word, a number, a path or an address. */
const HARMLESS = /^([a-z]{1,20}|[\d.,:]{1,20}|[/~.][\w./~-]*|https?:\/\/[^@?]*)$/i;
const HARMLESS_HEADERS = /^(accept|content-type|user-agent)/i;

/** Has the values of variables whose names end in KEY, TOKEN, SECRET or PASSWORD kept out from now on. */
export function keepEnvironmentSecret(environment: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(environment)) if (value && isSecretName(name)) secrets.add(name, value);
}

/** Has what servers are given in their environment and headers kept out from now on. */
export function keepServersSecret(servers: readonly ServerConfig[]): void {
  for (const server of servers) {
    for (const [name, value] of Object.entries(server.kind === 'stdio' ? server.env : server.headers)) {
      if (!isSecretName(name) && (HARMLESS.test(value) || HARMLESS_HEADERS.test(name))) continue;
      secrets.add(name, value);
      // What an `Authorization` holds is also told without its scheme.
      secrets.add(name, value.replace(/^(Basic|Bearer|Token) +/i, ''));
    }
  }
}
