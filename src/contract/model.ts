import type { JsonObject } from './json.ts';
import type { Echo, Message, ToolCall } from './message.ts';

/** What a model is told about a tool. */
export interface ToolSpec {
  /** Matches `^[A-Za-z_][A-Za-z0-9_-]{0,63}$`, which every vendor accepts. */
  readonly name: string;
  readonly description: string;
  /** A JSON Schema (draft 2020-12) whose type is `object`. */
  readonly parameters: JsonObject;
}

/** Everything one response is made from. The history is a copy: a model may keep it. */
export interface ModelRequest {
  readonly instructions: string;
  readonly messages: readonly Message[];
  readonly tools: readonly ToolSpec[];
  /** The most tokens that the response may have, thinking included. Read anew for each attempt: it may have changed. */
  readonly maxOutputTokens?: number | undefined;
  /** Whose request it is. No model is told. */
  readonly conversation?: string;
}

/** Tokens as the vendor counted them; `cachedInputTokens` are part of `inputTokens`, `reasoningTokens` of `outputTokens`. */
export interface Usage {
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
}

/**
 * How a response ended. `done`: by itself, with or without calls. `truncated`: at a token limit.
 * `blocked`: by a content filter. `refused`: the model declined in words.
 */
export type StopReason = 'done' | 'truncated' | 'blocked' | 'refused';

/** What happens while a model responds. A successful response has exactly one `end`, and it is the last event. */
export type ModelEvent =
  | { readonly kind: 'text'; readonly delta: string }
  /** More of the arguments of a call that is not complete yet, where the vendor streams them. `callId` is that of the call to come. */
  | { readonly kind: 'arguments'; readonly callId: string; readonly name: string; readonly delta: string }
  /** A call, the moment it is complete in the stream. */
  | { readonly kind: 'call'; readonly call: ToolCall }
  /** The next attempt has to wait, until `waited` comes: it was let through, or given up, after `forMs`. */
  | { readonly kind: 'waiting'; readonly reason: AttemptWait }
  | { readonly kind: 'waited'; readonly forMs: number }
  /** The attempt is about to fail: what the vendor had counted for it by then, if it said so. */
  | { readonly kind: 'used'; readonly usage: Usage }
  /** The attempt failed and is made again after `waitMs`: all text and calls so far are void. */
  | { readonly kind: 'retry'; readonly attempt: number; readonly waitMs: number; readonly error: ModelError }
  | {
      readonly kind: 'end';
      readonly stop: StopReason;
      /** The answer's text; commentary is left out where the model marked a final answer. */
      readonly text: string;
      /** What the vendor said of a stop other than `done`. */
      readonly detail?: string;
      readonly usage: Usage;
      readonly echo?: Echo;
    };

/** What happens while a model responds, of one kind. */
export type ModelEventOf<K extends ModelEvent['kind']> = Extract<ModelEvent, { kind: K }>;

/** Why an attempt waits: for rate limits and the number at once, or because the provider has failed so often that it is only probed. */
export type AttemptWait = 'rate' | 'outage';

/** A model as `--model` names it, ready to be opened. Opening may load a package, but asks nothing of a server. */
export interface Model {
  /** `provider/name`. */
  readonly id: string;
  open(signal: AbortSignal): Promise<ModelSession>;
  /** Forgets how many requests at once it was found to take, so that who comes next starts as who came before did. */
  findOutAnew?(): void;
}

/** One conversation's line to a model. Over HTTP it holds no state; over a socket it is one connection. */
export interface ModelSession extends AsyncDisposable {
  /**
   * Asks for one response.
   *
   * @throws {ModelError} when there is no response to be had, after all retries; `code` is `aborted` if `signal` fired.
   */
  respond(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
}

/**
 * Why a response failed. `rate_limited`, `server`, `connection`, `incomplete_stream`, `idle` and `malformed` may go
 * away when asked again; the others never do.
 */
export type ModelErrorCode =
  | 'rate_limited'
  | 'server'
  | 'connection'
  | 'incomplete_stream'
  | 'idle'
  | 'malformed'
  | 'quota'
  | 'authentication'
  | 'rejected'
  | 'provider_down'
  | 'aborted'
  | 'unavailable';

/** A response that could not be had. `message` says why in one line. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
  readonly code: ModelErrorCode;
  /** The HTTP status, where there was one. */
  readonly status: number | undefined;
  /** How long the server asked to be left alone. */
  readonly retryAfterMs: number | undefined;
  /** The server's own word on whether to ask again (`x-should-retry`). */
  readonly shouldRetry: boolean | undefined;

  constructor(
    code: ModelErrorCode,
    message: string,
    details: {
      readonly status?: number | undefined;
      readonly retryAfterMs?: number | undefined;
      readonly shouldRetry?: boolean | undefined;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
    this.shouldRetry = details.shouldRetry;
  }
}

/** Usage of nothing, to add to. */
export const NO_USAGE: Usage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0 };

/** The sum of two usages. */
export function addUsage(a: Usage, b: Usage): Usage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    cachedInputTokens: a.cachedInputTokens + b.cachedInputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    reasoningTokens: a.reasoningTokens + b.reasoningTokens,
  };
}
