import type { ThresholdResult } from './judge-thresholds.ts';
import { padEnd } from './text-width.ts';
import type { Theme } from './theme.ts';

/** A line per threshold, under a heading: whether it was met, what it was held against, and by how much it was missed. */
export function thresholdLines(thresholds: readonly ThresholdResult[], theme: Theme): string[] {
  if (thresholds.length === 0) return [];
  const width = Math.max(...thresholds.map(({ threshold }) => threshold.text.length));
  const lines = thresholds.map(({ threshold, isMet, text }) => {
    const word = isMet ? `${theme.good('met')}   ` : theme.bad('missed');
    return `  ${word}   ${padEnd(threshold.text, width)}   ${text}`;
  });
  return [theme.strong('Thresholds'), ...lines];
}
