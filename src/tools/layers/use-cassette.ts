import type {
  Cassette,
  CassettePlayer,
  CassetteRecorder,
  RecordedCall,
  RecordedOutcome,
} from '../../contract/cassette.ts';
import type { Clock } from '../../contract/clock.ts';
import type { ToolOutcome } from '../../contract/message.ts';
import { thousandths } from '../../contract/thousandths.ts';
import type { CallInHand, Layer } from '../call-in-hand.ts';
import { failed } from '../outcomes.ts';
import type { AskPerson } from './ask-approval.ts';

/** How much longer than in the recording a call may be waited for that nobody waited for in it. */
const PATIENCE_MS = 1000;

/** Records each attempt at a call, or lets its recording take the place of the tool: then no tool runs. */
export function useCassette(cassette: Cassette, clock: Clock): Layer {
  return cassette.use === 'record' ? recordCalls(cassette.recorder, clock) : replayCalls(cassette.player, clock);
}

/** The same for what a person says to a call. A call of which nobody was asked may be replayed: nothing runs. */
export function askThrough(cassette: Cassette, ask: AskPerson, clock: Clock): AskPerson {
  return async (call, conversation, signal) => {
    const { callId, name: tool } = call;
    if (cassette.use === 'replay') {
      const recorded = cassette.player.takeDecision({ conversation, callId, tool });
      if (recorded) await clock.sleep(recorded.tookMs, signal);
      return recorded?.decision ?? 'yes';
    }
    const startedAtMs = clock.now();
    const decision = await ask(call, conversation, signal);
    const tookMs = thousandths(clock.now() - startedAtMs);
    cassette.recorder.write({ kind: 'approval', conversation, callId, tool, tookMs, decision });
    return decision;
  };
}

function recordCalls(recorder: CassetteRecorder, clock: Clock): Layer {
  return (_tool, next) => async (inHand, signal) => {
    const startedAtMs = clock.now();
    let outcome: RecordedOutcome = { kind: 'cancelled' };
    try {
      const ended = await next(inHand, signal);
      if (!signal.aborted) outcome = withoutId(ended);
      return ended;
    } finally {
      const tookMs = thousandths(clock.now() - startedAtMs);
      recorder.write({ kind: 'tool', ...nameOf(inHand), tookMs, outcome });
    }
  };
}

function replayCalls(player: CassettePlayer, clock: Clock): Layer {
  return ({ policy: { effect } }) =>
    async (inHand, signal) => {
      const { call, story } = inHand;
      story.start(effect);
      const taken = player.takeCall({ ...nameOf(inHand), changesNothing: effect === 'pure' || effect === 'read' });
      if (!taken.ok) return failed(call, 'not_run', taken.problem);
      const { tookMs, outcome } = taken.recorded;
      try {
        await clock.sleep(outcome.kind === 'cancelled' ? tookMs + PATIENCE_MS : tookMs, signal);
      } catch (error) {
        taken.giveBack();
        throw error;
      }
      return asOutcome(outcome, inHand, tookMs);
    };
}

function nameOf({
  call,
  context,
  args,
}: CallInHand): Pick<RecordedCall, 'conversation' | 'callId' | 'tool' | 'arguments'> {
  return { conversation: context.conversation, callId: call.callId, tool: call.name, arguments: args.raw };
}

function withoutId({ callId: _, ...outcome }: ToolOutcome): RecordedOutcome {
  return outcome;
}

function asOutcome(outcome: RecordedOutcome, { call }: CallInHand, tookMs: number): ToolOutcome {
  if (outcome.kind !== 'cancelled') return { ...outcome, callId: call.callId };
  const message = `Cannot replay the rest of this call of ${call.name}: its recording ends after ${tookMs} ms, when the recorded run cancelled it.`;
  return failed(call, 'not_run', message);
}
