/** What a tool call may use up; a tool's own policy may say otherwise. */
export interface ToolLimits {
  readonly timeoutMs: number;
  /** UTF-8 bytes of one output that the model is shown. */
  readonly maxOutputBytes: number;
}

export const DEFAULT_TOOL_LIMITS: ToolLimits = { timeoutMs: 120_000, maxOutputBytes: 64 * 1024 };

/** UTF-8 bytes of arguments that a call may have. */
export const MAX_ARGUMENT_BYTES = 1024 * 1024;
