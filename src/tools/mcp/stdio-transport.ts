import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client';
import { messageOf } from '../../contract/errors.ts';
import { cutLines } from './message-lines.ts';
import type { ServerProcess } from './server-process.ts';
import { errorAnswer, MAX_MESSAGE_BYTES, tooLarge } from './wire.ts';

/** A line that has still not ended here is no message any more. */
const RUNAWAY_BYTES = 4 * MAX_MESSAGE_BYTES;

/**
 * Speaks with a process in lines of JSON. Lines that are no messages are told and skipped; an answer that is too large
 * becomes an error for its call alone.
 */
export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  /** How it came to an end, once `onclose` was called: `ended with exit code 1`, say. */
  howItEnded = 'ended';
  readonly #process: ServerProcess;
  readonly #onGarbage: (line: string) => void;

  constructor(process: ServerProcess, onGarbage: (line: string) => void) {
    this.#process = process;
    this.#onGarbage = onGarbage;
  }

  async start(): Promise<void> {
    const { stdout, closed } = this.#process;
    const take = cutLines({
      maxBytes: MAX_MESSAGE_BYTES,
      onLine: (line) => this.#receive(line),
      onOversized: (edges, bytes) => this.#refuse(edges, bytes),
    });
    stdout.on('data', (chunk: Buffer) => {
      if (take(chunk) > RUNAWAY_BYTES) this.#giveUp('wrote a line without an end');
    });
    // A server that can no longer answer is of no use, even if its process lives on.
    stdout.once('end', () => this.#giveUp());
    closed.then((how) => {
      this.howItEnded = how;
      this.onclose?.();
    });
  }

  send(message: JSONRPCMessage): Promise<void> {
    return new Promise((resolve) => {
      this.#process.stdin.write(`${JSON.stringify(message)}\n`, (error) => {
        // The call then fails with how the process ended, which says more than a broken pipe.
        if (error) this.#giveUp();
        resolve();
      });
    });
  }

  close(): Promise<void> {
    return this.#process.end();
  }

  #receive(line: string): void {
    let message: unknown;
    try {
      message = JSON.parse(line);
    } catch {
      this.#onGarbage(line);
      return;
    }
    try {
      this.onmessage?.(message as JSONRPCMessage);
    } catch (error) {
      this.#refuse(line, line.length, `The answer cannot be read: ${messageOf(error)}`);
    }
  }

  #refuse(edges: string, bytes: number, reason = tooLarge(bytes)): void {
    const id = answeredId(edges);
    if (id === undefined) this.#giveUp(`sent what cannot be used. ${reason}`);
    else this.onmessage?.(errorAnswer(id, reason));
  }

  #giveUp(reason?: string): void {
    this.#process.end(reason).catch(() => {});
  }
}

/**
 * Which call a message answers, if its first or last member says so. The last member of the whole is told by the one
 * brace after it.
 */
function answeredId(edges: string): number | undefined {
  const match =
    /^\{"jsonrpc":\s*"2\.0",\s*"id":\s*(\d{1,15})\s*,/.exec(edges) ?? /[,{]\s*"id":\s*(\d{1,15})\s*\}$/.exec(edges);
  return match ? Number(match[1]) : undefined;
}
