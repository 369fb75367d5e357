import type { AsyncHook } from 'node:async_hooks';
import { createHook } from 'node:async_hooks';
import type { Tool, ToolContext } from '../../contract/tool.ts';
import { attributed, currentOwner } from '../attribution.ts';

const TOLERATED_MS = 100;
const BEAT_MS = 50;
const LOOK_CLOSER_MS = 10_000;
const LOOK_AGAIN_MS = 60_000;

/** Told when a tool let nothing else happen for so long. */
export type OnLoopBlocked = (tool: Tool, conversation: string, blockedMs: number) => void;

/**
 * Runs tools in this thread and tells which of them block the event loop for more than 100 ms. What a tool does before
 * it first waits is timed. What it does later is timed only for 10 s after a block that this did not explain, since
 * that slows everything down: it is told from the second time on. If it was not one thing that took so long the second
 * time, the program is busy with many, and for a minute nobody looks closer.
 */
export class LoopWatch implements Disposable {
  readonly #onBlocked: OnLoopBlocked;
  #running = 0;
  #heartbeat: NodeJS.Timeout | undefined;
  #beatAt = 0;
  #explainedUntil = 0;
  #closerUntil = 0;
  #notBefore = 0;
  #closer: AsyncHook | undefined;

  constructor(onBlocked: OnLoopBlocked) {
    this.#onBlocked = onBlocked;
  }

  /** What the tool makes of the arguments. */
  async run(tool: Tool, args: unknown, context: ToolContext): Promise<unknown> {
    this.#running += 1;
    if (!this.#heartbeat) this.#startHeart();
    try {
      return await attributed({ conversation: context.conversation, tool }, () => this.#timed(tool, args, context));
    } finally {
      this.#running -= 1;
    }
  }

  #timed(tool: Tool, args: unknown, context: ToolContext): unknown {
    const startedAt = performance.now();
    try {
      return tool.run(args, context);
    } finally {
      this.#tellIfLong(startedAt, tool, context.conversation);
    }
  }

  #tellIfLong(startedAt: number, tool: Tool, conversation: string): void {
    const now = performance.now();
    // What ran inside of this one has been told of already.
    if (now - startedAt <= TOLERATED_MS || this.#explainedUntil > startedAt) return;
    this.#explainedUntil = now;
    this.#onBlocked(tool, conversation, now - startedAt);
  }

  #startHeart(): void {
    this.#beatAt = performance.now();
    this.#heartbeat = setInterval(() => this.#beat(), BEAT_MS).unref();
  }

  #beat(): void {
    const now = performance.now();
    const blockedMs = now - this.#beatAt - BEAT_MS;
    const isRiddle = blockedMs > TOLERATED_MS && this.#explainedUntil < this.#beatAt;
    this.#beatAt = now;
    if (isRiddle && this.#closer) {
      this.#lookAway();
      this.#notBefore = now + LOOK_AGAIN_MS;
    } else if (isRiddle && now >= this.#notBefore) {
      this.#closerUntil = now + LOOK_CLOSER_MS;
      this.#lookCloser();
    } else if (now >= this.#closerUntil) {
      this.#lookAway();
      if (this.#running === 0) this[Symbol.dispose]();
    }
  }

  /** Times everything that runs from now on. */
  #lookCloser(): void {
    const startedAt = new Map<number, number>();
    this.#closer = createHook({
      before: (id) => {
        startedAt.set(id, performance.now());
      },
      after: (id) => {
        const before = startedAt.get(id);
        startedAt.delete(id);
        if (before === undefined || performance.now() - before <= TOLERATED_MS) return;
        const owner = currentOwner();
        if (owner) this.#tellIfLong(before, owner.tool, owner.conversation);
      },
    }).enable();
  }

  #lookAway(): void {
    this.#closer?.disable();
    this.#closer = undefined;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#heartbeat);
    this.#heartbeat = undefined;
    this.#lookAway();
  }
}
