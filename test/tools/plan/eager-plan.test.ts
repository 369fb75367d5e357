import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { settle } from '../../support/fake-clock.ts';
import { call } from '../../support/scripted-model.ts';
import type { PlanningTurn } from './support/plans.ts';
import { cut, planCall, planningTurn, shownOf, toolOf } from './support/plans.ts';

const look = toolOf('look', ({ value }) => value ?? null);
const act = toolOf('act', ({ value }) => value ?? null, 'unsafe');
const never = toolOf('never', () => new Promise(() => {}));

const READING = planCall(
  [
    { id: 'a', tool: 'look', args: { value: 1 } },
    { id: 'b', tool: 'look', args: { value: '$a' } },
  ],
  ['a', 'b'],
);

/** Streams a call's arguments up to and including the given text. */
function stream({ turn }: PlanningTurn, { callId, name, argumentsText }: typeof READING, until: string): string {
  const text = argumentsText.slice(0, argumentsText.indexOf(until) + until.length);
  turn.addArguments(callId, name, text);
  return argumentsText.slice(text.length);
}

describe('A plan that is still being written', () => {
  it('starts what only reads as soon as it is complete in the stream, and does not run it again', async () => {
    const runs: unknown[] = [];
    const planning = planningTurn([toolOf('look', ({ value }) => runs.push(value))]);
    stream(planning, READING, '{"value":1}');
    await settle();
    expect(runs).toEqual([]);
    planning.turn.addArguments('plan', 'run_plan', '}');
    await settle();
    expect(planning.started()).toEqual(['plan.a']);
    expect(planning.events[0]).toMatchObject({ kind: 'tool_start', eager: true });
    planning.turn.add(READING);
    await settle();
    expect(planning.ended()).toEqual(['plan.a', 'plan.b']);
    expect(shownOf(await planning.turn.settle([READING]))).toEqual({ results: { a: 1, b: 2 } });
    expect(runs).toEqual([1, 1]);
  });

  it('comes out the same however its text is cut, and runs each call once', async () => {
    const nodes = [
      { id: 'b', tool: 'look', args: { value: [{ $call: 'a' }, 'x"}]'] } },
      { id: 'a', tool: 'look', args: { value: { deep: ['€', '5', '\\'] } } },
      { id: 'c', tool: 'look', args: { value: `\${a.deep[1]}` }, after: ['a'] },
      { id: 'd', tool: 'look', args: { value: '$5' } },
      { id: 'e', tool: 'act', args: { value: '$c' } },
      { id: 'f', tool: 'look', args: { value: '$e' } },
    ];
    const results = {
      b: [{ deep: ['€', '5', '\\'] }, 'x"}]'],
      a: { deep: ['€', '5', '\\'] },
      c: '5',
      d: '$5',
      e: '5',
      f: '5',
    };
    const plan = planCall(nodes, Object.keys(results));
    const everyPlace = Array.from({ length: plan.argumentsText.length }, (_, place) => [place]);
    const cuts = fc.oneof(fc.array(fc.nat(), { maxLength: 40 }), fc.constantFrom(...everyPlace));
    await fc.assert(
      fc.asyncProperty(cuts, fc.boolean(), fc.array(fc.boolean()), async (places, isAdded, waits) => {
        const planning = planningTurn([look, act]);
        for (const [index, piece] of cut(plan.argumentsText, places).entries()) {
          planning.turn.addArguments(plan.callId, plan.name, piece);
          if (waits[index]) await settle();
        }
        if (isAdded) planning.turn.add(plan);
        await settle();
        expect(planning.started().toSorted()).toEqual(['plan.a', 'plan.c']);
        expect(shownOf(await planning.turn.settle([plan]))).toEqual({ results });
        expect(planning.started().toSorted()).toEqual(
          ['plan', ...Object.keys(results).map((id) => `plan.${id}`)].toSorted(),
        );
        expect(planning.ended().toSorted()).toEqual(planning.started().toSorted());
      }),
      { numRuns: 200, examples: everyPlace.map((places) => [places, true, [true]]) },
    );
  });

  it('starts nothing behind a call that may do more, in the plan and in the turn', async () => {
    const planning = planningTurn([look, act]);
    const plan = planCall([
      { id: 'a', tool: 'look', args: {} },
      { id: 'b', tool: 'act', args: {} },
      { id: 'c', tool: 'look', args: {} },
    ]);
    planning.turn.addArguments('plan', 'run_plan', plan.argumentsText);
    planning.turn.add(plan);
    planning.turn.add(call('later', 'look'));
    await settle();
    expect(planning.started()).toEqual(['plan.a']);
    await planning.turn.settle([plan, call('later', 'look')]);
    expect(planning.started()).toHaveLength(5);
  });

  it('starts early behind calls that are complete and only read', async () => {
    const planning = planningTurn([look]);
    planning.turn.addArguments('x', 'look', '{}');
    planning.turn.add(call('x', 'look'));
    planning.turn.addArguments('plan', 'run_plan', READING.argumentsText);
    await settle();
    expect(planning.started()).toEqual(['x', 'plan.a', 'plan.b']);
    await planning.turn.discard();
  });

  it('lets what comes after it start early, if all of it only reads', async () => {
    const planning = planningTurn([look]);
    planning.turn.add(READING);
    planning.turn.add(call('later', 'look'));
    await settle();
    expect(planning.started().toSorted()).toEqual(['later', 'plan.a', 'plan.b']);
  });

  it.each<[string, (planning: PlanningTurn) => void, boolean]>([
    ['behind a call that may do more', ({ turn }) => turn.add(call('x', 'act')), true],
    ['behind a call that is not complete', ({ turn }) => turn.addArguments('x', 'act', '{'), true],
    ['where nothing may start early', () => {}, false],
  ])('starts nothing %s', async (_what, before, eager) => {
    const planning = planningTurn([look, act], { eager });
    before(planning);
    planning.turn.addArguments('plan', 'run_plan', READING.argumentsText);
    planning.turn.add(READING);
    await settle();
    expect(planning.started()).toEqual([]);
    const calls = eager ? [call('x', 'act'), READING] : [READING];
    await planning.turn.settle(calls);
    expect(planning.started()).toHaveLength(calls.length + 2);
  });

  it('aborts what was started when the response comes to nothing, and starts anew with the next', async () => {
    const planning = planningTurn([never, look]);
    const plan = planCall([
      { id: 'a', tool: 'never', args: {} },
      { id: 'b', tool: 'look', args: { value: '$a' } },
    ]);
    stream(planning, plan, '"args":{}}');
    planning.turn.add(plan);
    planning.turn.addArguments('next', 'look', '{');
    await settle();
    await planning.turn.discard();
    expect([planning.started(), planning.ended()]).toEqual([['plan.a'], ['plan.a']]);
    expect(planning.events.at(-1)).toMatchObject({ outcome: { code: 'cancelled' } });
    stream(planning, READING, '"args":{"value":1}}');
    await settle();
    expect(planning.started()).toEqual(['plan.a', 'plan.a']);
    expect(shownOf(await planning.turn.settle([READING]))).toEqual({ results: { a: 1, b: 1 } });
  });

  it('aborts what was started for a plan that the response does not ask for in the end', async () => {
    const planning = planningTurn([never]);
    const plan = planCall([{ id: 'a', tool: 'never', args: {} }]);
    planning.turn.addArguments('plan', 'run_plan', plan.argumentsText);
    await settle();
    expect(await planning.turn.settle([])).toEqual([]);
    expect([planning.started(), planning.ended()]).toEqual([['plan.a'], ['plan.a']]);
  });

  it('goes by its final text: what was started otherwise, or used what was, is aborted', async () => {
    const planning = planningTurn([look, never]);
    const heard = planCall([
      { id: 'same', tool: 'look', args: { value: 1 } },
      { id: 'other', tool: 'look', args: { value: 2 } },
      { id: 'user', tool: 'look', args: { value: '$other' } },
      { id: 'gone', tool: 'never', args: {} },
      { id: 'waits', tool: 'look', args: { value: '$gone' } },
    ]);
    planning.turn.addArguments('plan', 'run_plan', heard.argumentsText);
    await settle();
    const final = planCall(
      [
        { id: 'same', tool: 'look', args: { value: 1 } },
        { id: 'other', tool: 'look', args: { value: 3 } },
        { id: 'user', tool: 'look', args: { value: '$other' } },
        { id: 'waits', tool: 'look', args: { value: 4 } },
      ],
      ['same', 'user', 'waits'],
    );
    planning.turn.add(final);
    expect(shownOf(await planning.turn.settle([final]))).toEqual({ results: { same: 1, user: 3, waits: 4 } });
    expect(planning.started().filter((id) => id === 'plan.same')).toHaveLength(1);
    expect(planning.ended().toSorted()).toEqual(planning.started().toSorted());
  });

  it('is refused when it turns out to be malformed, and what was started has its end', async () => {
    const planning = planningTurn([never]);
    const text = '{"calls":[{"id":"a","tool":"never","args":{}},{"id":"a","tool":"never","args":{}}]}';
    planning.turn.addArguments('plan', 'run_plan', text);
    await settle();
    expect(await planning.turn.settle([call('plan', 'run_plan', text)])).toMatchObject([{ code: 'invalid_arguments' }]);
    expect(planning.started()).toEqual(['plan.a', 'plan']);
    expect(planning.ended().toSorted()).toEqual(['plan', 'plan.a']);
  });

  it('starts no more calls than a plan may have', async () => {
    const planning = planningTurn([look], { toolConcurrency: 200 });
    const plan = planCall(Array.from({ length: 101 }, (_, n) => ({ id: `n${n}`, tool: 'look', args: {} })));
    planning.turn.addArguments('plan', 'run_plan', plan.argumentsText);
    await settle();
    expect(planning.started()).toHaveLength(100);
    expect(await planning.turn.settle([plan])).toMatchObject([{ code: 'invalid_arguments' }]);
  });

  it('does not wait for what a call waited for that is not in its final text', async () => {
    const gate = Promise.withResolvers<void>();
    const planning = planningTurn([look, toolOf('hold', () => gate.promise)]);
    const held = { id: 'held', tool: 'hold', args: {} };
    const heard = planCall([held, { id: 'gone', tool: 'look', args: { value: '$held' } }]);
    planning.turn.addArguments('plan', 'run_plan', heard.argumentsText);
    await settle();
    const outcomes = planning.turn.settle([planCall([held, { id: 'new', tool: 'look', args: {} }])]);
    await settle();
    expect(planning.ended()).toEqual(['plan.new']);
    gate.resolve();
    await outcomes;
    expect(planning.started()).toEqual(['plan.held', 'plan', 'plan.new']);
  });

  it('goes by its final text in what may start behind it, too', async () => {
    const planning = planningTurn([look, act]);
    planning.turn.add(
      call('plan', 'run_plan', '{"calls":[{"id":"a","tool":"look"}],"calls":[{"id":"b","tool":"act"}]}'),
    );
    planning.turn.add(call('later', 'look'));
    await settle();
    expect(planning.started()).toEqual(['plan.a']);
    await planning.turn.discard();
  });
});
