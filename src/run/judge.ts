import type { RunEvent, RunEventBody } from '../contract/event.ts';
import { isFinished } from '../contract/event.ts';
import type { Expectation } from '../contract/expectation.ts';
import type { Reporter } from '../contract/reporter.ts';
import { findMissed } from './find-missed.ts';

interface Case {
  readonly expect: Expectation;
  readonly called: Set<string>;
}

/** Adds to the end of each conversation what of the expected did not come true. Remembers those that run. */
export class Judge implements Reporter {
  /** By conversation; a delegated one shares the case of the conversation that it works for. */
  readonly #cases = new Map<string, Case>();

  /** The event, with the judgement if it is the end of a conversation of which something was expected. */
  judge(event: RunEventBody): RunEventBody {
    switch (event.kind) {
      case 'conversation_start': {
        const { conversation, parent, expect, resumed } = event;
        const delegating = parent === undefined ? undefined : this.#cases.get(parent);
        if (delegating) this.#cases.set(conversation, delegating);
        else if (expect && parent === undefined) {
          const called = resumed ? this.#cases.get(conversation)?.called : undefined;
          this.#cases.set(conversation, { expect, called: called ?? new Set() });
        }
        return event;
      }
      case 'tool_start':
        this.#cases.get(event.conversation)?.called.add(event.name);
        return event;
      case 'conversation_end': {
        const known = this.#cases.get(event.conversation);
        if (!known) return event;
        if (event.parent !== undefined || isFinished(event.status)) this.#cases.delete(event.conversation);
        if (event.parent !== undefined || !isFinished(event.status)) return event;
        return { ...event, missed: findMissed(known.expect, event, known.called) };
      }
      default:
        return event;
    }
  }

  /** Hears of an earlier attempt at the run. */
  handle(event: RunEvent): void {
    this.judge(event);
  }
}
