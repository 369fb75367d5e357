import type { CallToolResult, Client, StandardSchemaV1 } from '@modelcontextprotocol/client';
import type { JsonObject, JsonValue } from '../../contract/json.ts';
import type { Line } from './open-line.ts';
import type { Trouble } from './trouble.ts';
import { NO_LIMIT_MS } from './wire.ts';

/** Pages of tools that are read before the server is taken to go round in circles. */
const MAX_PAGES = 64;

/** A call got no answer. If it did not reach the server, it can be made again whatever it does. */
export class CallLost extends Error {
  override readonly name = 'CallLost';
  readonly mayHaveRun: boolean;

  constructor(message: string, mayHaveRun: boolean) {
    super(message);
    this.mayHaveRun = mayHaveRun;
  }
}

/** One connection to a server, from the handshake on. */
export class Session {
  /** Called when the server says that its tools have changed. */
  onToolsChanged: (() => void) | undefined;
  readonly #client: Client;
  readonly #line: Line;
  #isOver = false;
  #callsUnderWay = 0;
  #howItEnded: string | undefined;
  #onEnd: ((how: string) => void) | undefined;

  constructor(client: Client, line: Line) {
    this.#client = client;
    this.#line = line;
    client.onclose = () => this.#end(line.howItEnded());
    client.setNotificationHandler('notifications/tools/list_changed', () => this.onToolsChanged?.());
  }

  /** Calls back once with how, if it has come or comes to an end that was not asked for. */
  whenEnded(callback: (how: string) => void): void {
    if (this.#howItEnded === undefined) this.#onEnd = callback;
    else callback(this.#howItEnded);
  }

  /**
   * What the server says of its tools, unread.
   *
   * @throws {Error} if it gives no list, or one without an end
   */
  async listTools(signal: AbortSignal): Promise<readonly JsonValue[]> {
    if (!this.#client.getServerCapabilities()?.tools) return [];
    const tools: JsonValue[] = [];
    let cursor: JsonValue | undefined;
    for (let page = 1; page <= MAX_PAGES; page++) {
      const result = await this.#listPage(cursor === undefined ? {} : { cursor }, signal);
      if (!Array.isArray(result['tools'])) throw new Error('gave no list of tools');
      tools.push(...result['tools']);
      cursor = result['nextCursor'];
      if (typeof cursor !== 'string') return tools;
    }
    throw new Error(`has a list of tools with more than ${MAX_PAGES} pages`);
  }

  /**
   * Calls a tool. What the server says of the results' shape is not asked for: checking it could take for ever.
   *
   * @throws {CallLost} if there is no answer to be had
   * @throws {Error} if the server refuses, or the signal's reason if it fires
   */
  async call(name: string, args: JsonObject, inputSchema: JsonObject, signal: AbortSignal): Promise<CallToolResult> {
    const toolDefinition = { name, inputSchema: { ...inputSchema, type: 'object' as const } };
    this.#callsUnderWay += 1;
    try {
      return await this.#client.callTool(
        { name, arguments: { ...args } },
        { signal, timeout: NO_LIMIT_MS, toolDefinition },
      );
    } catch (error) {
      signal.throwIfAborted();
      throw this.#explain(this.#line.diagnose(error));
    } finally {
      this.#callsUnderWay -= 1;
      this.#clearUp();
    }
  }

  /** Ends the session, and the server if it was started for it. */
  async close(): Promise<void> {
    this.#isOver = true;
    await this.#line.close();
    await this.#client.close();
  }

  async #listPage(params: JsonObject, signal: AbortSignal): Promise<Readonly<Record<string, JsonValue>>> {
    try {
      return await this.#client.request({ method: 'tools/list', params }, anyResult, { signal, timeout: NO_LIMIT_MS });
    } catch (error) {
      throw this.#explain(this.#line.diagnose(error));
    }
  }

  #explain({ text, isGone, isLost, mayHaveRun }: Trouble): Error {
    if (isGone) this.#end(text);
    return isLost ? new CallLost(text, mayHaveRun) : new Error(text);
  }

  #end(how: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#howItEnded = how;
    this.#onEnd?.(how);
    this.#clearUp();
  }

  /** Ends what is left of a session that has ended, once the calls that may still be answered are over. */
  #clearUp(): void {
    if (this.#howItEnded === undefined || this.#callsUnderWay > 0) return;
    // What was already lost cannot be lost again.
    this.close().catch(() => {});
  }
}

/** Takes results as they are: one bad entry in a list must not spoil the others. */
const anyResult: StandardSchemaV1<unknown, Readonly<Record<string, JsonValue>>> = {
  '~standard': {
    version: 1,
    vendor: 'agentpar',
    validate: (value: unknown) => ({ value: value as Readonly<Record<string, JsonValue>> }),
  },
};
