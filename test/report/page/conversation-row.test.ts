import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conversationRow } from '../../../src/report/page/conversation-row.ts';
import { anyToldRun } from '../support/any-told-run.ts';
import { spansOf } from '../support/spans-of.ts';
import { ToldRun } from '../support/told-run.ts';

describe('conversationRow', () => {
  it('draws model and tool that follow each other in one lane, also where an early call overlaps a little', () => {
    const run = begun().ask(0, 'p1').call(95, 'p1', 'c1', { eager: true }).answer(100, 'p1').result(300, 'p1', 'c1');
    const { lanes, bars } = rowOf(run);
    expect(lanes).toBe(1);
    expect(bars.map(({ kind, startMs, endMs }) => [kind, startMs, endMs])).toEqual([
      ['model', 0, 100],
      ['tool', 95, 300],
    ]);
  });

  it('gives calls that run at once a lane each', () => {
    const run = begun().call(0, 'p1', 'c1').call(1, 'p1', 'c2').result(2, 'p1', 'c1').call(2, 'p1', 'c3');
    const { lanes, bars } = rowOf(run.result(9, 'p1', 'c2').result(9, 'p1', 'c3'));
    expect(lanes).toBe(2);
    expect(bars.map(({ lane }) => lane)).toEqual([0, 1, 0]);
  });

  it('goes on below after a handoff, with an arrow to the next agent’s first response', () => {
    const run = begun()
      .ask(0, 'p1')
      .answer(100, 'p1')
      .tell(101, handoff('assistant', 'sales'))
      .ask(110, 'p1', { turn: 2, agent: 'sales' })
      .answer(200, 'p1', { turn: 2 });
    const { bars, arrows } = rowOf(run);
    expect(bars.map(({ lane }) => lane)).toEqual([0, 1]);
    expect(arrows).toEqual([
      { fromMs: 101, toMs: 110, fromLane: 0, toLane: 1, from: 'assistant', to: 'sales', isRefused: false },
    ]);
  });

  it('shows what a call waited for apart from what it ran', () => {
    const waits = { slot: 40 };
    const run = begun()
      .call(50, 'p1', 'c1', { waits })
      .result(80, 'p1', 'c1', { waits: { slot: 10 } });
    const { bars } = rowOf(run);
    expect(bars.map(({ kind, reason, startMs, endMs }) => [kind, reason, startMs, endMs])).toEqual([
      ['wait', 'slot', 10, 50],
      ['wait', 'slot', 50, 60],
      ['tool', undefined, 60, 80],
    ]);
  });

  it('shows that a conversation waits for its background tasks where nothing else of it goes on', () => {
    const task = { conversation: 'p1', task: 't1', what: 'look_up' };
    const outcome = { kind: 'ok', callId: 't1', output: null } as const;
    const run = begun()
      .tell(0, { kind: 'task_start', ...task })
      .ask(0, 'p1')
      .answer(50, 'p1')
      .tell(80, { kind: 'task_end', ...task, outcome, tookMs: 80 })
      .ask(80, 'p1', { turn: 2 })
      .answer(90, 'p1', { turn: 2 });
    expect(
      rowOf(run).bars.map(({ kind, reason, lane, startMs, endMs }) => [kind, reason, lane, startMs, endMs]),
    ).toEqual([
      ['model', undefined, 0, 0, 50],
      ['task', undefined, 1, 0, 80],
      ['wait', 'dependency', 0, 50, 80],
      ['model', undefined, 0, 80, 90],
    ]);
  });

  it('marks what failed and what came to no end', () => {
    const failed = { kind: 'failed', callId: 'c1', code: 'threw', message: 'no' } as const;
    const run = begun().call(0, 'p1', 'c1').result(9, 'p1', 'c1', { outcome: failed }).ask(10, 'p1').resume(20);
    expect(rowOf(run).bars.map(({ kind, isFailed, isCut }) => [kind, isFailed, isCut])).toEqual([
      ['tool', true, false],
      ['model', false, true],
    ]);
  });

  it('never draws two calls of a kind over each other, in any run', () => {
    fc.assert(
      fc.property(anyToldRun(), ({ events }) => {
        for (const { conversations } of spansOf(events).modes) {
          for (const spans of conversations) expect(overlapsIn(conversationRow(spans, 0))).toEqual([]);
        }
      }),
      { numRuns: 60 },
    );
  });
});

function begun(): ToldRun {
  return new ToldRun().mode(0).start(0, 'p1');
}

function rowOf(run: ToldRun) {
  const [spans] = spansOf(run.events).modes[0]?.conversations ?? [];
  if (!spans) throw new Error('No conversation had begun.');
  return conversationRow(spans, 0);
}

function handoff(from: string, to: string) {
  const outcome = { kind: 'ok', callId: 'h1', output: null } as const;
  return { kind: 'handoff', conversation: 'p1', turn: 1, from, to, outcome } as const;
}

function overlapsIn({ bars }: ReturnType<typeof conversationRow>): unknown[] {
  const tools = bars.filter(({ kind }) => kind === 'tool' || kind === 'shared');
  return tools.flatMap((one, at) => {
    return tools
      .slice(at + 1)
      .filter((other) => other.lane === one.lane && other.startMs < one.endMs - 1e-5 && one.span !== other.span);
  });
}
