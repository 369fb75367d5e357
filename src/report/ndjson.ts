import type { Reporter } from '../contract/reporter.ts';
import { showJson } from './show-text.ts';

/** Writes every event as one line of JSON, in one write, exact and with every character visible. */
export function createNdjson(write: (text: string) => void): Reporter {
  return { handle: (event) => write(`${showJson(JSON.stringify(event))}\n`) };
}
