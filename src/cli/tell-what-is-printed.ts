import { syncBuiltinESMExports } from 'node:module';
import { Writable } from 'node:stream';
import { format } from 'node:util';
import { currentOwner } from '../tools/attribution.ts';
import { secrets } from './secrets.ts';
import { stderr } from './standard-streams.ts';
import { tell } from './tell.ts';

const METHODS = ['log', 'info', 'debug', 'warn', 'error'] as const;

let isToldOf = false;

/**
 * Sends what users' code prints to standard error, after the name of the tool that printed it: standard output is for the
 * program alone. Keeps secrets out of what users' code writes to standard error itself.
 */
export function tellWhatIsPrinted(): void {
  if (isToldOf) return;
  isToldOf = true;
  for (const method of METHODS) console[method] = (...values: unknown[]) => tellPrinted(format(...values));
  standInForStdout();
  keepSecretsFromStderr();
}

function tellPrinted(text: string): void {
  const tool = currentOwner()?.tool;
  tell(`${tool ? `${tool.spec.name}: ` : ''}${text}`);
}

/** Gives others another stream as `process.stdout`, also where they import it by name: a new one whenever it was ended. */
function standInForStdout(): void {
  let standIn = openStandIn();
  const get = () => {
    if (!standIn.writable) standIn = openStandIn();
    return standIn;
  };
  Object.defineProperty(process, 'stdout', { get, configurable: true, enumerable: true });
  syncBuiltinESMExports();
}

function openStandIn(): Writable {
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      const text = chunk.toString().replace(/\r?\n$/, '');
      if (text !== '') tellPrinted(text);
      done();
    },
    destroy: (error, done) => {
      syncBuiltinESMExports();
      done(error);
    },
  });
  // A write after its end fails only in its callback; and a child that is given it writes to standard error.
  return Object.assign(
    stream.on('error', () => {}),
    { fd: stderr.fd },
  );
}

function keepSecretsFromStderr(): void {
  const write = stderr.write.bind(stderr) as (chunk: unknown, ...rest: unknown[]) => boolean;
  stderr.write = (chunk: unknown, ...rest: unknown[]) => write(withoutSecrets(chunk), ...rest);
}

function withoutSecrets(chunk: unknown): unknown {
  if (typeof chunk === 'string') return secrets.text(chunk);
  if (!(chunk instanceof Uint8Array)) return chunk;
  const text = Buffer.from(chunk).toString();
  const shown = secrets.text(text);
  return shown === text ? chunk : shown;
}
