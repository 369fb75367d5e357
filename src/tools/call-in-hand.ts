import type { JsonObject } from '../contract/json.ts';
import type { ToolCall, ToolOutcome } from '../contract/message.ts';
import type { Tool, TurnContext } from '../contract/tool.ts';
import type { CallStory } from './call-story.ts';
import type { Slots } from './slots.ts';

/** A turn with its slots: each of its calls has one while it runs, those of its plans too. */
export interface SlottedTurn extends TurnContext {
  readonly slots: Slots;
}

/** Which turn a call belongs to and how it came to start. */
export interface CallContext extends SlottedTurn {
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

/**
 * Takes a call through a layer and all that are within it. The signal fires when nobody wants the outcome any more:
 * only then may it reject, with the signal's reason.
 */
export type RunThrough = (inHand: CallInHand, signal: AbortSignal) => Promise<ToolOutcome>;

/**
 * One concern around the calls of a tool, which may wait, go on to `next` any number of times, or answer themselves. It
 * is `next` itself for a tool whose policy has no use for it.
 */
export type Layer = (tool: Tool, next: RunThrough) => RunThrough;
