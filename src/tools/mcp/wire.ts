import type { JSONRPCMessage } from '@modelcontextprotocol/client';

/** Bytes of one message that a server may send. */
export const MAX_MESSAGE_BYTES = 10 * 1024 * 1024;

/** The longest that a timer can be, where the limit that counts is somebody else's. */
export const NO_LIMIT_MS = 2 ** 31 - 1;

/** JSON-RPC leaves this range of codes to implementations. */
export const BROKEN_OFF = -32_098;
const REFUSED = -32_099;

/** What stands in for a server's answer that did not come or cannot be used. */
export function errorAnswer(id: string | number, message: string, code = REFUSED): JSONRPCMessage {
  return { jsonrpc: '2.0', id, error: { code, message } };
}

/** Why an answer was not read. */
export function tooLarge(bytes: number): string {
  return `The answer is larger than ${MAX_MESSAGE_BYTES} bytes (${bytes}).`;
}
