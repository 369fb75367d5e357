import type { Clock } from '../../contract/clock.ts';
import type { Model, ModelEvent, ModelRequest, ModelSession } from '../../contract/model.ts';
import { ModelError, NO_USAGE } from '../../contract/model.ts';
import type { RecordedAttempt, RecordedTurn } from './recorded-work.ts';
import type { ReplayPlayer } from './replay-player.ts';

/** What a replayed model is made with. */
export interface ReplayOptions {
  readonly clock: Clock;
  readonly player: ReplayPlayer;
  /** Takes the attempts at one response through whatever holds requests back and asks again, by these random numbers. */
  readonly through: (session: ModelSession, random: () => number) => ModelSession;
  /** The random number that made our own wait after that many failures so long. */
  readonly chanceOf: (waitMs: number, failures: number) => number;
  /** How long the head of a response takes, if that is known. */
  readonly headMs?: number | undefined;
  /** An attempt is with the provider now. What is returned is called when a response to it begins. */
  readonly onSent: () => () => void;
}

/** A model that answers as it did, after as long: turn by turn of each conversation, attempt by attempt. */
export function replayedModel(id: string, options: ReplayOptions): Model {
  const { clock, player, through } = options;
  async function* respond(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent, void, void> {
    const turn = player.takeTurn(request.conversation ?? '');
    if (!turn) {
      yield { kind: 'end', stop: 'done', text: '', usage: NO_USAGE };
      return;
    }
    await pass(player.readyInMs(request.conversation ?? '', turn.beforeMs, clock.now()), clock, signal);
    const attempts = new ReplayedAttempts(turn, options);
    yield* through(attempts, () => attempts.chance).respond(request, signal);
    await pass(turn.afterMs, clock, signal);
  }
  const session: ModelSession = { respond, [Symbol.asyncDispose]: async () => {} };
  return { id, open: async () => session };
}

/** Where it is not known when the head of a response came: before its first part, and not at once. */
const HEAD_SHARE = 0.5;

/** The attempts at one response, each of which is made once. */
class ReplayedAttempts implements ModelSession {
  /** What made the wait after the latest one as long as it was. */
  chance = 0;
  readonly #turn: RecordedTurn;
  readonly #options: ReplayOptions;
  #made = 0;

  constructor(turn: RecordedTurn, options: ReplayOptions) {
    this.#turn = turn;
    this.#options = options;
  }

  respond(_: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent> {
    const { clock, player, chanceOf, headMs, onSent } = this.#options;
    const attempt = this.#turn.attempts[this.#made];
    if (!attempt) throw new ModelError('rejected', 'It was not asked so often when it was recorded.');
    this.#made += 1;
    const { failure, firstMs, apartMs = 0 } = attempt;
    const inMs = player.sentInMs(apartMs, clock.now());
    const begins = onSent();
    if (firstMs !== undefined) clock.after(inMs + Math.min(firstMs, headMs ?? firstMs * HEAD_SHARE), begins);
    const { waitMs = 0, askedMs } = failure ?? {};
    // What a server asked for is at least as long as our own wait, however short that was.
    this.chance = waitMs > (askedMs ?? 0) ? chanceOf(waitMs, this.#made) : 0;
    return attemptOf(attempt, this.#turn, { clock, signal, inMs, askedMs });
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

interface AttemptOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How long until it is sent. */
  readonly inMs: number;
  /** How long the server asked to be left alone. */
  readonly askedMs: number | undefined;
}

async function* attemptOf(
  { tookMs, failure }: RecordedAttempt,
  { result, calls }: RecordedTurn,
  { clock, signal, inMs, askedMs }: AttemptOptions,
): AsyncGenerator<ModelEvent, void, void> {
  const startedAt = clock.now() + inMs;
  const until = (ms: number) => pass(startedAt + Math.min(ms, tookMs) - clock.now(), clock, signal);
  if (failure || !result.ok) {
    await until(tookMs);
    const { code, message } = failure ?? { code: 'unavailable' as const, message: 'it failed' };
    throw new ModelError(code, message, { retryAfterMs: askedMs });
  }
  for (const { call, atMs } of calls) {
    await until(atMs ?? tookMs);
    yield { kind: 'call', call };
  }
  await until(tookMs);
  const { ok: _, calls: __, ...end } = result;
  yield { kind: 'end', ...end };
}

async function pass(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  if (ms > 0) await clock.sleep(ms, signal);
}
