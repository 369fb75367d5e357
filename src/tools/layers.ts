import type { Cassette } from '../contract/cassette.ts';
import type { Clock } from '../contract/clock.ts';
import type { Tool } from '../contract/tool.ts';
import type { Layer, RunThrough } from './call-in-hand.ts';
import type { AskPerson } from './layers/ask-approval.ts';
import { askApproval } from './layers/ask-approval.ts';
import { holdLocks } from './layers/hold-locks.ts';
import { keepRate } from './layers/keep-rate.ts';
import { limitTime } from './layers/limit-time.ts';
import { retryAttempts } from './layers/retry-attempts.ts';
import { runTool } from './layers/run-tool.ts';
import { shareResults } from './layers/share-results.ts';
import { takeSlot } from './layers/take-slot.ts';
import { takeTurnSlot } from './layers/take-turn-slot.ts';
import { askThrough, useCassette } from './layers/use-cassette.ts';
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
  /** Records what comes of calls, or answers them from recordings: then no tool runs, and nobody is asked. */
  readonly cassette?: Cassette | undefined;
}

/**
 * Every concern around a call, outermost first; this list is their order. What waits long holds nothing that others
 * need: a slot is taken last and given back before a retry's wait. That of its turn, which only that turn's calls need, is
 * taken before a call holds anything that others do.
 */
function layersOf(options: LayerOptions): readonly Layer[] {
  const { clock, random, limits, cassette } = options;
  const rate = keepRate(clock);
  return [
    askApproval(cassette ? askThrough(cassette, options.ask, clock) : options.ask),
    ...(options.shares ? [shareResults(clock)] : []),
    retryAttempts(clock, random),
    takeTurnSlot(),
    rate.letIn,
    holdLocks(),
    takeSlot(options.toolConcurrency, options.places),
    rate.start,
    ...(cassette ? [useCassette(cassette, clock)] : []),
    limitTime(limits.timeoutMs, clock),
  ];
}

/** One function for all layers; what they share over the calls of a run (locks, slots, results) lives in it. */
export function createLayers(options: LayerOptions): RunThrough {
  const { runId, limits, places } = options;
  const layers = layersOf(options);
  const innermost = runTool(runId, limits, places);
  const byTool = new WeakMap<Tool, RunThrough>();
  const layersAround = (tool: Tool) => {
    const made = layers.reduceRight((next, layer) => layer(tool, next), innermost);
    byTool.set(tool, made);
    return made;
  };
  return (inHand, signal) => (byTool.get(inHand.tool) ?? layersAround(inHand.tool))(inHand, signal);
}
