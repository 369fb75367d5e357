/** One run among all those of a benchmark. */
export interface Turn {
  /** From 1; 0 for runs that only warm up. Runs of one round stand side by side, and are compared as such. */
  readonly round: number;
  /** The index of its setting. */
  readonly setting: number;
  /** The one that is kept on a cassette; it warms up as well. */
  readonly isRecorded?: true;
}

/** How many turns there are to be. */
interface TurnCounts {
  readonly runs: number;
  readonly warmup: number;
  /** Whether one is to be kept on a cassette. */
  readonly isRecorded?: boolean;
}

/**
 * The order in which settings take turns: forth in one round and back in the next (ABC CBA ABC …). What changes with time
 * then hits all alike: over two rounds every setting has the same average place. Runs that only warm up come first, of
 * the last setting and those before it. One that is recorded is the first of these, of the first setting: what takes place
 * with the least else under way has delays that are good for any setting.
 */
export function takeTurns(settings: number, { runs, warmup, isRecorded = false }: TurnCounts): readonly Turn[] {
  const forth = Array.from({ length: settings }, (_, setting) => setting);
  const back = forth.toReversed();
  const recorded: readonly Turn[] = isRecorded ? [{ round: 0, setting: 0, isRecorded }] : [];
  const warming = Array.from({ length: Math.max(0, warmup - recorded.length) }, (_, at) => ({
    round: 0,
    setting: back[at % settings] ?? 0,
  }));
  const rounds = Array.from({ length: runs }, (_, at) => at + 1);
  return [
    ...recorded,
    ...warming,
    ...rounds.flatMap((round) => (round % 2 === 1 ? forth : back).map((setting) => ({ round, setting }))),
  ];
}
