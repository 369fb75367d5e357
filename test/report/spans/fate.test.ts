import { expect, it } from 'vitest';
import { fateOf } from '../../../src/report/spans/fate.ts';

it('says of a conversation of which nothing was expected how it ended, which is wrong unless it was done', () => {
  expect(fateOf({ status: 'done' })).toEqual({ isWrong: false, words: 'done' });
  expect(fateOf({ status: 'refused' })).toEqual({ isWrong: true, words: 'refused' });
});

it('goes by what was expected where something was', () => {
  const missed = [{ what: 'contains', problem: 'the answer does not contain "42"' }] as const;
  expect(fateOf({ status: 'done', missed })).toEqual({ isWrong: true, words: 'done, not as expected' });
  expect(fateOf({ status: 'done', missed: [] })).toEqual({ isWrong: false, words: 'done' });
  expect(fateOf({ status: 'refused', missed: [] })).toEqual({ isWrong: false, words: 'refused, as expected' });
});

it('finds nothing wrong with what has not ended', () => {
  expect(fateOf({})).toEqual({ isWrong: false, words: 'open' });
});
