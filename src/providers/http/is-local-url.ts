import { isIP } from 'node:net';

/** Addresses of this machine and of private networks. */
const LOCAL_ADDRESS = /^(0\.0\.0\.0$|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|::1?$|f[cd][0-9a-f]{2}:|fe80:)/i;

/** Names that only this machine or its network can resolve; a name without a dot is one. */
const LOCAL_NAME = /^[^.]+$|\.(localhost|local|lan|internal|home\.arpa)$/i;

/** Whether a URL leads to a server of one's own, which will hardly ask for a vendor's key. */
export function isLocalUrl(url: string): boolean {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  return isIP(host) === 0 ? LOCAL_NAME.test(host) : LOCAL_ADDRESS.test(host);
}
