import type { Tool } from '../../contract/tool.ts';
import { defineTool } from '../define-tool.ts';

/** One arithmetic operation each, so that a model has to ask for them step by step. */
export const mathTools: readonly Tool[] = [
  operation('sum_numbers', 'Adds two numbers: a + b.', (a, b) => a + b),
  operation('subtract_numbers', 'Subtracts the second number from the first: a - b.', (a, b) => a - b),
  operation('multiply_numbers', 'Multiplies two numbers: a * b.', (a, b) => a * b),
  operation('divide_numbers', 'Divides the first number by the second: a / b.', (a, b) => {
    if (b === 0) throw new RangeError('cannot divide by zero');
    return a / b;
  }),
  defineTool({
    name: 'power',
    description: 'Raises a base to an exponent.',
    parameters: numbers('base', 'exponent'),
    policy: { effect: 'pure' },
    run: ({ base, exponent }: { base: number; exponent: number }) => finite(base ** exponent),
  }),
  defineTool({
    name: 'square_root',
    description: 'The square root of a number that is not negative.',
    parameters: numbers('number'),
    policy: { effect: 'pure' },
    run: ({ number }: { number: number }) => {
      if (number < 0) throw new RangeError('a negative number has no real square root');
      return Math.sqrt(number);
    },
  }),
];

function operation(name: string, description: string, compute: (a: number, b: number) => number): Tool {
  return defineTool({
    name,
    description,
    parameters: numbers('a', 'b'),
    policy: { effect: 'pure' },
    run: ({ a, b }: { a: number; b: number }) => finite(compute(a, b)),
  });
}

function numbers(...names: string[]) {
  return {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, { type: 'number' }])),
    required: names,
    additionalProperties: false,
  };
}

function finite(result: number): number {
  if (!Number.isFinite(result)) throw new RangeError('the result is not a finite real number');
  return result;
}
