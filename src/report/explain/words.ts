import { shortenMiddle, showText } from '../show-text.ts';
import type { TimeState } from '../spans/time-states.ts';
import type { EmptyReason } from './slot-use.ts';

/** What the states are called in tables. */
export const STATE_LABELS: Readonly<Record<TimeState | 'starting', string>> = {
  model: 'model',
  tools: 'tools',
  approval: 'approval',
  budget: 'budget',
  refusal: 'refusals',
  rate: 'rate limits',
  limit: 'request limit',
  outage: 'outages',
  retry: 'retries',
  toolRate: 'tool rates',
  lock: 'locks',
  slot: 'tool slots',
  shared: 'equal calls',
  dependency: 'dependencies',
  untold: 'not told',
  overhead: 'our overhead',
  starting: 'starting',
};

/** What a slot was doing, where it did no work: of those that held a conversation and those that held none. */
export const IDLE_REASONS: Readonly<Record<Exclude<TimeState, 'model' | 'tools'> | EmptyReason, string>> = {
  approval: 'waiting for a person to approve a call',
  budget: "waiting for room in the run's budget",
  refusal: 'waiting as the provider asked that refused a request',
  rate: "waiting for the model's rate limits",
  limit: 'waiting for the number of requests at once that was found to be taken',
  outage: 'waiting for a provider to answer again that kept failing',
  retry: 'waiting before another attempt at what failed',
  toolRate: "waiting for a tool's own rate",
  lock: 'waiting for locks',
  slot: 'waiting for a slot among the tool calls',
  shared: 'waiting for the result of an equal call',
  dependency: 'waiting for other calls or background tasks',
  untold: 'waiting for something that was not told before the end',
  overhead: 'our own overhead',
  starting: 'empty: a conversation was being started',
  fewPrompts: 'empty: fewer prompts than slots',
  tail: 'empty: no more prompts, the last ones ran',
  stopped: 'empty: nothing new was to be started',
};

/** A share as a person can use it: `86 %`, `<1 %`. */
export function showShare(share: number): string {
  const percent = Math.round(share * 100);
  return percent === 0 && share > 0 ? '<1 %' : `${percent} %`;
}

/** A name from anywhere, short enough for a table. */
export function showName(name: string): string {
  return shortenMiddle(showText(name), NAME_WIDTH);
}

const NAME_WIDTH = 32;

/** What is shown as 0.00 s says nothing. */
export const SHORT_MS = 5;
