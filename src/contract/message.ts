import type { JsonValue } from './json.ts';

/** A model's request to run a tool. `callId` is unique within its conversation and at most 64 characters. */
export interface ToolCall {
  readonly callId: string;
  readonly name: string;
  /** The arguments as the model wrote them: JSON text, possibly empty or malformed. */
  readonly argumentsText: string;
}

/** Why a call has no result. It goes back to the model as data. */
export type ToolFailureCode =
  | 'unknown_tool'
  | 'invalid_arguments'
  | 'threw'
  | 'timeout'
  | 'cancelled'
  | 'crashed'
  | 'not_approved'
  | 'dependency_failed'
  | 'uncertain'
  | 'handoff_failed'
  | 'not_run';

/** What came of a tool call: every call gets exactly one. */
export type ToolOutcome =
  | { readonly kind: 'ok'; readonly callId: string; readonly output: JsonValue }
  | {
      readonly kind: 'failed';
      readonly callId: string;
      readonly code: ToolFailureCode;
      readonly message: string;
    };

/** Opaque items of one model's response, to be sent back to that model verbatim and in place. */
export interface Echo {
  /** The `Model.id` they came from: another model must not be shown them. */
  readonly modelId: string;
  readonly items: readonly JsonValue[];
}

/** One entry of a conversation's history. */
export type Message =
  | { readonly role: 'user'; readonly text: string }
  | {
      readonly role: 'assistant';
      readonly text: string;
      /** In the order in which the model asked for them. */
      readonly calls: readonly ToolCall[];
      readonly echo?: Echo;
    }
  | {
      readonly role: 'tools';
      /** One outcome for each call of the assistant message before it, in the same order. */
      readonly outcomes: readonly ToolOutcome[];
    };
