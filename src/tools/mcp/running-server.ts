import type { CallToolResult } from '@modelcontextprotocol/client';
import { cutOff } from '../../contract/cut-off.ts';
import type { JsonObject } from '../../contract/json.ts';
import type { Definition, Pin } from './definitions.ts';
import { changedSince, pin, readDefinitions } from './definitions.ts';
import type { ServerConfig } from './server-config.ts';
import type { Session } from './session.ts';
import { CallLost } from './session.ts';
import type { StartDeps, StartedSession } from './start-session.ts';
import { startSession } from './start-session.ts';
import { asSentence } from './trouble.ts';

/** What keeping a server running needs from outside. */
export interface ServerDeps extends Omit<StartDeps, 'onGarbage'> {
  /** Something that a person should know and that ends nothing. */
  readonly onNotice: (message: string) => void;
}

const MAX_RESTARTS = 3;
const FIRST_WAIT_MS = 500;
const SHOWN_CHARACTERS = 100;

/**
 * Starts a server and reads what tools it has.
 *
 * @throws {Error} with words that go on from the server's name, if that fails
 */
export async function startServer(server: ServerConfig, deps: ServerDeps, signal: AbortSignal): Promise<RunningServer> {
  const tell = (what: string) => deps.onNotice(`MCP server "${server.name}" ${what}.`);
  const startDeps = { ...deps, onGarbage: tellOfGarbage(tell) };
  const first = await startSession(server, startDeps, signal);
  for (const problem of first.problems) tell(`${problem}: it is left out`);
  return new RunningServer(server, startDeps, first);
}

/** One line is enough to find out what writes there. */
function tellOfGarbage(tell: (what: string) => void): (line: string) => void {
  let isTold = false;
  return (line) => {
    if (isTold) return;
    isTold = true;
    const shown = JSON.stringify(cutOff(line, SHOWN_CHARACTERS));
    tell(`writes to its standard output what is no message, which is skipped: ${shown}`);
  };
}

/**
 * A server that is started again when it dies, a few times in a row without an answer. What it says of its tools is held fast at the start: once
 * it says something else of one of them, none of its tools runs any more.
 */
export class RunningServer implements AsyncDisposable {
  readonly name: string;
  /** What it said of its tools when it was started first. */
  readonly definitions: readonly Definition[];
  readonly #server: ServerConfig;
  readonly #deps: StartDeps & ServerDeps;
  readonly #pinned: Pin;
  readonly #over = new AbortController();
  #session: Promise<Session>;
  /** Since it last answered a call. */
  #restarts = 0;
  #isVerifying = false;
  /** Why nothing is asked of it any more. */
  #refusal: string | undefined;

  constructor(server: ServerConfig, deps: StartDeps & ServerDeps, { session, definitions }: StartedSession) {
    this.name = server.name;
    this.definitions = definitions;
    this.#server = server;
    this.#deps = deps;
    this.#pinned = pin(definitions);
    this.#session = Promise.resolve(session);
    this.#watch(session);
  }

  /**
   * Calls a tool. A call that did not get to the server is made again, as long as the server is started again; one that
   * may have is made once more if it can be repeated.
   *
   * @throws {Error} if there is no answer, or the server refuses
   */
  async call(
    { name, inputSchema, effect }: Definition,
    args: JsonObject,
    signal: AbortSignal,
  ): Promise<CallToolResult> {
    let mayRepeat = effect !== 'unsafe';
    for (;;) {
      const session = await this.#ready(signal);
      try {
        const result = await session.call(name, args, inputSchema, signal);
        this.#restarts = 0;
        return result;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof CallLost) || (error.mayHaveRun && !mayRepeat)) throw this.#lost(error);
        if (error.mayHaveRun) mayRepeat = false;
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#refusal ??= `MCP server "${this.name}" was closed.`;
    this.#over.abort(new Error(this.#refusal));
    await this.#session.then(
      (session) => session.close(),
      () => {},
    );
  }

  async #ready(signal: AbortSignal): Promise<Session> {
    if (this.#refusal !== undefined) throw new Error(this.#refusal);
    const session = await this.#session;
    if (this.#refusal !== undefined) throw new Error(this.#refusal);
    signal.throwIfAborted();
    return session;
  }

  #watch(session: Session): void {
    session.whenEnded((how) => {
      if (this.#refusal !== undefined) return;
      this.#session = this.#restart(how);
      this.#session.catch(() => {});
    });
    session.onToolsChanged = () => void this.#verify(session);
  }

  async #restart(how: string): Promise<Session> {
    const again = this.#server.kind === 'stdio' ? 'started again' : 'connected to again';
    let problem = how;
    while (this.#restarts < MAX_RESTARTS) {
      const waitMs = FIRST_WAIT_MS * 4 ** this.#restarts;
      this.#restarts += 1;
      this.#tell(`${asSentence(problem)} It is ${again} (${this.#restarts} of ${MAX_RESTARTS})`);
      await this.#deps.clock.sleep(waitMs, this.#over.signal);
      try {
        const { session, definitions } = await startSession(this.#server, this.#deps, this.#over.signal);
        if (this.#accepts(definitions)) {
          this.#watch(session);
          return session;
        }
        await session.close();
      } catch (error) {
        problem = error instanceof Error ? error.message : String(error);
      }
      if (this.#refusal !== undefined) throw new Error(this.#refusal);
    }
    this.#refuse(`${asSentence(problem)} It was ${again} ${MAX_RESTARTS} times and is not any more.`);
    throw new Error(this.#refusal);
  }

  /** Looks again at what the server says of its tools, now that it says they have changed. */
  async #verify(session: Session): Promise<void> {
    if (this.#isVerifying) return;
    this.#isVerifying = true;
    try {
      const { definitions } = readDefinitions(await session.listTools(this.#over.signal));
      if (!this.#accepts(definitions)) await session.close();
    } catch {
      // A server that cannot say it any more is found out by the next call.
    } finally {
      this.#isVerifying = false;
    }
  }

  #accepts(definitions: readonly Definition[]): boolean {
    const changed = changedSince(this.#pinned, definitions);
    if (changed.length === 0) return true;
    const names = cutOff(changed.join(', '), SHOWN_CHARACTERS);
    this.#refuse(
      `now says something else of its tools than the models were told (${names}): none of them is run any more. Run again to use them as they are now.`,
    );
    return false;
  }

  #refuse(why: string): void {
    if (this.#refusal !== undefined) return;
    this.#refusal = `MCP server "${this.name}" ${why}`;
    this.#deps.onNotice(this.#refusal);
  }

  #lost(error: unknown): Error {
    const text = error instanceof Error ? error.message : String(error);
    const doubt = error instanceof CallLost && error.mayHaveRun ? ' Whether the call took effect is not known.' : '';
    return new Error(`MCP server "${this.name}" ${asSentence(text)}${doubt}`, { cause: error });
  }

  #tell(what: string): void {
    this.#deps.onNotice(`MCP server "${this.name}" ${what}.`);
  }
}
