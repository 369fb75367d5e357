import { expect, test } from 'vitest';
import { closest } from '../../src/input/closest.ts';

test.for([
  ['promt', 'prompt'],
  ['Prompt', 'prompt'],
  ['modle', 'model'],
  ['meta', undefined],
  ['idd', 'id'],
  ['x', undefined],
  ['', undefined],
  ['systems', 'system'],
  ['x'.repeat(100), undefined],
] as const)('of a few known names, %s most likely means %s', ([name, meant]) => {
  expect(closest(name, ['id', 'prompt', 'system', 'agent', 'model', 'vars', 'metadata'])).toBe(meant);
});
