/** What a conversation may use up before it is ended with a status that names the bound. */
export interface ConversationBounds {
  /** Model responses. */
  readonly maxTurns: number;
  readonly maxToolCalls: number;
  readonly maxHandoffs: number;
  /** In and out, of all its responses: it asks for no more once it has had so many. */
  readonly maxTokens: number;
  /** From its start to its end. */
  readonly timeoutMs: number;
}

export const DEFAULT_BOUNDS: ConversationBounds = {
  maxTurns: 25,
  maxToolCalls: 200,
  maxHandoffs: 10,
  maxTokens: 500_000,
  timeoutMs: 30 * 60_000,
};
