import { UserError } from '../contract/errors.ts';

/** Whole numbers in rising order, as listed or as steps of a range: then numbers between the steps may be tried too. */
export interface ListOrRange {
  readonly values: readonly number[];
  readonly isRange: boolean;
}

const LARGEST = 1_000_000;

/** A parser of whole numbers from 1 up: `4`, `1,2,8`, or `1..64` for doublings from the one to the other. */
export function listOrRange(option: string): (text: string) => ListOrRange {
  return (text) => {
    const [, from, to] = /^(\d+)\.\.(\d+)$/.exec(text) ?? [];
    const isRange = from !== undefined;
    const values = isRange ? doublings(Number(from), Number(to)) : text.split(',').map(Number);
    const isFine = (value: number) => Number.isInteger(value) && value >= 1 && value <= LARGEST;
    if ((isRange || /^\d+(,\d+)*$/.test(text)) && values.length > 0 && values.every(isFine)) {
      return { values: [...new Set(values)].sort((one, other) => one - other), isRange };
    }
    throw new UserError(
      `Cannot use "${text}" as ${option}: it must be whole numbers from 1 up, such as 8, 1,2,4 or 1..64.`,
    );
  };
}

/** From the one to the other, both included. */
export function doublings(from: number, to: number): readonly number[] {
  if (from < 1 || to < from) return [];
  const values: number[] = [];
  for (let value = from; value < to; value *= 2) values.push(value);
  return [...values, to];
}
