import type { CassettePlayer, RecordedExchange } from '../../contract/cassette.ts';
import type { Clock } from '../../contract/clock.ts';
import type { JsonValue } from '../../contract/json.ts';
import { ModelError } from '../../contract/model.ts';
import { Exchange } from './exchange.ts';
import type { LeanFetch } from './lean-fetch.ts';
import { addressOf, asResponse, textBody } from './lean-fetch.ts';
import { UNWANTED } from './response-body.ts';
import { currentConversation } from './whose-request.ts';

/** What is replayed, for which model, and by which time. */
export interface ExchangeReplay {
  /** `provider/name`. */
  readonly model: string;
  readonly player: CassettePlayer;
  readonly clock: Clock;
}

/** How much longer than in the recording somebody may listen who stopped listening in it. */
const PATIENCE_MS = 1000;

/**
 * A `fetch` that asks no server: each request is answered by its recording, with the delays that this has. Rejects with
 * a `ModelError` that says why if there is none.
 */
export function replayingFetch({ model, player, clock }: ExchangeReplay): LeanFetch {
  return async (input, init = {}) => {
    const signal = init.signal ?? undefined;
    signal?.throwIfAborted();
    const request = JSON.parse(textBody(init.body) ?? 'null') as JsonValue;
    const taken = player.takeExchange({ conversation: currentConversation(), model, request });
    if (!taken.ok) throw new ModelError('unavailable', taken.problem);
    const exchange = new Exchange(addressOf(input), signal);
    play(taken.recorded, exchange, clock, taken.giveBack);
    return asResponse(await exchange.started);
  };
}

interface Step {
  readonly atMs: number;
  readonly happen: () => void;
}

/** Lets everything happen to the exchange that happened in the recording, until nobody wants to hear more of it. */
function play(recorded: RecordedExchange, exchange: Exchange, clock: Clock, giveBack: () => void): void {
  const startedAtMs = clock.now();
  const steps = stepsOf(recorded, exchange);
  let next = 0;
  let cancel = () => {};
  const goOn = () => {
    for (let step = steps[next]; step; step = steps[next]) {
      const waitMs = startedAtMs + step.atMs - clock.now();
      if (waitMs > 0) {
        cancel = clock.after(waitMs, goOn);
        return;
      }
      next += 1;
      step.happen();
    }
  };
  exchange.onRequestStart({
    paused: false,
    aborted: false,
    reason: null,
    rawHeaders: null,
    rawTrailers: null,
    pause() {},
    resume() {},
    abort(reason) {
      cancel();
      // Who gives up before everything was heard may ask again and be answered the same.
      if (reason !== UNWANTED && next < steps.length - 1) giveBack();
      next = steps.length;
    },
  });
  goOn();
}

function stepsOf({ response, body, end }: RecordedExchange, exchange: Exchange): readonly Step[] {
  const steps: Step[] = [];
  if (response) {
    const { atMs, status, headers } = response;
    steps.push({ atMs, happen: () => exchange.onResponseStart(undefined, status, { ...headers }) });
  }
  for (const [atMs, text] of body) {
    steps.push({ atMs, happen: () => exchange.onResponseData(undefined, Buffer.from(text)) });
  }
  switch (end.how) {
    case 'complete':
      steps.push({ atMs: end.atMs, happen: () => exchange.onResponseEnd() });
      break;
    case 'failed': {
      const code = end.code === undefined ? {} : { code: end.code };
      const error = Object.assign(new Error(end.message), code);
      steps.push({ atMs: end.atMs, happen: () => exchange.onResponseError(undefined, error) });
      break;
    }
    case 'left': {
      const message = `Cannot replay the rest of this response: its recording ends after ${end.atMs} ms, when the recorded run stopped listening.`;
      const error = new ModelError('unavailable', message);
      steps.push({ atMs: end.atMs + PATIENCE_MS, happen: () => exchange.onResponseError(undefined, error) });
    }
  }
  return steps;
}
