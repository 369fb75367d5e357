import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ToolCall } from '../../src/contract/message.ts';
import type { ToolPolicy } from '../../src/contract/tool.ts';
import { defineTool } from '../../src/tools/define-tool.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { openTurns } from '../support/open-turns.ts';
import { call } from '../support/scripted-model.ts';

const CAP = 7;
const CAP_OF_TURN = 4;
const NARROW = 2;
const RATE = { calls: 3, perMs: 15 };

interface Plan {
  readonly tool: 'exclusive' | 'shared' | 'narrow' | 'free' | 'urgent' | 'flaky' | 'rare';
  readonly key: number;
  readonly ms: number;
  /** Refers to the call that many places before, if there is one in its turn. */
  readonly back: number;
}

const anyCall: fc.Arbitrary<Plan> = fc.record({
  tool: fc.constantFrom('exclusive', 'shared', 'narrow', 'free', 'urgent', 'flaky', 'rare'),
  key: fc.nat({ max: 3 }),
  ms: fc.nat({ max: 20 }),
  back: fc.nat({ max: 4 }),
});
/** About 10,000 calls in all runs together. */
const anyRun = fc.array(fc.array(anyCall, { minLength: 1, maxLength: 25 }), { minLength: 20, maxLength: 60 });

it('Ten thousand calls with locks, priorities, rates, retries and dependencies break no rule and all have their outcome', async () => {
  let calls = 0;
  await fc.assert(
    fc.asyncProperty(anyRun, async (turns) => {
      calls += turns.flat().length;
      await checkRun(turns);
    }),
    { numRuns: 60 },
  );
  expect(calls).toBeGreaterThan(8000);
});

async function checkRun(turns: readonly (readonly Plan[])[]): Promise<void> {
  const clock = new FakeClock();
  const world = new World(clock);
  const open = openTurns(clock, () => {}, { toolConcurrency: CAP, turnConcurrency: CAP_OF_TURN });
  const results = turns.map((plans, index) => {
    const calls = plans.map(toCall);
    const context = { conversation: `p${index}`, turn: 1, agent: 'a', signal: new AbortController().signal };
    return open(world.tools, context)
      .settle(calls)
      .then((outcomes) => ({ calls, outcomes }));
  });
  let left = results.length;
  for (const result of results) void result.then(() => left--);
  for (let round = 0; left > 0 && round < 100_000; round++) await clock.advance(200);
  for (const { calls, outcomes } of await Promise.all(results)) {
    expect(outcomes.map(({ callId }) => callId)).toEqual(calls.map(({ callId }) => callId));
    expect(outcomes.every(({ kind }) => kind === 'ok')).toBe(true);
  }
  expect(world.running).toBe(0);
}

function toCall({ tool, key, ms, back }: Plan, index: number): ToolCall {
  const needs = back > 0 && back <= index ? { needs: { $call: `c${index - back}` } } : {};
  return call(`c${index}`, tool, { key, ms, id: index, ...needs });
}

/** Tools that notice when two run together that must not. */
class World {
  running = 0;
  readonly #clock: FakeClock;
  readonly #writers = new Map<number, number>();
  readonly #readers = new Map<number, number>();
  readonly #failed = new WeakSet<object>();
  /** How many run of each conversation, which has one turn. */
  readonly #ofTurn = new Map<string, number>();
  readonly #rareAtMs: number[] = [];
  #narrow = 0;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  get tools() {
    return [
      this.#tool('exclusive', { locks: ['k{key}'] }, (key) => this.#count(this.#writers, key)),
      this.#tool('shared', { locks: ({ key }) => [{ name: `k${key}`, mode: 'shared' }] }, (key) =>
        this.#count(this.#readers, key),
      ),
      this.#tool('narrow', { concurrency: NARROW }, () => {
        this.#narrow += 1;
        expect(this.#narrow).toBeLessThanOrEqual(NARROW);
        return () => {
          this.#narrow -= 1;
        };
      }),
      this.#tool('free', {}, () => () => {}),
      this.#tool('urgent', { priority: 5 }, () => () => {}),
      this.#tool('rare', { rate: RATE, locks: ['k{key}'] }, (key) => {
        const now = this.#clock.now();
        this.#rareAtMs.push(now);
        expect(this.#rareAtMs.filter((atMs) => atMs > now - RATE.perMs).length).toBeLessThanOrEqual(RATE.calls);
        return this.#count(this.#writers, key);
      }),
      this.#tool('flaky', { effect: 'idempotent', retry: { attempts: 2, backoffMs: 10 } }, () => () => {}),
    ];
  }

  #tool(name: string, policy: Partial<ToolPolicy>, enter: (key: number) => () => void) {
    return defineTool({
      name,
      description: '',
      parameters: { type: 'object' },
      policy,
      run: async (args: { key: number; ms: number }, { conversation }) => {
        this.running += 1;
        expect(this.running).toBeLessThanOrEqual(CAP);
        this.#ofTurn.set(conversation, (this.#ofTurn.get(conversation) ?? 0) + 1);
        expect(this.#ofTurn.get(conversation)).toBeLessThanOrEqual(CAP_OF_TURN);
        const leave = enter(args.key);
        await this.#clock.sleep(args.ms);
        leave();
        this.running -= 1;
        this.#ofTurn.set(conversation, (this.#ofTurn.get(conversation) ?? 0) - 1);
        if (name === 'flaky' && !this.#failed.has(args)) {
          this.#failed.add(args);
          throw new Error('once');
        }
        return args.ms;
      },
    });
  }

  /** Any number of readers, or one writer. */
  #count(holders: Map<number, number>, key: number): () => void {
    holders.set(key, (holders.get(key) ?? 0) + 1);
    const writers = this.#writers.get(key) ?? 0;
    expect(writers).toBeLessThanOrEqual(1);
    if (writers > 0) expect(this.#readers.get(key) ?? 0).toBe(0);
    return () => holders.set(key, (holders.get(key) ?? 0) - 1);
  }
}
