import type { Client } from '@modelcontextprotocol/client';
import { untilAborted } from '../../async/until-aborted.ts';
import { messageOf } from '../../contract/errors.ts';
import type { LineDeps } from './open-line.ts';
import { openLine } from './open-line.ts';
import type { ServerConfig } from './server-config.ts';
import { Session } from './session.ts';
import { NO_LIMIT_MS } from './wire.ts';

/** What opening a session needs from outside. */
export interface SessionDeps extends LineDeps {
  /** What servers are told of us. */
  readonly version: string;
}

/** The first revision without the handshake that all servers had before. */
const WITHOUT_HANDSHAKE = '2026-07-28';

/**
 * Starts or reaches a server and agrees with it on how to speak: by the handshake that nearly all know, else as those
 * do that have given it up.
 *
 * @throws {Error} with words that go on from the server's name, if that fails or the signal fires
 */
export async function openSession(server: ServerConfig, deps: SessionDeps, signal: AbortSignal): Promise<Session> {
  const first = await tryToOpen(server, deps, signal);
  if (first.ok) return first.session;
  if (first.wasRefused) {
    const second = await tryToOpen(server, deps, signal, WITHOUT_HANDSHAKE);
    if (second.ok) return second.session;
  }
  throw new Error(first.problem);
}

type Opened =
  | { readonly ok: true; readonly session: Session }
  | { readonly ok: false; readonly problem: string; readonly wasRefused: boolean };

async function tryToOpen(
  server: ServerConfig,
  deps: SessionDeps,
  signal: AbortSignal,
  revision?: string,
): Promise<Opened> {
  const client = await createClient(deps.version, revision);
  const line = await openLine(server, deps);
  try {
    // The client itself does not hear the signal while it finds out whether the server knows the revision.
    await untilAborted(client.connect(line.transport, { signal, timeout: NO_LIMIT_MS }), signal);
    return { ok: true, session: new Session(client, line) };
  } catch (error) {
    await line.close();
    if (signal.aborted) throw new Error(line.withLastWords(messageOf(signal.reason)));
    const { text, isLost } = line.diagnose(error);
    return { ok: false, problem: isLost ? text : line.withLastWords(text), wasRefused: !isLost };
  }
}

async function createClient(version: string, revision: string | undefined): Promise<Client> {
  const { Client } = await import('@modelcontextprotocol/client');
  return new Client(
    { name: 'agentpar', version },
    revision === undefined ? {} : { versionNegotiation: { mode: { pin: revision } } },
  );
}
