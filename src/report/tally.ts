import type { RunEvent } from '../contract/event.ts';
import { showCount, showCounted } from './show-number.ts';

/** Counts what is going on, for one short line. */
export class Tally {
  #total = 0;
  #done = 0;
  #failed = 0;
  #running = 0;
  #models = 0;
  #tools = 0;
  /** Model calls that wait for their attempts to be let through. */
  #waiting = 0;
  #mode = '';
  #modes = 0;
  /** Conversations whose model call has failed at least once and is not over. */
  readonly #retrying = new Set<string>();

  count(event: RunEvent): void {
    switch (event.kind) {
      case 'run_start':
        this.#total = event.conversations;
        this.#modes = event.modes.length;
        break;
      case 'run_resume':
        this.#running = 0;
        this.#models = 0;
        this.#tools = 0;
        this.#retrying.clear();
        this.#waiting = 0;
        break;
      case 'mode_start':
        this.#mode = event.mode;
        this.#done = 0;
        this.#failed = 0;
        break;
      case 'conversation_start':
        if (event.parent === undefined) this.#running++;
        break;
      case 'conversation_end':
        if (event.parent !== undefined) break;
        this.#running--;
        if (event.status === 'done') this.#done++;
        else this.#failed++;
        break;
      case 'model_start':
        this.#models++;
        break;
      case 'model_retry':
        this.#retrying.add(event.conversation);
        break;
      case 'wait_start':
        this.#waiting++;
        break;
      case 'wait_end':
        this.#waiting--;
        break;
      case 'model_end':
        this.#models--;
        this.#retrying.delete(event.conversation);
        break;
      case 'tool_start':
        this.#tools++;
        break;
      case 'tool_end':
        this.#tools--;
        break;
      case 'tool_retry':
      case 'handoff':
      case 'task_start':
      case 'task_end':
      case 'limit_change':
      case 'message':
      case 'notice':
      case 'mode_end':
      case 'run_end':
        break;
      default:
        event satisfies never;
    }
  }

  /** How things stand: `3 of 5 done, 1 failed, 1 running   0:07, about 0:02 left   2 tools, 1 model (1 retrying)`. */
  text(elapsedMs: number, leftMs?: number): string {
    const mode = this.#modes > 1 ? `${this.#mode}: ` : '';
    const failed = this.#failed > 0 ? `, ${showCount(this.#failed)} failed` : '';
    const counts = `${showCount(this.#done)} of ${showCount(this.#total)} done${failed}, ${showCount(this.#running)} running`;
    const left = leftMs === undefined ? '' : `, about ${minutes(leftMs + 999)} left`;
    const held = [
      ...(this.#retrying.size > 0 ? [`${showCount(this.#retrying.size)} retrying`] : []),
      ...(this.#waiting > 0 ? [`${showCount(this.#waiting)} waiting`] : []),
    ].join(', ');
    const models = `${showCounted(this.#models, 'model')}${held === '' ? '' : ` (${held})`}`;
    const calls = `${showCounted(this.#tools, 'tool')}, ${models}`;
    return `${mode}${counts}   ${minutes(elapsedMs)}${left}   ${calls}`;
  }
}

function minutes(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
