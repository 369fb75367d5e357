import { createHash } from 'node:crypto';
import { DEFAULT_BOUNDS } from '../../../src/agent/bounds.ts';
import { VirtualClock } from '../../../src/async/virtual-clock.ts';
import type { Setting } from '../../../src/bench/whatif/predict.ts';
import type { RecordedWork } from '../../../src/bench/whatif/recorded-work.ts';
import { WorkRecorder } from '../../../src/bench/whatif/work-recorder.ts';
import { createWorld } from '../../../src/cli/whatif-world.ts';
import type { Agent } from '../../../src/contract/agent.ts';
import type { RunEvent } from '../../../src/contract/event.ts';
import { EVENT_FORMAT } from '../../../src/contract/event.ts';
import type { ModelEvent, ModelSession } from '../../../src/contract/model.ts';
import { ModelError } from '../../../src/contract/model.ts';
import type { Prompt } from '../../../src/contract/prompt.ts';
import { Gate } from '../../../src/providers/gate/gate.ts';
import { retrying } from '../../../src/providers/retrying.ts';
import { EventHub } from '../../../src/run/event-hub.ts';
import { runModes } from '../../../src/run/run-modes.ts';
import { StopControl } from '../../../src/run/stop-control.ts';
import { createToolPlaces } from '../../../src/tools/place/tool-places.ts';
import { openTurns } from '../../support/open-turns.ts';
import { end } from '../../support/scripted-model.ts';

type WorldOptions = Parameters<typeof createWorld>[2];

/** What a run has that says nothing of it. */
const OPTIONS: WorldOptions = {
  concurrency: 4,
  cache: true,
  color: false,
  ...DEFAULT_BOUNDS,
  conversationTimeout: DEFAULT_BOUNDS.timeoutMs,
  toolTimeout: 120_000,
  maxOutput: 65_536,
  connectTimeout: 10_000,
  firstByteTimeout: 120_000,
  idleTimeout: 120_000,
  maxAttempts: 6,
  adaptive: true,
  maxRetryWait: 600_000,
  grace: 10_000,
};

/** A number from `least` up to twice that, always the same for the same name. */
export function someMs(name: string, least: number): number {
  return least * (1 + createHash('sha256').update(name).digest().readUInt32BE() / 2 ** 32);
}

/** What a model says to a request of a conversation, turn by turn; it may wait, and throw. */
type Script = (conversation: string, turn: number, clock: VirtualClock) => AsyncIterable<ModelEvent>;

/** A team that is really run, by everything but the network, on a virtual clock of its own. */
export interface Team {
  readonly agents: (clock: VirtualClock) => readonly [Agent, ...Agent[]];
  readonly script: Script;
  readonly prompts: number;
  readonly rpm?: number;
}

/** Really runs a team; returns what was told and how long it took. */
export async function reallyRun(
  { agents, script, prompts: count, rpm }: Team,
  { concurrency, toolConcurrency }: Setting,
) {
  const clock = new VirtualClock();
  const [start] = agents(clock);
  const stop = new StopControl(clock);
  const events: RunEvent[] = [];
  const hub = new EventHub([{ handle: (event) => void events.push(event) }], clock, (error) => {
    throw error;
  });
  const gate = new Gate({
    modelId: 'sim/offline',
    clock,
    adaptive: true,
    maxRetryWaitMs: 600_000,
    ...(rpm === undefined ? {} : { rpm }),
  });
  const turns = new Map<string, number>();
  const session: ModelSession = {
    respond: async function* ({ conversation = '', messages }) {
      gate.hear(gate.send(), { ok: true, headers: { get: (name) => (/reset/.test(name) ? '1s' : '1000000') } });
      const key = `${conversation} ${messages.length}`;
      turns.set(key, (turns.get(key) ?? 0) + 1);
      const turn = Math.ceil(messages.length / 2);
      if (turn === 1 && turns.get(key) === 1 && Number(conversation.slice(1)) % 5 === 0) {
        await clock.sleep(someMs(conversation, 20));
        throw new ModelError('server', 'busy');
      }
      if (turn === 2 && turns.get(key) === 1 && Number(conversation.slice(1)) % 7 === 0) {
        await clock.sleep(5);
        throw new ModelError('rate_limited', 'slow down', { retryAfterMs: 250 });
      }
      yield* script(conversation, turn, clock);
    },
    [Symbol.asyncDispose]: async () => {},
  };
  let seed = 1;
  const random = () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const model = retrying(session, gate, { clock, random, maxAttempts: 6, maxRetryWaitMs: 600_000 });
  const startedAt = clock.now();
  await runModes(
    {
      count,
      prompts: async function* () {
        yield* promptsOf(count);
      },
      agentOf: () => start,
      concurrency,
      toolConcurrency,
      failFast: false,
      modes: ['parallel'],
      early: [],
      about: {
        format: EVENT_FORMAT,
        version: '0',
        runId: 'run',
        startedAt: '2026-01-01T00:00:00.000Z',
        files: ['p.txt'],
        model: 'sim/offline',
        modelReason: 'a test',
        agent: start.name,
        setup: { cwd: '/', options: {}, fingerprints: { prompts: '', agents: '', options: '' } },
      },
    },
    {
      model: () => ({ id: 'sim/offline', open: async () => model }),
      defaultModel: 'sim/offline',
      emit: hub.emit,
      clock,
      stop,
      bounds: DEFAULT_BOUNDS,
      openTurnIn: () =>
        openTurns(clock, hub.emit, {
          toolConcurrency,
          places: createToolPlaces({ threads: 1, maxOutputBytes: 65_536, environment: {} }),
        }),
    },
  );
  return { events, wallMs: clock.now() - startedAt };
}

function promptsOf(count: number): readonly Prompt[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `p${index + 1}`,
    index,
    text: `Prompt ${index + 1}`,
    source: { file: 'p.txt', line: index + 1 },
  }));
}

/** What was told, as work to be done anew. */
export function recorded(events: readonly RunEvent[]) {
  const recorder = new WorkRecorder();
  for (const event of events) recorder.handle(event);
  const work = recorder.work();
  if (!work) throw new Error('nothing was run');
  return work;
}

/** A world in which what was told is done anew by the same agents. */
export function worldOf(events: readonly RunEvent[], team: Pick<Team, 'agents' | 'rpm'>, setting: Setting) {
  return worldFor(recorded(events), team, setting);
}

/** The same for work. */
export function worldFor(work: RecordedWork, { agents, rpm }: Pick<Team, 'agents' | 'rpm'>, setting: Setting) {
  const [start, ...others] = agents(new VirtualClock());
  const all: readonly Agent[] = [start, ...others];
  const catalog = { start, byName: new Map(all.map((agent) => [agent.name, agent])) };
  return createWorld(work, catalog, { ...OPTIONS, ...(rpm === undefined ? {} : { rpm }) }, setting);
}

/** A call of a tool, and the last event of a response that asks for it. */
export const asked = (conversation: string, turn: number, name: string, args: object): ModelEvent => ({
  kind: 'call',
  call: {
    callId: `${conversation}-${turn}-${name}-${JSON.stringify(args)}`.slice(0, 64),
    name,
    argumentsText: JSON.stringify(args),
  },
});

export { end };
