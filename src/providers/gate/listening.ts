import type { LeanFetch } from '../http/lean-fetch.ts';
import type { Gate } from './gate.ts';

/** The same `fetch`, letting the gate see the headers of every response. */
export function listening(fetch: LeanFetch, gate: Gate): LeanFetch {
  return async (input, init) => {
    const sent = gate.send();
    const response = await fetch(input, init);
    gate.hear(sent, response);
    return response;
  };
}
