import fc from 'fast-check';
import type { RequestWait } from '../../../src/contract/event.ts';
import { INTERRUPTED } from '../../../src/contract/event.ts';
import { NO_USAGE } from '../../../src/contract/model.ts';
import { ToldRun } from './told-run.ts';

/** How many conversations a run of `anyToldRun` may have at once. */
export const ANY_CONCURRENCY = 3;

const OFTEN = [
  'ask',
  'ask',
  'fail',
  'wait',
  'wait',
  'call',
  'call',
  'end call',
  'end call',
  'task',
  'delegate',
  'finish',
];
const SELDOM = ['begin', 'limit', 'crash'];

const action = fc.record({
  afterMs: fc.oneof(fc.constant(0), fc.nat({ max: 1000 }), fc.double({ min: 0, max: 1000, noNaN: true })),
  who: fc.nat({ max: 5 }),
  what: fc.constantFrom(...OFTEN, ...OFTEN, ...SELDOM, 'begin'),
  ms: fc.oneof(fc.nat({ max: 800 }), fc.double({ min: 0, max: 800, noNaN: true })),
  flag: fc.boolean(),
});

/**
 * Runs in which anything happens that events can tell, in any order and with waits of any length. Unless they are to be
 * whole, they end anywhere.
 */
export function anyToldRun({ isWhole = false } = {}): fc.Arbitrary<ToldRun> {
  return fc.array(action, { minLength: 1, maxLength: 80, size: 'max' }).map((actions) => {
    const play = new Play();
    for (const { afterMs, ...what } of actions) play.act(afterMs, what);
    if (isWhole) play.finishAll();
    return play.run;
  });
}

interface Open {
  readonly sinceMs: number;
  asking: boolean;
  waiting: RequestWait | undefined;
  /** What a response asked for and has not started. */
  readonly wanted: string[];
  readonly calls: string[];
  readonly tasks: string[];
}

type What = { who: number; what: string; ms: number; flag: boolean };

class Play {
  readonly run = new ToldRun({ conversations: 6 }).mode(0, ANY_CONCURRENCY);
  readonly #open = new Map<string, Open>();
  readonly #seen = new Set<string>();
  readonly #done = new Set<string>();
  #nowMs = 0;
  #count = 0;

