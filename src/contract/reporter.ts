import type { RunEvent } from './event.ts';

/** Makes something of a run's events. Knows no producer. */
export interface Reporter {
  /** Called for every event in the order of `seq`, before the event's cause goes on. */
  handle(event: RunEvent): void;
  /** Called once, after the last event. */
  finish?(): Promise<void> | void;
}
