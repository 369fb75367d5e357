import type { ConversationStatus } from '../../contract/event.ts';
import type { StatedConversation } from './conversation-path.ts';
import { tookMs } from './latencies.ts';
import type { Split } from './split.ts';
import { splitOf } from './split.ts';

/** Where the time of one conversation went. `split` adds up to `tookMs`. */
export interface ConversationSplit {
  readonly conversation: string;
  readonly parent?: string;
  /** Nothing if it came to no end. */
  readonly status?: ConversationStatus;
  /** From the start of its mode to its first start. */
  readonly queuedMs: number;
  /** While a process worked on it. */
  readonly tookMs: number;
  /** From its first start to its last end, less `tookMs`: from the end of one process to its start in the next. */
  readonly pausedMs: number;
  readonly split: Split;
  readonly turns: number;
  readonly toolCalls: number;
  /** How many processes worked on it. */
  readonly stretches: number;
}

export function conversationSplit({ spans, segments }: StatedConversation, modeStartMs: number): ConversationSplit {
  const { conversation, parent, status, startMs, endMs, models, tools, stretches } = spans;
  const took = tookMs(spans);
  return {
    conversation,
    ...(parent === undefined ? {} : { parent }),
    ...(status === undefined ? {} : { status }),
    queuedMs: startMs - modeStartMs,
    tookMs: took,
    pausedMs: endMs - startMs - took,
    split: splitOf(segments),
    turns: new Set(models.map(({ turn }) => turn)).size,
    toolCalls: tools.length,
    stretches: stretches.length,
  };
}
