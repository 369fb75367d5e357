import type { Replayed } from '../../contract/event.ts';

/**
 * What a page shows, as compact JSON: times in milliseconds with two decimals, texts that come often as their index in
 * `names`. `pack-run.ts` makes it of spans and `unpack-run.ts` makes spans of it.
 */
export interface PageData {
  /** Of the program that made the page. */
  readonly version: string;
  /** One run, or two to be compared. */
  readonly runs: readonly PackedRun[];
  /** Where a page that is shown while its run goes on hears of it. */
  readonly live?: string;
}

/** A run: what is missing at the end of a patch's `names` or `conversations` is as it was. */
export interface PackedRun {
  readonly head: PackedHead;
  readonly names: readonly string[];
  readonly modes: readonly PackedMode[];
}

/** What a live page is told: the new names, and the conversations that changed. */
export interface PackedPatch {
  readonly head: PackedHead;
  /** Those that came to the first `namesFrom`. */
  readonly namesFrom: number;
  readonly names: readonly string[];
  readonly modes: readonly PackedModeHead[];
  readonly changed: readonly (readonly [mode: number, index: number, conversation: PackedConversation])[];
}

export interface PackedHead {
  readonly runId: string;
  readonly version: string;
  readonly startedAt: string;
  readonly files: readonly string[];
  readonly prompts: number;
  readonly model: string;
  readonly agent: string;
  readonly replay?: Replayed;
  readonly resumes: readonly (readonly [atMs: number, startedAt: string, finished: number])[];
  readonly endMs: number;
  readonly isOpen: boolean;
  readonly stopped?: string;
}

export interface PackedModeHead {
  readonly mode: 'sequential' | 'parallel';
  readonly startMs: number;
  readonly endMs: number;
  readonly isOpen: boolean;
  readonly allowed: readonly (readonly [fromMs: number, concurrency: number, toolConcurrency: number])[];
  readonly limits: readonly (readonly [atMs: number, model: number, limit: number, reason: number])[];
  readonly refusals: readonly (readonly [atMs: number, conversation: number, model: number])[];
  /** Done, failed, cancelled, not started. */
  readonly counts?: readonly [number, number, number, number];
}

export interface PackedMode extends PackedModeHead {
  readonly conversations: readonly PackedConversation[];
}

/** Indexes of conversations are those in their mode; -1 is none. Endings, statuses, codes and reasons are names. */
export type PackedConversation = readonly [
  id: string,
  seq: number,
  parent: number,
  index: number,
  agent: number,
  model: number,
  startMs: number,
  endMs: number,
  status: number,
  problem: string | 0,
  stretches: readonly PackedStretch[],
  models: readonly PackedModel[],
  tools: readonly PackedTool[],
  tasks: readonly PackedTask[],
  handoffs: readonly PackedHandoff[],
  messages: readonly (readonly [seq: number, atMs: number])[],
  prompt: string,
  answer: string,
  unstarted: readonly (readonly [turn: number, callId: string, name: number, askedMs: number, endMs: number])[],
  missed: readonly (readonly [what: number, problem: string])[] | 0,
];

type PackedStretch = readonly [
  startMs: number,
  endMs: number,
  queuedMs: number,
  ending: number,
  slot: number,
  slotFrom: number,
];

export type PackedModel = readonly [
  seq: number,
  turn: number,
  agent: number,
  model: number,
  startMs: number,
  endMs: number,
  ending: number,
  budgetMs: number,
  firstTokenMs: number,
  failure: number,
  /** In, cached, out, reasoning; or nothing. */
  usage: readonly number[],
  costUsd: number,
  calls: number,
  attempts: readonly (readonly [startMs: number, endMs: number, failure: number])[],
  waits: PackedWaits,
];

export type PackedWaits = readonly (readonly [reason: number, startMs: number, endMs: number])[];

export type PackedTool = readonly [
  seq: number,
  turn: number,
  callId: string,
  name: number,
  effect: number,
  askedMs: number,
  startMs: number,
  endMs: number,
  ending: number,
  ranMs: number,
  retries: number,
  isEager: 0 | 1,
  failure: number,
  waits: PackedWaits,
  shared: readonly [conversation: string, callId: string, savedMs: number] | 0,
  argumentsText: string,
  outcome: string,
];

export type PackedTask = readonly [
  seq: number,
  task: string,
  what: number,
  startMs: number,
  endMs: number,
  ending: number,
  failure: number,
];

type PackedHandoff = readonly [seq: number, atMs: number, turn: number, from: number, to: number, isRefused: 0 | 1];
