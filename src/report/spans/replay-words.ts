import type { RunSpans } from './run-spans.ts';

/** What a run's times are: of a replay whose delays passed at once, nothing was measured. */
export function timedOf({ replay }: Pick<RunSpans, 'replay'>): 'measured' | 'virtual' {
  return replay?.time === 'virtual' ? 'virtual' : 'measured';
}

/** What a run says of being a replay: `replayed from tape.jsonl, in virtual time`; nothing if it is none. */
export function replayWords({ replay }: Pick<RunSpans, 'replay'>): readonly string[] {
  if (!replay) return [];
  return [`replayed from ${replay.cassette}${replay.time === 'virtual' ? ', in virtual time' : ', with its delays'}`];
}
