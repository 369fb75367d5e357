import { createHash } from 'node:crypto';
import type { JsonObject } from '../../contract/json.ts';

/** The id of an output item. The one right after a reasoning item says so in its last digits. */
export function itemId(prefix: 'rs' | 'msg' | 'fc', responseHex: string, index: number, reasoned: boolean): string {
  const place = reasoned ? index : index + PLAIN;
  return `${prefix}_${responseHex}${place.toString(16).padStart(4, '0')}`;
}

/** The id of the reasoning item that must stand directly before an item with this id, if any must. */
export function requiredReasoning(id: string): string | undefined {
  const match = /^(?:msg|fc)_([0-9a-f]{24})0001$/.exec(id);
  return match ? `rs_${match[1]}0000` : undefined;
}

/** The item that a reasoning item led to. */
export interface Follower {
  readonly id: string;
  /** Of a function call. */
  readonly callId?: string;
}

/** What a reasoning item holds that only its server can read: which item it is and which item follows it. */
export function encryptReasoning(id: string, follower: Follower): string {
  const { id: followerId, callId = '' } = follower;
  const parts = [id, followerId, callId, seal(id, followerId, callId)];
  return `gAAAA${Buffer.from(parts.join(' ')).toString('base64url')}`;
}

/** The item that follows a reasoning item, or undefined if its content is not what was sent. */
export function decryptReasoning(item: JsonObject): Follower | undefined {
  const { id, encrypted_content: content } = item;
  if (typeof content !== 'string' || typeof id !== 'string' || !content.startsWith('gAAAA')) return undefined;
  const [ownId, followerId = '', callId = '', mark] = Buffer.from(content.slice(5), 'base64url').toString().split(' ');
  if (ownId !== id || mark !== seal(id, followerId, callId)) return undefined;
  return callId === '' ? { id: followerId } : { id: followerId, callId };
}

const PLAIN = 0x8000;

function seal(...parts: readonly string[]): string {
  return createHash('sha256')
    .update(`agentpar offline reasoning ${parts.join(' ')}`)
    .digest('hex')
    .slice(0, 32);
}
