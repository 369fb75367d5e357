import type { ConversationStatus } from './event.ts';

/** What the author of a prompts file expects of a conversation. All that is there must hold. */
export interface Expectation {
  /** Texts that the answer holds. */
  readonly contains?: readonly string[];
  /** The whole answer, but for white space around it. */
  readonly equals?: string;
  /** Patterns that are found in the answer: regular expressions, or `/expression/flags`. */
  readonly matches?: readonly string[];
  /** Tools that are called at least once. */
  readonly tool?: readonly string[];
  /** Without it, `done`. */
  readonly status?: ConversationStatus;
  readonly maxSeconds?: number;
  /** In and out. */
  readonly maxTokens?: number;
  /** US dollars at list price. */
  readonly maxCost?: number;
}

/** Something that was expected and did not come true; `problem` says what came instead, and by how much it is off. */
export interface Missed {
  readonly what: keyof Expectation;
  readonly problem: string;
}

/** How many things are expected. */
export function countExpected(expect: Expectation): number {
  return Object.values(expect).reduce((sum, each) => sum + (Array.isArray(each) ? each.length : 1), 0);
}

/** The regular expression that a pattern stands for, in parts. */
export function patternParts(pattern: string): { readonly source: string; readonly flags: string } {
  const [, source, flags] = /^\/(.+)\/([ims]*)$/s.exec(pattern) ?? [];
  return source === undefined ? { source: pattern, flags: 'u' } : { source, flags: `${flags}u` };
}
