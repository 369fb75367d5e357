const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was reset',
  ECONNABORTED: 'the connection was aborted',
  EPIPE: 'the connection was closed',
  ETIMEDOUT: 'the connection timed out',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name could not be looked up',
  EMFILE: 'too many open files',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_SOCKET: 'the connection was closed',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_BODY_TIMEOUT: 'no more data in time',
};

/** Failures to agree on encryption, which asking again does not mend. */
const INSECURE = /^(ERR_SSL_|ERR_TLS_|CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_)/;

/** Codes of undici's that mean a wrong request rather than a lost connection. */
const MISUSE = /^UND_ERR_(INVALID|NOT_SUPPORTED|REQ_|RES_CONTENT)/;

/** What became of a connection, in words and with its code; nothing if `error` is about something else. */
export function describeTransport(error: unknown): string | undefined {
  const chain = causesOf(error);
  for (const cause of chain) {
    const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
    const words = WORDS[code] ?? (code.startsWith('UND_ERR_') && !MISUSE.test(code) ? cause.message : undefined);
    if (words) return `${words} (${code})`;
    // undici's, without a code.
    if (cause.name === 'HTTPParserError') return cause.message;
  }
  // Built-in fetch says only this when a response breaks off.
  if (chain.some((cause) => cause instanceof TypeError && cause.message === 'terminated')) return WORDS['EPIPE'];
  return undefined;
}

/** Whether a stream ended inside an event, which the SDKs meet as JSON that ends too soon. */
export function isBrokenStream(error: unknown): boolean {
  return (
    error instanceof SyntaxError ||
    (error instanceof Error && /^Incomplete JSON segment|body is empty|no body$/.test(error.message))
  );
}

/** What lies at the bottom of an error that is neither the server's nor a lost connection's. */
export function rootMessage(error: unknown): string {
  const root = causesOf(error).at(-1);
  if (root && 'code' in root && INSECURE.test(`${root.code}`)) return `no secure connection (${root.code})`;
  return root?.message ?? String(error);
}

/** An error and all that caused it, outermost first; of several at once the first. */
export function causesOf(error: unknown): readonly Error[] {
  const chain: Error[] = [];
  for (let cause = error; cause instanceof Error && !chain.includes(cause); ) {
    chain.push(cause);
    cause = cause instanceof AggregateError && cause.cause === undefined ? cause.errors[0] : cause.cause;
  }
  return chain;
}