  /** Lets somebody who is there do something; if nobody is, somebody begins. */
  act(afterMs: number, { who, what, ms, flag }: What): void {
    this.#nowMs += afterMs;
    const [id, open] = [...this.#open][who % Math.max(1, this.#open.size)] ?? [];
    if (what === 'crash') this.#crash(flag);
    else if (what === 'limit') {
      const reason = flag ? 'growth' : 'rate_limited';
      this.run.tell(this.#nowMs, { kind: 'limit_change', model: 'sim/offline', limit: 1 + who, reason });
    } else if (what === 'begin' || !id || !open) this.#begin(`p${who + 1}`);
    else this.#go(id, open, { who, what, ms, flag });
  }

  finishAll(): void {
    for (const id of [...this.#open.keys()]) if (this.#open.has(id)) this.#finish(id);
    for (const id of this.#seen) {
      if (id.includes('/') || this.#done.has(id)) continue;
      this.#begin(id);
      this.#finish(id);
    }
  }

  #begin(id: string): void {
    const own = [...this.#open.keys()].filter((each) => !each.includes('/'));
    if (this.#open.has(id) || this.#done.has(id) || own.length >= ANY_CONCURRENCY) return;
    const resumed = this.#seen.has(id) ? { resumed: true as const } : {};
    this.run.start(this.#nowMs, id, { ...resumed, queuedMs: this.#nowMs });
    this.#open.set(id, { sinceMs: this.#nowMs, asking: false, waiting: undefined, wanted: [], calls: [], tasks: [] });
    this.#seen.add(id);
  }

  #go(id: string, open: Open, { what, ms, flag }: What): void {
    if (what === 'ask') this.#ask(id, open, ms, flag);
    else if (what === 'fail') this.#fail(id, open, ms, flag);
    else if (what === 'wait') this.#wait(id, open, ms);
    else if (what === 'call') {
      const waitMs = Math.min(ms, this.#nowMs - open.sinceMs);
      const callId = open.wanted.pop() ?? `c${++this.#count}`;
      open.calls.push(callId);
      this.run.call(this.#nowMs, id, callId, {
        eager: flag,
        waits: flag ? { slot: waitMs / 2, lock: waitMs / 3 } : {},
      });
    } else if (what === 'end call') this.#endCall(id, open, ms, flag);
    else if (what === 'task') this.#task(id, open);
    else if (what === 'delegate') this.#delegate(id);
    else if (what === 'finish') this.#finish(id);
  }

  #ask(id: string, open: Open, ms: number, flag: boolean): void {
    if (open.asking) {
      if (ms > 400) open.wanted.push(`c${++this.#count}`, `c${++this.#count}`);
      const calls = open.wanted.map((callId) => ({ callId, name: 'look_up', argumentsText: '{}' }));
      const result = { ok: true, stop: 'done', text: '', calls, usage: NO_USAGE } as const;
      this.run.answer(this.#nowMs, id, { waitedMs: flag ? ms : 0, firstMs: ms / 2, result });
    } else {
      open.wanted.length = 0;
      this.run.ask(this.#nowMs, id, flag ? { budgetMs: Math.min(ms, this.#nowMs - open.sinceMs) } : {});
    }
    open.asking = !open.asking;
  }

  #wait(id: string, open: Open, ms: number): void {
    if (!open.asking) return;
    if (open.waiting) this.run.waited(this.#nowMs, id, open.waiting);
    else this.run.wait(this.#nowMs, id, ms > 600 ? 'budget' : ms > 400 ? 'outage' : 'rate');
    open.waiting = open.waiting ? undefined : 'rate';
  }

  #fail(id: string, { asking, calls: [callId] }: Open, ms: number, flag: boolean): void {
    const code = flag ? 'rate_limited' : 'server';
    if (asking) this.run.askAgain(this.#nowMs, id, { waitMs: ms, code });
    else if (callId !== undefined) this.run.callAgain(this.#nowMs, id, callId, ms);
  }

  #endCall(id: string, { calls }: Open, ms: number, flag: boolean): void {
    const callId = calls.shift();
    if (callId === undefined) return;
    const shared = flag && ms > 400 ? { shared: { conversation: 'p1', callId: 'c0', savedMs: ms } } : {};
    this.run.result(this.#nowMs, id, callId, { waits: flag ? {} : { retry: ms, dependency: ms / 2 }, ...shared });
  }

  #task(id: string, { tasks }: Open): void {
    const task = tasks.pop();
    const outcome = { kind: 'ok', callId: 't9', output: null } as const;
    const about = { conversation: id, task: 't9', what: 'nap' };
    if (task === undefined) {
      tasks.push('t9');
      this.run.tell(this.#nowMs, { kind: 'task_start', ...about });
    } else this.run.tell(this.#nowMs, { kind: 'task_end', ...about, tookMs: 0, outcome });
  }

  #delegate(id: string): void {
    const child = `${id}/t1`;
    if (id.includes('/') || this.#seen.has(child)) return;
    this.run.tell(this.#nowMs, { kind: 'task_start', conversation: id, task: 't1', what: 'assistant' });
    this.run.start(this.#nowMs, child, { parent: id });
    this.#open.set(child, {
      sinceMs: this.#nowMs,
      asking: false,
      waiting: undefined,
      wanted: [],
      calls: [],
      tasks: [],
    });
    this.#seen.add(child);
  }

  #finish(id: string): void {
    const isChild = id.includes('/');
    const child = `${id}/t1`;
    if (this.#open.has(child)) this.#finish(child);
    this.run.end(this.#nowMs, id, isChild ? { parent: id.split('/')[0] ?? '' } : {});
    this.#open.delete(id);
    this.#done.add(id);
  }

  /** The process ends, and another goes on; what was open is told to have been interrupted, or is not. */
  #crash(isTold: boolean): void {
    if (isTold) {
      for (const [id] of [...this.#open].reverse()) {
        const parent = id.includes('/') ? { parent: id.split('/')[0] ?? '' } : {};
        this.run.end(this.#nowMs, id, { status: 'cancelled', problem: INTERRUPTED, ...parent });
      }
    }
    this.#open.clear();
    this.run.resume(this.#nowMs);
  }
}
