import fc from 'fast-check';
import type { FakeCall, FakeConversation, FakeTurn } from './fake-run.ts';

const ms = fc.double({ min: 0, max: 20_000, noNaN: true });
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

/** Conversations of any shape, whose texts come from `text` and whose ids are unique. */
export function fakeConversations(text: fc.Arbitrary<string>): fc.Arbitrary<FakeConversation[]> {
  const failure = fc.record({ code: fc.constantFrom('threw', 'timeout', 'cancelled'), message: text });
  const call = fc
    .record({ name: text, ms, argumentsText: text, output: text, queuedMs: ms, failure: optional(failure) })
    .map(({ failure: failed, ...rest }): FakeCall => ({ ...rest, ...(failed && { failure: failed }) }));
  const retry = fc.record({ afterMs: ms, waitMs: ms, message: text });
  const turn = fc
    .record({
      modelMs: ms,
      text,
      calls: fc.array(call, { maxLength: 4 }),
      retries: fc.array(retry, { maxLength: 2 }),
      stop: fc.constantFrom('done', 'truncated', 'refused'),
      failure: optional(fc.constant('500')),
      handoffTo: optional(text),
    })
    .map(({ failure: failed, handoffTo, ...rest }): FakeTurn => {
      return { ...rest, ...(failed && { failure: failed }), ...(handoffTo !== undefined && { handoffTo }) };
    });
  const conversation = fc.record({
    id: text,
    prompt: text,
    turns: fc.array(turn, { minLength: 1, maxLength: 3 }),
    status: fc.constantFrom('done', 'failed', 'max_turns', 'cancelled'),
    problem: text,
    answer: text,
  });
  return fc.array(conversation, { minLength: 1, maxLength: 8 }).map((all) => {
    return all.map((one, index) => ({ ...one, id: `${index}${one.id}` }));
  });
}
