import type { ConversationSpans } from './run-spans.ts';

/** How a conversation ended, against how it should have. */
export interface Fate {
  /** It did not end as `done`, or with all that was expected of it if that was said. Never of one that has not ended. */
  readonly isWrong: boolean;
  /** `done`, `failed`, `done, not as expected`, `refused, as expected`, `open`. */
  readonly words: string;
}

/** What became of a conversation. */
export function fateOf({ status, missed }: Pick<ConversationSpans, 'status' | 'missed'>): Fate {
  if (status === undefined) return { isWrong: false, words: 'open' };
  if (!missed) return { isWrong: status !== 'done', words: status };
  if (missed.length > 0) return { isWrong: true, words: `${status}, not as expected` };
  return { isWrong: false, words: status === 'done' ? status : `${status}, as expected` };
}
