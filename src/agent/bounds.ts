/** What a conversation may use up before it is ended with a status that names the bound. */
export interface ConversationBounds {
  /** Model responses. */
  readonly maxTurns: number;
  readonly maxToolCalls: number;
  readonly maxHandoffs: number;
  /** From its start to its end. */
  readonly timeoutMs: number;
}

export const DEFAULT_BOUNDS: ConversationBounds = {
  maxTurns: 25,
  maxToolCalls: 200,
  maxHandoffs: 10,
  timeoutMs: 30 * 60_000,
};
