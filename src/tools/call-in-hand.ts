import type { JsonObject } from '../contract/json.ts';
import type { ToolCall, ToolOutcome } from '../contract/message.ts';
import type { Tool, TurnContext } from '../contract/tool.ts';
import type { CallStory } from './call-story.ts';

/** Which turn a call belongs to and how it came to start. */
export interface CallContext extends TurnContext {
  readonly eager: boolean;
  /** The call's position among the tool calls of its turn, from 0. */
  readonly index: number;
  /** How long this call, and what waits for it in its turn, is expected to take. */
  readonly expectedMs: number;
}

/** One call on its way through the layers. */
export interface CallInHand {
  readonly call: ToolCall;
  readonly tool: Tool;
  readonly args: { readonly raw: JsonObject; readonly checked: unknown };
  readonly context: CallContext;
  /** What is told of the call. */
  readonly story: CallStory;
}

/** Goes on with the next layer. The signal fires when nobody wants the outcome any more. */
type Next = (signal: AbortSignal) => Promise<ToolOutcome>;

/**
 * One concern around a call. May wait, go on any number of times, or answer itself; never rejects except with the
 * signal's reason once it fired.
 */
export type Layer = (inHand: CallInHand, signal: AbortSignal, next: Next) => Promise<ToolOutcome>;
