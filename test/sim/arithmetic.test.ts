import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OfferedTool } from '../../src/sim/brain/thought.ts';
import { converse, inShort } from './support/converse.ts';
import { MATH_TOOLS } from './support/tools.ts';

/** A random expression: its text, its value, and how many levels of calls it takes. */
interface Sample {
  readonly text: string;
  readonly value: number;
  readonly levels: number;
  readonly operations: number;
}

const leaf = fc
  .oneof(
    fc.integer({ min: 0, max: 99 }),
    fc.integer({ min: 1, max: 999 }).map((hundredths) => hundredths / 100),
  )
  .map((value): Sample => ({ text: String(value), value, levels: 0, operations: 0 }));

const SIGNS: Readonly<Record<string, readonly string[]>> = {
  '+': [' + ', '+', ' plus '],
  '-': [' - ', ' − ', ' minus '],
  '*': ['*', ' × ', ' times '],
  '/': [' / ', '/', ' ÷ '],
};

const expressions = fc.letrec<{ expression: Sample; branch: Sample }>((tie) => ({
  expression: fc.oneof({ depthSize: 'small', withCrossShrink: true }, leaf, tie('branch')),
  branch: fc
    .record({
      left: tie('expression'),
      right: tie('expression'),
      sign: fc.constantFrom('+', '-', '*', '/'),
      style: fc.nat({ max: 2 }),
      negative: fc.boolean(),
    })
    .map(({ left, right, sign, style, negative }): Sample => {
      const inner = `(${left.text}${SIGNS[sign]?.[style]}${right.text})`;
      const value = compute(sign, left.value, right.value);
      return {
        text: negative ? `(-${inner})` : inner,
        value: negative ? -value : value,
        levels: Math.max(left.levels, right.levels) + 1,
        operations: left.operations + right.operations + 1,
      };
    }),
}));

/** What is divided by zero is no number from there on. */
function compute(sign: string, left: number, right: number): number {
  if (sign === '/' && right === 0) return Number.NaN;
  if (sign === '+') return left + right;
  if (sign === '-') return left - right;
  return sign === '*' ? left * right : left / right;
}

