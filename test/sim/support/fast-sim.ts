import type { JsonValue } from '../../../src/contract/json.ts';
import type { SimFault } from '../../../src/sim/fault.ts';
import type { SimSettings } from '../../../src/sim/settings.ts';
import { DEFAULT_SIM_SETTINGS } from '../../../src/sim/settings.ts';
import { startSim } from '../../../src/sim/start-sim.ts';

/** An offline model that takes no time, with the given settings and faults, stopped when disposed of. */
export async function fastSim(
  options: { readonly settings?: Partial<SimSettings>; readonly faults?: readonly (SimFault | undefined)[] } = {},
) {
  const { settings, faults } = options;
  const requests: { readonly path: string; readonly body: JsonValue }[] = [];
  const sim = await startSim({
    settings: { ...DEFAULT_SIM_SETTINGS, firstTokenMs: 0, ...settings },
    ...(faults && { faultFor: (requestNumber: number) => faults[requestNumber - 1] }),
    onRequest: (request) => requests.push(request),
  });
  return {
    origin: sim.origin,
    requests,
    /** Posts JSON with both vendors' keys. */
    post: (path: string, body: unknown, headers: Readonly<Record<string, string>> = KEYS) =>
      fetch(sim.origin + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    [Symbol.asyncDispose]: () => sim.stop(),
  };
}

/** What both vendors take for a key. */
export const KEYS = { authorization: 'Bearer any', 'x-goog-api-key': 'any' };

/** The events of a stream: the name, if any, and the data. */
export function eventsIn(text: string): readonly { readonly event: string | undefined; readonly data: string }[] {
  return text
    .split(/\r?\n\r?\n/)
    .filter((block) => block.trim() !== '')
    .map((block) => ({
      event: /^event: (.*)$/m.exec(block)?.[1],
      data: /^data: (.*)$/ms.exec(block)?.[1] ?? '',
    }));
}
