import { isIP } from 'node:net';

const LOOPBACK_ADDRESS = /^(127\.|::1$)/;
const LOOPBACK_NAME = /^localhost$|\.localhost$/i;

/** Addresses of private networks. */
const PRIVATE_ADDRESS = /^(0\.0\.0\.0$|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|::$|f[cd][0-9a-f]{2}:|fe80:)/i;

/** Names that only a private network can resolve; a name without a dot is one. */
const PRIVATE_NAME = /^[^.]+$|\.(local|lan|internal|home\.arpa)$/i;

/** Whether a URL leads to this very machine. */
export function isLoopbackUrl(url: string): boolean {
  return matches(url, LOOPBACK_ADDRESS, LOOPBACK_NAME);
}

/** Whether a URL leads to a server of one's own, which will hardly ask for a vendor's key. */
export function isLocalUrl(url: string): boolean {
  return isLoopbackUrl(url) || matches(url, PRIVATE_ADDRESS, PRIVATE_NAME);
}

function matches(url: string, address: RegExp, name: RegExp): boolean {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  return (isIP(host) === 0 ? name : address).test(host);
}
