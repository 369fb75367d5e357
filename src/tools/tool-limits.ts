/** What a tool call may use up; a tool's own policy may say otherwise of its time. */
export interface ToolLimits extends ArgumentLimits, OutputLimits {
  readonly timeoutMs: number;
}

/** What the arguments of a call may hold. */
export interface ArgumentLimits {
  /** UTF-8 bytes. */
  readonly maxArgumentBytes: number;
  /** Objects and lists within each other. */
  readonly maxArgumentDepth: number;
}

/** How much of an output goes where, in UTF-8 bytes. */
export interface OutputLimits {
  /** That the model is shown. */
  readonly maxOutputBytes: number;
  /** That the journal keeps, which is never less than the model was shown. */
  readonly maxJournalOutputBytes: number;
}

export const DEFAULT_TOOL_LIMITS: ToolLimits = {
  timeoutMs: 120_000,
  maxArgumentBytes: 1024 * 1024,
  maxArgumentDepth: 64,
  maxOutputBytes: 64 * 1024,
  maxJournalOutputBytes: 1024 * 1024,
};

/** Tool calls at once in one turn. */
export const DEFAULT_TURN_CONCURRENCY = 16;