describe('arithmetic', () => {
  test('any expression is worked out through the tools, never more turns than levels', () => {
    fc.assert(
      fc.property(expressions.branch, ({ text, value, levels, operations }) => {
        fc.pre(Number.isFinite(value));
        const { turns, answer } = converse(`What is ${text}?`, MATH_TOOLS);
        const told = Number(/ = (-?[\d.e+-]+?)\.$/.exec(answer)?.[1]);
        expect(told).toBeCloseTo(Number(value.toPrecision(12)), 8 - Math.ceil(Math.log10(Math.abs(value) + 1)));
        // Fewer where equal parts of different levels are one call.
        expect(turns.length).toBeLessThanOrEqual(levels);
        expect(turns.flat().length).toBeLessThanOrEqual(operations);
      }),
      { numRuns: 300 },
    );
  });

  test('a flat expression means what precedence says', () => {
    const numbers = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 2, maxLength: 9 });
    fc.assert(
      fc.property(
        numbers,
        fc.array(fc.constantFrom('+', '-', '*', '/'), { minLength: 9, maxLength: 9 }),
        (operands, signs) => {
          const text = operands
            .map((operand, index) => (index === 0 ? operand : `${signs[index]} ${operand}`))
            .join(' ');
          const { answer } = converse(text, MATH_TOOLS);
          const told = Number(/ = (-?[\d.e+-]+?)\.$/.exec(answer)?.[1]);
          expect(told).toBeCloseTo(fromLeft(operands, signs), 6);
        },
      ),
    );
  });

  test.each([
    ['What is (2 + 3) * (4*4)?', '(2 + 3) * (4*4) = 80.'],
    ['2^3^2', '2^3^2 = 512.'],
    ['-2^2', '-2^2 = -4.'],
    ['(-2)**2 - -1', '(-2)**2 - -1 = 5.'],
    ['Compute sqrt(16) + √9', 'sqrt(16) + √9 = 7.'],
    ['the square root of 144 plus 5 squared', 'the square root of 144 plus 5 squared = 37.'],
    ['2(3+4)', '2(3+4) = 14.'],
    ['3 x 4', '3 x 4 = 12.'],
    ['1,000 * 3', '1,000 * 3 = 3000.'],
    ['0.1 + 0.2', '0.1 + 0.2 = 0.3.'],
    ['Add 2, 3 and 4', '2 + 3 + 4 = 9.'],
    ['subtract 2 from 5', '5 - 2 = 3.'],
    ['What is 15% of 80?', '15% of 80 = 12.'],
    ['Compute 2^10 and also 7 * 6.', '2^10 = 1024. 7 * 6 = 42.'],
  ])('%s', (prompt, answer) => {
    expect(converse(prompt, MATH_TOOLS).answer).toBe(answer);
  });

  test('independent parts are asked for in one turn, dependent ones after them', () => {
    const { turns } = converse('(2 + 3) * (4*4)', MATH_TOOLS);
    expect(turns.map(inShort)).toEqual([['sum_numbers(2, 3)', 'multiply_numbers(4, 4)'], ['multiply_numbers(5, 16)']]);
  });

  test('a long sum takes as many turns as its tree is high', () => {
    const { turns, answer } = converse('1+2+3+4+5+6+7+8', MATH_TOOLS);
    expect(turns.map((calls) => calls.length)).toEqual([4, 2, 1]);
    expect(answer).toBe('1+2+3+4+5+6+7+8 = 36.');
  });

  test('one call at a time comes to the same', () => {
    const { turns, answer } = converse('(2 + 3) * (4*4)', MATH_TOOLS, { onlyFirstCall: true });
    expect(turns).toHaveLength(3);
    expect(answer).toBe('(2 + 3) * (4*4) = 80.');
  });

  test('dates, times, ranges and words with digits are no arithmetic', () => {
    for (const prompt of [
      'on 2024-05-01',
      'at 10:30',
      'read pages 10-20',
      'call 555-1234',
      'the 2nd - 3rd',
      'I own 3 cats',
    ]) {
      expect(converse(prompt, MATH_TOOLS)).toEqual({
        turns: [],
        answer: expect.stringMatching(/^I cannot answer that/),
      });
    }
  });

  test('a tool that fails is reported as it failed', () => {
    const { answer } = converse('1/0 + 2', MATH_TOOLS);
    expect(answer).toBe('1/0 + 2 has no result: divide_numbers(1, 0) failed: cannot divide by zero.');
  });

  test('without a fitting tool it says so and calls nothing', () => {
    const { turns, answer } = converse('(1 + 2) / 3', MATH_TOOLS.slice(0, 3));
    expect(turns).toEqual([]);
    expect(answer).toBe('I cannot calculate (1 + 2) / 3: I need a tool for it (divide).');
  });

  test('what is missing is made of what is there', () => {
    const onlyAddMultiply = MATH_TOOLS.filter(({ name }) => /sum|multiply/.test(name));
    expect(converse('2^5 - 3', onlyAddMultiply).answer).toBe('2^5 - 3 = 29.');
    const onlyPower = MATH_TOOLS.filter(({ name }) => name === 'power');
    expect(inShort(converse('sqrt(9)', onlyPower).turns[0])).toEqual(['power(9, 0.5)']);
  });

  test('tools are known by their parameters too: lists, swapped names, whole expressions', () => {
    const list: OfferedTool = {
      name: 'total',
      description: 'Adds numbers.',
      parameters: { type: 'object', properties: { numbers: { type: 'array' } }, required: ['numbers'] },
    };
    expect(converse('2 + 3', [list], { run: () => 5 })).toEqual({
      turns: [[{ name: 'total', args: { numbers: [2, 3] } }]],
      answer: '2 + 3 = 5.',
    });
    const swapped: OfferedTool = {
      name: 'divide',
      description: '',
      parameters: {
        type: 'object',
        properties: { divisor: { type: 'number' }, dividend: { type: 'number' } },
        required: ['divisor', 'dividend'],
      },
    };
    expect(converse('8 / 2', [swapped], { run: () => 4 }).turns).toEqual([
      [{ name: 'divide', args: { dividend: 8, divisor: 2 } }],
    ]);
    const calculator: OfferedTool = {
      name: 'calculator',
      description: 'Evaluates.',
      parameters: { type: 'object', properties: { expression: { type: 'string' } }, required: ['expression'] },
    };
    expect(converse('(1+2)*3', [calculator], { run: () => ({ result: 9 }) })).toEqual({
      turns: [[{ name: 'calculator', args: { expression: '(1+2)*3' } }]],
      answer: '(1+2)*3 = result 9.',
    });
  });
});

function fromLeft(operands: readonly number[], signs: readonly string[]): number {
  const terms: number[] = [];
  operands.forEach((operand, index) => {
    const sign = index === 0 ? '+' : signs[index];
    const last = terms.length - 1;
    if (sign === '+') terms.push(operand);
    else if (sign === '-') terms.push(-operand);
    else terms[last] = compute(sign ?? '', terms[last] ?? 0, operand);
  });
  return terms.reduce((sum, term) => sum + term, 0);
}
