import { createHash } from 'node:crypto';
import type { JsonValue } from '../../contract/json.ts';
import { isList } from '../../contract/json.ts';

/** The thought signature of a function call: it fits no other call. */
export function signCall(name: string, args: JsonValue): string {
  return sign(`call ${name} ${stable(args)}`);
}

/** The thought signature of a text. */
export function signText(): string {
  return sign('text');
}

/** The signature by which a client may say that a call in its history never was this model's. */
export const SKIP_SIGNATURE = 'skip_thought_signature_validator';

function sign(what: string): string {
  return createHash('sha256').update(`agentpar offline thought ${what}`).digest('base64');
}

/** JSON whose keys are in order at every depth. */
function stable(value: JsonValue): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !isList(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
