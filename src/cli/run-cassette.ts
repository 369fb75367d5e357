import { systemClock } from '../async/system-clock.ts';
import { VirtualClock } from '../async/virtual-clock.ts';
import type { Cassette, CassetteHeader, RecordedTools } from '../contract/cassette.ts';
import type { Clock } from '../contract/clock.ts';
import { messageOf, UserError } from '../contract/errors.ts';
import type { Replayed } from '../contract/event.ts';
import type { Tool } from '../contract/tool.ts';
import { Scrubber } from '../report/scrubber.ts';
import type { CassetteRecording } from '../run/cassette/cassette-recording.ts';
import type { Replay } from '../run/cassette/replay.ts';
import type { RunOptions } from './run-options.ts';
import { secrets } from './secrets.ts';
import { tell } from './tell.ts';

/** The clock that a run goes by. */
export function clockOf({ time, replay }: RunOptions): Clock {
  if (time !== 'virtual') return systemClock;
  if (replay !== undefined) return new VirtualClock();
  throw new UserError('Cannot use --time virtual without --replay: only delays that were recorded can pass at once.');
}

/** What a run does with a cassette: it records one, is answered from one, or neither. */
export class RunCassette implements Disposable {
  readonly clock: Clock;
  readonly #options: RunOptions;
  readonly #recording: CassetteRecording | undefined;
  readonly #replay: Replay | undefined;

  private constructor(clock: Clock, options: RunOptions, open: { recording?: CassetteRecording; replay?: Replay }) {
    this.clock = clock;
    this.#options = options;
    this.#recording = open.recording;
    this.#replay = open.replay;
  }

  /**
   * @param isResumed whether the run was begun earlier: then its cassette is continued
   * @param onFailure hears why a cassette can no longer be written
   * @throws {UserError} if there is no cassette to replay, or it cannot be read; or if there is something to be overwritten
   */
  static async open(
    clock: Clock,
    options: RunOptions,
    { isResumed, onFailure }: { readonly isResumed: boolean; readonly onFailure: (reason: string) => void },
  ): Promise<RunCassette> {
    const { replay, record, dryRun } = options;
    if (replay !== undefined) {
      const { Replay } = await import('../run/cassette/replay.ts');
      return new RunCassette(clock, options, { replay: await Replay.open(replay, scrubber()) });
    }
    if (record === undefined || dryRun) return new RunCassette(clock, options, {});
    const { CassetteRecording } = await import('../run/cassette/cassette-recording.ts');
    const deps = {
      scrub: scrubber(),
      onFailure: (error: unknown) => onFailure(messageOf(error)),
    };
    const recording = isResumed
      ? await CassetteRecording.continue(record, deps)
      : CassetteRecording.create(record, deps);
    return new RunCassette(clock, options, { recording });
  }

  /** Numbers from 0 up to 1. In a replay there is no chance: the same work is done the same way each time. */
  readonly random = (): number => (this.#replay ? 0.5 : Math.random());

  /** What models and tools are given of it. */
  get cassette(): Cassette | undefined {
    if (this.#replay) return { use: 'replay', player: this.#replay };
    return this.#recording && { use: 'record', recorder: this.#recording };
  }

  /** What a run's first event tells of it. */
  get replayed(): Replayed | undefined {
    const { replay: cassette, time = 'real' } = this.#options;
    return cassette === undefined ? undefined : { cassette, time };
  }

  /** The model that was recorded, for a run that asks for none. */
  get model(): { readonly id: string; readonly reason: string } | undefined {
    const { cassette, time } = this.replayed ?? {};
    if (!this.#replay || cassette === undefined) return undefined;
    const reason = `replayed from ${cassette}${time === 'virtual' ? ', in virtual time' : ''}`;
    return { id: this.#replay.header.model, reason };
  }

  /** What servers offered when it was recorded: they are not asked again. */
  get tools(): RecordedTools['tools'] | undefined {
    return this.#replay?.tools;
  }

  /** What a person should know of it beforehand. */
  get flaw(): string | undefined {
    const { flaw } = this.#replay ?? {};
    return flaw === undefined ? undefined : `${this.#options.replay} is incomplete: ${flaw}`;
  }

  /** The run begins. */
  begin(header: Omit<CassetteHeader, 'kind' | 'format' | 'recordedAt'>, served: readonly Tool[]): void {
    const tools = served.map(({ spec, policy, source = '' }) => ({ spec, effect: policy.effect, source }));
    this.#recording?.begin({ recordedAt: systemClock.date().toISOString(), ...header }, tools);
  }

  /** A mode begins, which does the same work as any other. */
  rewind(): void {
    this.#replay?.rewind();
  }

  /** The run has ended, early if something stopped it. */
  conclude(stopped: string | undefined): void {
    this.#recording?.conclude(stopped);
    if (!this.#replay || stopped !== undefined) return;
    const { exchanges, of } = this.#replay.unused;
    if (exchanges > 0)
      tell(`${this.#options.replay}: ${exchanges} of ${of} recorded requests to models were not asked.`);
  }

  [Symbol.dispose](): void {
    this.#recording?.[Symbol.dispose]();
    this.#replay?.[Symbol.dispose]();
  }
}

/** What keeps secrets out of a cassette, and who asked. */
function scrubber(): Scrubber {
  for (const name of ['OPENAI_ORG_ID', 'OPENAI_PROJECT_ID']) secrets.add(name, process.env[name] ?? '');
  return new Scrubber(secrets);
}
