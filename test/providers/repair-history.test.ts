import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Message, ToolOutcome } from '../../src/contract/message.ts';
import { CallIds } from '../../src/providers/wire/call-ids.ts';
import { repairHistory } from '../../src/providers/wire/repair-history.ts';

const call = (callId: string) => ({ callId, name: 'f', argumentsText: '{}' });
const ok = (callId: string): ToolOutcome => ({ kind: 'ok', callId, output: callId });
const asks = (...ids: readonly string[]): Message => ({ role: 'assistant', text: '', calls: ids.map(call) });
const answers = (...ids: readonly string[]): Message => ({ role: 'tools', outcomes: ids.map(ok) });
const user: Message = { role: 'user', text: 'hello' };

test('a history in which every call has its outcome is left as it is', () => {
  const history = [user, asks('a', 'b'), answers('a', 'b'), asks()];
  expect(repairHistory(history)).toBe(history);
});

test('a missing outcome is made up, in its place', () => {
  expect(repairHistory([user, asks('a', 'b', 'c'), answers('c', 'a')])[2]).toMatchObject({
    outcomes: [ok('a'), { kind: 'failed', callId: 'b', code: 'not_run' }, ok('c')],
  });
  expect(repairHistory([asks('a')])).toMatchObject([
    {},
    { role: 'tools', outcomes: [{ callId: 'a', code: 'not_run' }] },
  ]);
});

test('an outcome without its call is dropped, and of two the first is kept', () => {
  expect(repairHistory([user, answers('x'), asks('a'), answers('a', 'a', 'y')])).toEqual([
    user,
    asks('a'),
    answers('a'),
  ]);
});

test('outcomes that came late are put right behind their calls', () => {
  expect(repairHistory([asks('a'), user, answers('a')])).toEqual([asks('a'), answers('a'), user]);
});

const ids = fc.constantFrom('a', 'b', 'c');
const messages: fc.Arbitrary<Message> = fc.oneof(
  fc.constant(user),
  fc.uniqueArray(ids).map((list) => asks(...list)),
  fc.array(ids).map((list) => answers(...list)),
);

test('whatever came in, every call has exactly one outcome right behind it, in order, and a repair needs no repair', () => {
  fc.assert(
    fc.property(fc.array(messages), (history) => {
      const repaired = repairHistory(history);
      for (const [index, message] of repaired.entries()) {
        const before = repaired[index - 1];
        const asked = before?.role === 'assistant' ? before.calls.map(({ callId }) => callId) : [];
        const answered = message.role === 'tools' ? message.outcomes.map(({ callId }) => callId) : [];
        expect(answered).toEqual(asked);
      }
      expect(repairHistory(repaired)).toBe(repaired);
      expect(repaired.filter(({ role }) => role !== 'tools')).toEqual(history.filter(({ role }) => role !== 'tools'));
    }),
  );
});

test('ids are never empty, never too long, never used twice, and kept where they can be', () => {
  const id = fc.option(fc.oneof(fc.constantFrom('', 'a', 'b', 'call_1', 'call_1_1'), fc.string({ maxLength: 90 })), {
    nil: undefined,
  });
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ minLength: 1, maxLength: 64 })), fc.array(id), (used, wanted) => {
      const callIds = new CallIds([asks(...used)]);
      const given = wanted.map((one) => callIds.claim(one));
      expect(new Set([...used, ...given]).size).toBe(used.length + given.length);
      for (const one of given) expect(one.length).toBeGreaterThan(0);
      for (const one of given) expect(one.length).toBeLessThanOrEqual(64);
      for (const [index, one] of wanted.entries()) {
        const isFree = one && one.length <= 64 && !used.includes(one) && !given.slice(0, index).includes(one);
        if (isFree) expect(given[index]).toBe(one);
      }
    }),
  );
});
