import type { ConversationSplit } from './conversation-split.ts';
import { BEHIND_OTHERS, totalOf } from './split.ts';

/**
 * The least time that the same conversations could have taken: that of the longest one with nothing in its way. An
 * estimate: it takes models and tools to be as fast when all are asked at once.
 */
export interface Ceiling {
  readonly ms: number;
  readonly conversation?: string;
}

export function ceilingOf(conversations: readonly ConversationSplit[]): Ceiling {
  let ceiling: Ceiling = { ms: 0 };
  for (const { conversation, tookMs, split } of conversations) {
    const ms = tookMs - totalOf(split, BEHIND_OTHERS);
    if (ms > ceiling.ms) ceiling = { ms, conversation };
  }
  return ceiling;
}
