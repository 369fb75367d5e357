import type { JsonObject, JsonValue } from './json.ts';
import type { ToolFailureCode } from './message.ts';
import type { ToolSpec } from './model.ts';
import type { ToolEffect } from './tool.ts';

/** The version of the cassette format, in a cassette's first line. A change that breaks readers raises it. */
export const CASSETTE_FORMAT = 1;

/** One line of a cassette: the first is the header, and the last the end unless the recording was cut off. */
export type CassetteRecord =
  | CassetteHeader
  | RecordedExchange
  | RecordedCall
  | RecordedDecision
  | RecordedTools
  | CassetteEnd;

/** What was recorded, when and with what. */
export interface CassetteHeader {
  readonly kind: 'cassette';
  readonly format: typeof CASSETTE_FORMAT;
  /** Of the program. */
  readonly version: string;
  /** ISO 8601, the wall clock. */
  readonly recordedAt: string;
  /** Prompts files. */
  readonly files: readonly string[];
  /** `provider/name`, for agents that name none. */
  readonly model: string;
  readonly concurrency: number;
}

/**
 * One request to a model and what came of it, an attempt that failed as well. All `...Ms` are milliseconds since the
 * request's start, with three decimals.
 */
export interface RecordedExchange {
  readonly kind: 'exchange';
  /** Whose request it was. */
  readonly conversation: string;
  /** `provider/name`. */
  readonly model: string;
  readonly request: JsonValue;
  /** When the response began; absent if it never did. */
  readonly response?: {
    readonly atMs: number;
    readonly status: number;
    /** Those that mean something to a client, and none that says who asked. */
    readonly headers: Readonly<Record<string, string>>;
  };
  /** The body, piece by piece, with the time at which each was complete. */
  readonly body: readonly RecordedPiece[];
  readonly end: ExchangeEnd;
}

/** Of a stream of events, one or several whole events. */
export type RecordedPiece = readonly [atMs: number, text: string];

/** `complete`: the server said all. `left`: the program itself asked no further. `failed`: the connection did not hold. */
export type ExchangeEnd =
  | { readonly how: 'complete' | 'left'; readonly atMs: number }
  | { readonly how: 'failed'; readonly atMs: number; readonly code?: string; readonly message: string };

/** One attempt at a tool call and what came of it. */
export interface RecordedCall {
  readonly kind: 'tool';
  readonly conversation: string;
  readonly callId: string;
  readonly tool: string;
  readonly arguments: JsonObject;
  readonly tookMs: number;
  readonly outcome: RecordedOutcome;
}

/** `cancelled`: nobody waited for what would have come of it. */
export type RecordedOutcome =
  | { readonly kind: 'ok'; readonly output: JsonValue }
  | { readonly kind: 'failed'; readonly code: ToolFailureCode; readonly message: string }
  | { readonly kind: 'cancelled' };

/** What a person said to a tool call. */
export interface RecordedDecision {
  readonly kind: 'approval';
  readonly conversation: string;
  readonly callId: string;
  readonly tool: string;
  readonly tookMs: number;
  readonly decision: 'yes' | 'no' | 'nobody';
}

/** What servers offered: nobody else knows it when they are not asked. */
export interface RecordedTools {
  readonly kind: 'tools';
  readonly tools: readonly {
    readonly spec: ToolSpec;
    readonly effect: ToolEffect;
    readonly source: string;
  }[];
}

/** The recording came to its end. */
interface CassetteEnd {
  readonly kind: 'end';
  readonly exchanges: number;
  readonly calls: number;
  /** What ended the run early. */
  readonly stopped?: string;
}

/** Writes a cassette. */
export interface CassetteRecorder {
  write(record: RecordedExchange | RecordedCall | RecordedDecision): void;
  /** What is under way: each is called when the recording ends, to write what there is by then. */
  readonly underWay: Set<() => void>;
}

/** A recording that nobody else is given, unless it is given back; or why there is none, in a sentence. */
export type Taken<T> =
  | { readonly ok: true; readonly recorded: T; readonly giveBack: () => void }
  | { readonly ok: false; readonly problem: string };

/** Answers from a cassette. */
export interface CassettePlayer {
  takeExchange(asked: Pick<RecordedExchange, 'conversation' | 'model' | 'request'>): Taken<RecordedExchange>;
  /** `changesNothing`: such a call may be answered by a recording that another was answered by. */
  takeCall(
    asked: Pick<RecordedCall, 'conversation' | 'callId' | 'tool' | 'arguments'> & { readonly changesNothing: boolean },
  ): Taken<RecordedCall>;
  /** Nothing if nobody was asked. */
  takeDecision(asked: Pick<RecordedDecision, 'conversation' | 'callId' | 'tool'>): RecordedDecision | undefined;
}

/** What a run does with a cassette. */
export type Cassette =
  | { readonly use: 'record'; readonly recorder: CassetteRecorder }
  | { readonly use: 'replay'; readonly player: CassettePlayer };
