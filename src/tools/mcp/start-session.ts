import type { Definition } from './definitions.ts';
import { readDefinitions } from './definitions.ts';
import type { SessionDeps } from './open-session.ts';
import { openSession } from './open-session.ts';
import type { ServerConfig } from './server-config.ts';
import type { Session } from './session.ts';

/** What starting a session needs from outside. */
export interface StartDeps extends SessionDeps {
  /** How long it may take until the tools are known. */
  readonly startTimeoutMs: number;
}

/** A session, and what tools the server has by then. */
export interface StartedSession {
  readonly session: Session;
  readonly definitions: readonly Definition[];
  /** Why tools of its list are not among them, in words that go on from the server's name. */
  readonly problems: readonly string[];
}

/**
 * Opens a session and reads the server's tools, all in time.
 *
 * @throws {Error} with words that go on from the server's name, if that fails or the signal fires; nothing is left then
 */
export async function startSession(
  server: ServerConfig,
  deps: StartDeps,
  signal: AbortSignal,
): Promise<StartedSession> {
  const { clock, startTimeoutMs } = deps;
  const late = new AbortController();
  const reason = new Error(`was not ready within ${startTimeoutMs / 1000} s`);
  const cancel = clock.after(startTimeoutMs, () => late.abort(reason));
  try {
    return await openWithTools(server, deps, AbortSignal.any([signal, late.signal]));
  } finally {
    cancel();
  }
}

async function openWithTools(server: ServerConfig, deps: StartDeps, signal: AbortSignal): Promise<StartedSession> {
  const session = await openSession(server, deps, signal);
  try {
    return { session, ...readDefinitions(await session.listTools(signal)) };
  } catch (error) {
    await session.close();
    throw signal.aborted ? signal.reason : error;
  }
}
