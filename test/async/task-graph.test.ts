import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findOrderProblems, remainingPaths } from '../../src/async/task-graph.ts';

type Graph = ReadonlyMap<string, readonly string[]>;

const graphOf = (dependencies: Readonly<Record<string, readonly string[]>>): Graph =>
  new Map(Object.entries(dependencies));

describe('An order', () => {
  it('without problems has none', () => {
    const { cycles, unknown } = findOrderProblems(graphOf({ a: [], b: ['a'], c: ['a', 'b', 'b'] }));
    expect([cycles.size, unknown.size]).toEqual([0, 0]);
  });

  it('names each cycle from each of its nodes on, and leaves out those who only wait for one', () => {
    const { cycles } = findOrderProblems(
      graphOf({ a: ['b'], b: ['c'], c: ['a'], self: ['self'], waits: ['a'], awaited: [], d: ['c', 'awaited'] }),
    );
    expect([...cycles]).toEqual([
      ['a', ['a', 'b', 'c']],
      ['b', ['b', 'c', 'a']],
      ['c', ['c', 'a', 'b']],
      ['self', ['self']],
    ]);
  });

  it('names what is waited for but is not there', () => {
    const { unknown } = findOrderProblems(graphOf({ a: ['x', 'b', 'y', 'x'], b: [] }));
    expect([...unknown]).toEqual([['a', ['x', 'y']]]);
  });

  it('is looked through in no time, however long its chains', () => {
    const chain = new Map(
      Array.from({ length: 50_000 }, (_, index) => [`${index}`, index > 0 ? [`${index - 1}`] : []]),
    );
    expect(findOrderProblems(chain).cycles.size).toBe(0);
    expect(remainingPaths(chain, () => 1).get('0')).toBe(50_000);
  });
});

describe('The remaining path', () => {
  it('of a node is the longest way from its start to the end of all who wait for it', () => {
    const expectedMs: Readonly<Record<string, number>> = { load: 10, slow: 100, quick: 1, join: 5, alone: 7 };
    const paths = remainingPaths(
      graphOf({ load: [], slow: ['load'], quick: ['load'], join: ['slow', 'quick'], alone: ['nobody'] }),
      (node) => expectedMs[node] ?? 0,
    );
    expect(Object.fromEntries(paths)).toEqual({ load: 115, slow: 105, quick: 6, join: 5, alone: 7 });
  });

  it('of a node in a cycle is the node alone', () => {
    const paths = remainingPaths(
      graphOf({ a: ['b'], b: ['a'], before: [], c: ['b', 'before'], after: ['c'] }),
      () => 1,
    );
    expect(Object.fromEntries(paths)).toEqual({ a: 1, b: 1, before: 3, c: 2, after: 1 });
  });
});

describe('Any order', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'nobody');
  const graphs = fc.oneof(
    fc
      .uniqueArray(fc.tuple(name, fc.array(name, { maxLength: 3 })), { selector: ([node]) => node })
      .map((entries): Graph => new Map(entries.filter(([node]) => node !== 'nobody'))),
    // Without cycles, since each waits only for names before its own.
    fc
      .array(fc.array(fc.nat({ max: 30 }), { maxLength: 4 }), { maxLength: 30 })
      .map((rows): Graph => new Map(rows.map((row, i) => [`${i}`, row.filter((j) => j < i).map(String)]))),
  );

  it('has the cycles that one finds by walking everywhere', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const { cycles } = findOrderProblems(graph);
        for (const node of graph.keys()) {
          const cycle = cycles.get(node);
          expect(cycle?.length).toBe(stepsBackTo(node, graph));
          for (const [index, from] of cycle?.entries() ?? []) {
            expect(graph.get(from)).toContain(cycle?.[(index + 1) % cycle.length]);
          }
          if (cycle) expect(cycle[0]).toBe(node);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('has the paths that one finds by trying every way', () => {
    const expectedMs = (node: string) => (node.charCodeAt(0) * 7) % 13;
    fc.assert(
      fc.property(graphs, (graph) => {
        const { cycles } = findOrderProblems(graph);
        const longest = (node: string): number => {
          if (cycles.has(node)) return expectedMs(node);
          const after = [...graph].filter(([, names]) => names.includes(node)).map(([other]) => longest(other));
          return expectedMs(node) + Math.max(0, ...after);
        };
        const paths = remainingPaths(graph, expectedMs);
        expect(new Map(paths)).toEqual(new Map([...graph.keys()].map((node) => [node, longest(node)])));
      }),
      { numRuns: 500 },
    );
  });
});

/** How many steps lead from a node back to itself, by widening the set of what is reached until it grows no more. */
function stepsBackTo(node: string, graph: Graph): number | undefined {
  let reached = new Set(graph.get(node));
  for (let steps = 1; steps <= graph.size; steps++) {
    if (reached.has(node)) return steps;
    reached = new Set([...reached].flatMap((name) => [name, ...(graph.get(name) ?? [])]));
  }
  return undefined;
}
