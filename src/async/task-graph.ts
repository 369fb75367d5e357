/** Which nodes wait for which others, by name. */
export type Dependencies = ReadonlyMap<string, readonly string[]>;

/** What is wrong with an order: nothing, when both are empty. */
export interface OrderProblems {
  /** For each node that waits for itself the names from it on, each waiting for the next and the last for the node. */
  readonly cycles: ReadonlyMap<string, readonly string[]>;
  /** For each node that waits for names that are not there those names. */
  readonly unknown: ReadonlyMap<string, readonly string[]>;
}

/** Finds the nodes that can never have their turn: each with a shortest cycle through it, or the names it waits for in vain. */
export function findOrderProblems(dependencies: Dependencies): OrderProblems {
  const unknown = new Map<string, readonly string[]>();
  for (const [node, names] of dependencies) {
    const missing = [...new Set(names)].filter((name) => !dependencies.has(name));
    if (missing.length > 0) unknown.set(node, missing);
  }
  return { cycles: findCycles(dependencies), unknown };
}

/**
 * For each node the expected milliseconds from its start to the end of the longest chain of nodes that wait for it: the
 * higher, the more critical. A node in a cycle counts only itself; names that are not there count nothing.
 */
export function remainingPaths(
  dependencies: Dependencies,
  expectedMs: (node: string) => number,
): ReadonlyMap<string, number> {
  const cycles = findCycles(dependencies);
  const longestAfterMs = new Map<string, number>();
  const paths = new Map<string, number>();
  for (const node of fromTheEnd(dependencies, [...cycles.keys()])) {
    const pathMs = expectedMs(node) + (cycles.has(node) ? 0 : (longestAfterMs.get(node) ?? 0));
    paths.set(node, pathMs);
    for (const name of dependencies.get(node) ?? []) {
      longestAfterMs.set(name, Math.max(longestAfterMs.get(name) ?? 0, pathMs));
    }
  }
  return paths;
}

function findCycles(dependencies: Dependencies): ReadonlyMap<string, readonly string[]> {
  const orderly = new Set(fromTheEnd(dependencies, []));
  const cycles = new Map<string, readonly string[]>();
  for (const node of dependencies.keys()) {
    const cycle = orderly.has(node) ? undefined : shortestCycle(node, dependencies);
    if (cycle) cycles.set(node, cycle);
  }
  return cycles;
}

/** Each node after all that wait for it, except for those in `first`; what has a cycle behind it is left out. */
function fromTheEnd(dependencies: Dependencies, first: readonly string[]): readonly string[] {
  const openDependants = new Map<string, number>();
  for (const name of [...dependencies.values()].flat()) openDependants.set(name, (openDependants.get(name) ?? 0) + 1);
  for (const node of first) openDependants.delete(node);
  const order = [...new Set([...first, ...dependencies.keys()])].filter((node) => !openDependants.has(node));
  // The loop also reaches what it adds.
  for (const node of order) {
    for (const name of dependencies.get(node) ?? []) {
      const open = openDependants.get(name);
      if (open === undefined) continue;
      openDependants.set(name, open - 1);
      if (open === 1 && dependencies.has(name)) order.push(name);
    }
  }
  return order;
}

function shortestCycle(start: string, dependencies: Dependencies): readonly string[] | undefined {
  const reachedFrom = new Map<string, string>();
  const reached = [start];
  // The loop also reaches what it adds.
  for (const node of reached) {
    for (const name of dependencies.get(node) ?? []) {
      if (name === start) return pathTo(node, start, reachedFrom);
      if (reachedFrom.has(name)) continue;
      reachedFrom.set(name, node);
      reached.push(name);
    }
  }
  return undefined;
}

function pathTo(end: string, start: string, reachedFrom: ReadonlyMap<string, string>): readonly string[] {
  const path = [end];
  for (let node = end; node !== start; ) {
    node = reachedFrom.get(node) ?? start;
    path.push(node);
  }
  return path.reverse();
}
