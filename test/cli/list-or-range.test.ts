import { expect, it } from 'vitest';
import { listOrRange } from '../../src/cli/list-or-range.ts';

it('reads one number, several, and the doublings of a range', () => {
  const read = listOrRange('--concurrency');
  expect(read('8')).toEqual({ values: [8], isRange: false });
  expect(read('4,1,2,4')).toEqual({ values: [1, 2, 4], isRange: false });
  expect(read('1..20')).toEqual({ values: [1, 2, 4, 8, 16, 20], isRange: true });
  expect(read('3..3')).toEqual({ values: [3], isRange: true });
  for (const wrong of ['0', '1..', '5..2', '0..4', '1,,2', 'x', '1.5', '-1', '1..9999999999']) {
    expect(() => read(wrong)).toThrow('must be whole numbers from 1 up');
  }
});
