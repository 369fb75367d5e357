/** One run among all those of a benchmark. */
export interface Turn {
  /** From 1; 0 for runs that only warm up. Runs of one round stand side by side, and are compared as such. */
  readonly round: number;
  /** The index of its setting. */
  readonly setting: number;
}

/**
 * The order in which settings take turns: forth in one round and back in the next (ABC CBA ABC …). What changes with time
 * then hits all alike: over two rounds every setting has the same average place. Runs that only warm up come first, of
 * the last setting and those before it.
 */
export function takeTurns(settings: number, { runs, warmup }: { runs: number; warmup: number }): readonly Turn[] {
  const forth = Array.from({ length: settings }, (_, setting) => setting);
  const back = forth.toReversed();
  const warming = Array.from({ length: warmup }, (_, at) => ({ round: 0, setting: back[at % settings] ?? 0 }));
  const rounds = Array.from({ length: runs }, (_, at) => at + 1);
  return [
    ...warming,
    ...rounds.flatMap((round) => (round % 2 === 1 ? forth : back).map((setting) => ({ round, setting }))),
  ];
}
