import { cutOff } from '../../contract/cut-off.ts';
import { messageOf } from '../../contract/errors.ts';
import { BROKEN_OFF } from './wire.ts';

/** What is wrong when a call fails, as words that go on from the server's name: `ended with exit code 1`, say. */
export interface Trouble {
  readonly text: string;
  /** The session is over. */
  readonly isGone: boolean;
  /** There is no answer, and none will come. */
  readonly isLost: boolean;
  /** The server may have done what it was asked for. */
  readonly mayHaveRun: boolean;
}

const MAX_CHARACTERS = 2000;

/** What is said of a connection that was there. */
const BROKEN = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/**
 * The trouble behind an error that came out of a call to a server over HTTP. An unknown session has to be answered with
 * 404, but many servers say 400 and speak of the session.
 */
export function httpTrouble(error: unknown, hasSession: boolean): Trouble {
  const { status, code, cause } = fieldsOf(error);
  if (hasSession && (status === 404 || (status === 400 && /session/i.test(onOneLine(error))))) {
    return gone('has forgotten the session', false);
  }
  if (code === 'CONNECTION_CLOSED' || code === 'NOT_CONNECTED') return gone('was closed', code === 'CONNECTION_CLOSED');
  if (code === BROKEN_OFF) return { ...answered('broke its answer off'), isLost: true };
  if (error instanceof TypeError && cause !== undefined) {
    const reason = String(fieldsOf(cause).code ?? onOneLine(cause));
    // A connection is one call's alone, so it says nothing of the others if it breaks.
    if (BROKEN.has(reason)) return { ...answered(`broke the connection (${reason})`), isLost: true };
    return gone(`cannot be reached (${reason})`, reason !== 'ECONNREFUSED');
  }
  if (typeof status === 'number') {
    return answered(`answered with HTTP ${status}: ${onOneLine(error).replace('Error POSTing to endpoint: ', '')}`);
  }
  return plainTrouble(error);
}

/** The trouble behind an error that came out of a call to a server that is a process. */
export function stdioTrouble(error: unknown, howItEnded: string): Trouble {
  const { code } = fieldsOf(error);
  return code === 'CONNECTION_CLOSED' || code === 'NOT_CONNECTED' ? gone(howItEnded, true) : plainTrouble(error);
}

/** Words with a full stop, if they end with none of their own. */
export function asSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function plainTrouble(error: unknown): Trouble {
  const text = onOneLine(error);
  return answered(
    fieldsOf(error).code === 'INVALID_RESULT' ? `gave a result that cannot be read: ${text}` : `said: ${text}`,
  );
}

function gone(text: string, mayHaveRun: boolean): Trouble {
  return { text, isGone: true, isLost: true, mayHaveRun };
}

function answered(text: string): Trouble {
  return { text: cutOff(text, MAX_CHARACTERS), isGone: false, isLost: false, mayHaveRun: true };
}

function fieldsOf(error: unknown): { readonly status?: unknown; readonly code?: unknown; readonly cause?: unknown } {
  return typeof error === 'object' && error !== null ? error : {};
}

function onOneLine(error: unknown): string {
  return messageOf(error).replaceAll(/\s+/g, ' ');
}
