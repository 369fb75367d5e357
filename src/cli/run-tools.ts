import { availableParallelism } from 'node:os';
import type { Emit, Mode } from '../contract/event.ts';
import type { OpenTurn } from '../contract/tool.ts';
import { showText } from '../report/show-text.ts';
import { Durations } from '../tools/durations.ts';
import { createLayers } from '../tools/layers.ts';
import { createOpenTurn } from '../tools/open-turn.ts';
import { createToolPlaces } from '../tools/place/tool-places.ts';
import { askAtTerminal } from './ask-at-terminal.ts';
import { toolCallsAtOnce, toolLimits } from './bound-options.ts';
import type { RunCassette } from './run-cassette.ts';
import type { RunOptions } from './run-options.ts';
import { stderr } from './standard-streams.ts';
import { tell } from './tell.ts';

/** How the tools of a run are run. */
export interface RunTools extends AsyncDisposable {
  /** Turns of a mode: what calls share (slots, locks, results) begins anew with each. */
  readonly openTurnIn: (mode: Mode, toolConcurrency: number) => OpenTurn;
}

/** What the tools of a run need of it. */
export interface RunToolsDeps {
  /** The keys of calls are made from it. */
  readonly runId: string;
  readonly emit: Emit;
  /** Keeps the log and the progress line off the terminal until the returned function is called. */
  readonly pause: () => () => void;
  /** Fires when nothing new may start. */
  readonly stopping: AbortSignal;
  /** How long tools took in earlier runs, in milliseconds by name. */
  readonly knownMs: ReadonlyMap<string, number>;
}

/** Opens the places where tools run, and tells of what happens there. */
export function openRunTools(
  options: RunOptions,
  { clock, random, cassette }: Pick<RunCassette, 'clock' | 'random' | 'cassette'>,
  { runId, emit, pause, stopping, knownMs }: RunToolsDeps,
): RunTools {
  const limits = toolLimits(options);
  const worstBlockMs = new Map<string, number>();
  const places = createToolPlaces({
    threads: options.threads ?? availableParallelism(),
    maxOutputBytes: Math.max(limits.maxOutputBytes, limits.maxJournalOutputBytes),
    environment: process.env,
    autoThread: options.autoThread ?? false,
    onBlocked: ({ toolName, conversation, blockedMs, advice }) => {
      // Once is enough to know of it, unless it gets worse.
      if (blockedMs < 2 * (worstBlockMs.get(toolName) ?? 0)) return;
      worstBlockMs.set(toolName, blockedMs);
      const message = `tool ${toolName} let nothing else happen for ${Math.round(blockedMs)} ms. ${advice}`;
      emit({ kind: 'notice', conversation, message });
    },
    onMoved: (toolName) => emit({ kind: 'notice', message: `tool ${toolName} runs in a thread from now on` }),
    onPrint: ({ toolName, line }) => tell(`${showText(toolName)}: ${showText(line)}`),
  });
  const onInterrupt = () => process.kill(process.pid, 'SIGINT');
  const ask = askAtTerminal({ input: process.stdin, output: stderr, pause, onInterrupt }, stopping);
  return {
    openTurnIn: (mode, toolConcurrency) =>
      createOpenTurn({
        clock,
        emit,
        durations: new Durations(knownMs),
        runThrough: createLayers({
          runId,
          clock,
          random,
          limits,
          toolConcurrency,
          shares: options.cache,
          ask,
          places,
          cassette,
        }),
        limits,
        turnConcurrency: toolCallsAtOnce(options).turnConcurrency,
        eager: mode === 'parallel',
        inOrder: mode === 'sequential',
      }),
    [Symbol.asyncDispose]: () => places[Symbol.asyncDispose](),
  };
}
