import type { JsonObject, JsonValue } from '../../contract/json.ts';

/** A tool as a request offers it, whatever the wire format. */
export interface OfferedTool {
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonObject;
}

/** A call to a tool, with arguments as an object. */
export interface PlannedCall {
  readonly name: string;
  readonly args: JsonObject;
}

/** One entry of a request's history, whatever the wire format. A result carries the call that it answers. */
export type HistoryEntry =
  | { readonly role: 'user'; readonly text: string }
  | { readonly role: 'assistant'; readonly text: string }
  | { readonly role: 'result'; readonly call: PlannedCall; readonly output: JsonValue };

/** All that the brain is told. */
export interface BrainInput {
  readonly instructions: string;
  readonly tools: readonly OfferedTool[];
  readonly history: readonly HistoryEntry[];
  /** Whether there has to be a call before there is an answer. */
  readonly mustCall?: boolean;
}

/** What the brain says: calls, or the final answer. */
export interface Thought {
  readonly text: string;
  readonly calls: readonly PlannedCall[];
}

/**
 * What a rule makes of its part of a prompt: calls to make now, something to answer, or a task that no offered tool
 * can do, with the words by which another agent's description may fit it.
 */
export type Finding =
  | { readonly kind: 'calls'; readonly calls: readonly PlannedCall[] }
  | { readonly kind: 'answer'; readonly text: string }
  | { readonly kind: 'unable'; readonly text: string; readonly words: readonly string[] };
