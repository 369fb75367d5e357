import type { JsonObject, JsonValue } from '../../contract/json.ts';
import { isList } from '../../contract/json.ts';
import { goDurationMs } from './retry-after.ts';

/** What Google's servers say of a failure beside its message. */
interface GoogleStatus {
  /** In lower case: the status, and the reasons in the details. */
  readonly kinds: readonly string[];
  readonly retryAfterMs: number | undefined;
}

/** Reads a `google.rpc.Status`: its details say what no HTTP status does. Of anything else it finds nothing. */
export function readGoogleStatus(error: JsonObject): GoogleStatus {
  const details = objectsIn(error['details']);
  const kinds = [
    ...textIn(error['status']),
    ...details.flatMap((detail) => textIn(detail['reason'])),
    ...(details.some(isDailyQuota) ? ['quota_per_day'] : []),
  ];
  return {
    kinds: kinds.map((kind) => kind.toLowerCase()),
    retryAfterMs: details.flatMap((detail) => textIn(detail['retryDelay'])).map(goDurationMs)[0],
  };
}

/** A minute's quota comes back while one waits; a day's does not. */
function isDailyQuota(detail: JsonObject): boolean {
  return objectsIn(detail['violations']).some(({ quotaId }) => textIn(quotaId).some((id) => id.includes('PerDay')));
}

function objectsIn(value: JsonValue | undefined): readonly JsonObject[] {
  const list: readonly JsonValue[] = isList(value) ? value : [];
  return list.filter((item): item is JsonObject => typeof item === 'object' && item !== null && !isList(item));
}

function textIn(value: JsonValue | undefined): readonly string[] {
  return typeof value === 'string' && value ? [value] : [];
}
