import { showBlock } from '../report/show-text.ts';
import { secrets } from './secrets.ts';
import { stderr } from './standard-streams.ts';

/** What may wait for a standard error that nobody reads; what is told beyond that is dropped. */
const MOST_WAITING_BYTES = 2 ** 20;

/** Tells a person something on standard error, in whole lines that are safe on a terminal and hold no secret. Never fails, never waits. */
export function tell(text: string): void {
  if (stderr.writableLength < MOST_WAITING_BYTES) stderr.write(`${showBlock(secrets.text(text))}\n`);
}
