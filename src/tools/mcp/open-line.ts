import type { Transport } from '@modelcontextprotocol/client';
import type { Clock } from '../../contract/clock.ts';
import type { Reaper } from '../reaper.ts';
import { openHttpTransport } from './http-transport.ts';
import type { HttpServer, ServerConfig, StdioServer } from './server-config.ts';
import { startProcess } from './server-process.ts';
import { StdioTransport } from './stdio-transport.ts';
import type { Trouble } from './trouble.ts';
import { httpTrouble, stdioTrouble } from './trouble.ts';

/** A way to a server, and what is known of the server beyond what it says over it. */
export interface Line {
  readonly transport: Transport;
  /** How it came to an end, once the transport has closed. */
  howItEnded(): string;
  /** Words about the server, and what it last printed where that is known. */
  withLastWords(text: string): string;
  /** What is wrong when something asked over it fails. */
  diagnose(error: unknown): Trouble;
  /** Gives the server up, and ends it if it is ours. */
  close(): Promise<void>;
}

/** What opening a way to a server needs from outside. */
export interface LineDeps {
  readonly clock: Clock;
  readonly reaper: Reaper;
  /** The server wrote something that is no message. */
  readonly onGarbage: (line: string) => void;
}

const FAREWELL_MS = 1000;

/**
 * Starts the server, or gets ready to speak with one that runs somewhere.
 *
 * @throws {Error} if its process cannot be started
 */
export function openLine(server: ServerConfig, deps: LineDeps): Promise<Line> {
  return server.kind === 'stdio' ? openStdioLine(server, deps) : openHttpLine(server, deps);
}

async function openStdioLine(server: StdioServer, deps: LineDeps): Promise<Line> {
  const { getDefaultEnvironment } = await import('@modelcontextprotocol/client/stdio');
  const process = await startProcess(server, { ...deps, environment: getDefaultEnvironment() });
  const transport = new StdioTransport(process, deps.onGarbage);
  const withLastWords = (text: string) => {
    const words = process.lastWords();
    return words === '' ? text : `${text} (last on its standard error: ${words})`;
  };
  const howItEnded = () => withLastWords(transport.howItEnded);
  return {
    transport,
    howItEnded,
    withLastWords,
    diagnose: (error) => stdioTrouble(error, howItEnded()),
    close: () => process.end(),
  };
}

async function openHttpLine(server: HttpServer, { clock }: LineDeps): Promise<Line> {
  const transport = await openHttpTransport(server, clock);
  return {
    transport,
    howItEnded: () => 'was closed',
    withLastWords: (text) => text,
    diagnose: (error) => httpTrouble(error, transport.sessionId !== undefined),
    close: async () => {
      // A server that is told may free its session at once; one that does not answer is not waited for.
      const { promise, resolve } = Promise.withResolvers<void>();
      const cancel = clock.after(FAREWELL_MS, resolve);
      transport.terminateSession().then(resolve, resolve);
      await promise.finally(cancel);
      await transport.close();
    },
  };
}
