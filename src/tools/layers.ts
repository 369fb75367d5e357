import type { Clock } from '../contract/clock.ts';
import type { ToolOutcome } from '../contract/message.ts';
import type { CallInHand, Layer } from './call-in-hand.ts';
import type { AskPerson } from './layers/ask-approval.ts';
import { askApproval } from './layers/ask-approval.ts';
import { holdLocks } from './layers/hold-locks.ts';
import { keepRate } from './layers/keep-rate.ts';
import { limitTime } from './layers/limit-time.ts';
import { retryAttempts } from './layers/retry-attempts.ts';
import { runTool } from './layers/run-tool.ts';
import { shareResults } from './layers/share-results.ts';
import { takeSlot } from './layers/take-slot.ts';
import type { ToolPlaces } from './place/tool-places.ts';
import type { ToolLimits } from './tool-limits.ts';

/** What the layers of a run need from outside. */
export interface LayerOptions {
  readonly runId: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly limits: ToolLimits;
  /** Tool calls at once, over all conversations. */
  readonly toolConcurrency: number;
  /** Whether equal calls of pure tools share results. */
  readonly shares: boolean;
  /** Asks a person before a tool runs, where one has to be asked. */
  readonly ask: AskPerson;
  readonly places: ToolPlaces;
}

/**
 * Every concern around a call, outermost first; this list is their order. What waits long holds nothing that others
 * need: a slot is taken last and given back before a retry's wait.
 */
function layersOf(options: LayerOptions): readonly Layer[] {
  const { clock, random, limits } = options;
  return [
    askApproval(options.ask),
    ...(options.shares ? [shareResults(clock)] : []),
    retryAttempts(clock, random),
    keepRate(clock),
    holdLocks(),
    takeSlot(options.toolConcurrency, options.places, clock),
    limitTime(limits.timeoutMs, clock),
    runTool(options.runId, limits.maxOutputBytes, options.places),
  ];
}

/** Takes a call through all layers. Rejects only with the signal's reason once it fired. */
export type RunThrough = (inHand: CallInHand, signal: AbortSignal) => Promise<ToolOutcome>;

/** One function for all layers; what they share over the calls of a run (locks, slots, results) lives in it. */
export function createLayers(options: LayerOptions): RunThrough {
  const layers = layersOf(options);
  const runFrom = (depth: number, inHand: CallInHand, signal: AbortSignal): Promise<ToolOutcome> => {
    const layer = layers[depth];
    if (!layer) throw new Error('the innermost layer went on to the next');
    return layer(inHand, signal, (nextSignal) => runFrom(depth + 1, inHand, nextSignal));
  };
  return (inHand, signal) => runFrom(0, inHand, signal);
}
