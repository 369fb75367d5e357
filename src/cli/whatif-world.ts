import { availableParallelism } from 'node:os';
import { VirtualClock } from '../async/virtual-clock.ts';
import type { Setting, World } from '../bench/whatif/predict.ts';
import type { RecordedWork } from '../bench/whatif/recorded-work.ts';
import { ReplayPlayer } from '../bench/whatif/replay-player.ts';
import { replayedModel } from '../bench/whatif/replayed-model.ts';
import type { Clock } from '../contract/clock.ts';
import type { Model } from '../contract/model.ts';
import { chanceOfWait } from '../providers/gate/attempts.ts';
import { Gate } from '../providers/gate/gate.ts';
import { retrying } from '../providers/retrying.ts';
import { StopControl } from '../run/stop-control.ts';
import { Durations } from '../tools/durations.ts';
import { createLayers } from '../tools/layers.ts';
import { createOpenTurn } from '../tools/open-turn.ts';
import type { ToolPlaces } from '../tools/place/tool-places.ts';
import { boundsOf, taskSettings, toolCallsAtOnce, toolLimits } from './bound-options.ts';
import type { AgentCatalog } from './load-agents.ts';
import type { RunOptions } from './run-options.ts';
import { startingAgent } from './starting-agent.ts';

/** Headers of a provider that has room: for more requests than anybody makes. */
const ROOM: ReadonlyMap<string, string> = new Map([
  ['x-ratelimit-limit-requests', '1000000'],
  ['x-ratelimit-remaining-requests', '1000000'],
  ['x-ratelimit-reset-requests', '1s'],
]);

/** Everything that a run has, with its own scheduling, but on a virtual clock and with models and tools that only replay. */
export function createWorld(
  work: RecordedWork,
  agents: AgentCatalog,
  options: RunOptions,
  { toolConcurrency }: Setting,
): World {
  const clock = new VirtualClock();
  const player = new ReplayPlayer(work);
  const stop = new StopControl(clock);
  const limits = toolLimits(options);
  const models = new Map<string, Model>();
  const model = (id: string) => {
    const known = models.get(id) ?? gatedModel(id, work, { clock, player, stop, options });
    models.set(id, known);
    return known;
  };
  return {
    clock,
    player,
    agentOf: (name) => startingAgent(agents, name),
    deps: {
      model,
      defaultModel: '',
      emit: () => {},
      clock,
      stop,
      inOrder: false,
      bounds: boundsOf(options),
      ...(options.background ? { tasks: taskSettings(options.background, options, agents.byName) } : {}),
      openTurn: createOpenTurn({
        clock,
        emit: () => {},
        durations: new Durations(),
        runThrough: createLayers({
          runId: '',
          clock,
          random: () => 0.5,
          limits,
          toolConcurrency,
          shares: options.cache,
          ask: async () => 'yes',
          places: placesOf(options),
          cassette: { use: 'replay', player },
        }),
        limits,
        turnConcurrency: toolCallsAtOnce(options).turnConcurrency,
        eager: true,
        inOrder: false,
      }),
    },
  };
}

interface GateParts {
  readonly clock: Clock;
  readonly player: ReplayPlayer;
  readonly stop: StopControl;
  readonly options: RunOptions;
}

function gatedModel(id: string, { facts }: RecordedWork, { clock, player, stop, options }: GateParts): Model {
  const { rpm, tpm, adaptive, maxAttempts, maxRetryWait: maxRetryWaitMs } = options;
  const gate = new Gate({
    modelId: id,
    clock,
    adaptive,
    maxRetryWaitMs,
    rpm,
    tpm,
    onDown: (reason) => stop.drain({ reason, exitCode: 75 }, options.grace),
  });
  const tellsRoom = facts.headMs !== undefined || (facts.refusals === 0 && tellsOfRoom(id));
  return replayedModel(id, {
    clock,
    player,
    through: (session, random) => retrying(session, gate, { clock, random, maxAttempts, maxRetryWaitMs }),
    chanceOf: chanceOfWait,
    headMs: facts.headMs,
    onSent: () => {
      const sent = gate.send();
      return () => {
        if (tellsRoom) gate.hear(sent, { ok: true, headers: { get: (name) => ROOM.get(name) ?? null } });
      };
    },
  });
}

/** Whether its provider tells in its headers how many more requests it takes. */
function tellsOfRoom(modelId: string): boolean {
  return modelId.startsWith('openai/') || modelId.startsWith('sim/');
}

function placesOf({ threads = availableParallelism() }: RunOptions): ToolPlaces {
  const placeOf: ToolPlaces['placeOf'] = ({ policy }) =>
    policy.isolate === 'process' ? 'process' : policy.thread ? 'thread' : 'loop';
  return {
    placeOf,
    capacityOf: (tool) => (placeOf(tool) === 'loop' ? Number.POSITIVE_INFINITY : threads),
    run: () => Promise.reject(new Error('a recorded call was not replayed')),
    [Symbol.asyncDispose]: async () => {},
  };
}
