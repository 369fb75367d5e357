import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calculateTool } from '../../../src/tools/built-in/calculate.ts';
import { evaluateArithmetic } from '../../../src/tools/built-in/evaluate-arithmetic.ts';
import { runTool } from './run-tool.ts';

const evaluate = (text: string) => {
  const result = evaluateArithmetic(text);
  return result.ok ? result.value : result.problem;
};

describe('calculate', () => {
  it.each([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['7 - 4 - 2', 1],
    ['100 / 10 / 5', 2],
    ['-7 % 4', -3],
    ['-2^2', -4],
    ['(-2)^2', 4],
    ['2^3^2', 512],
    ['2^-1', 0.5],
    ['2 ** 3', 8],
    ['5 * -3^2', -45],
    ['--+5', 5],
    ['6 × 7 ÷ 2 − 1', 20],
    ['.5 + 1. + 1.5e2 + 2E-1', 151.7],
    ['sqrt(16) + cbrt(27)', 7],
    ['max(1, 5, 3) - min(4, 2)', 3],
    ['hypot(3, 4) * atan2(0, 1)', 0],
    ['ln(e) + log10(1000) + log2(8)', 7],
    ['COS(PI)', -1],
    ['round(2.5) + floor(-0.5) + trunc(-1.9) + sign(-3)', 0],
    ['\t2\n+\u00a02 ', 4],
  ])('gives %s as %d', (expression, value) => {
    expect(evaluate(expression)).toBe(value);
  });

  it.each([
    ['', 'it ends where a number should be (position 1)'],
    ['2 + ', 'it ends where a number should be (position 4)'],
    ['2 3', 'there is "3" where an operator or the end should be (position 3)'],
    ['2(3)', 'there is "(" where an operator or the end should be (position 2)'],
    ['1,000', 'there is "," where an operator or the end should be (position 2)'],
    ['(1 + 2', '"(" is never closed (position 1)'],
    ['1 + (2 3)', 'there is "3" where an operator or ")" should be (position 8)'],
    ['1 + 2)', 'there is ")" where an operator or the end should be (position 6)'],
    ['sqrt 4', 'there is "4" where "(" after sqrt should be (position 6)'],
    ['min()', 'there is ")" where a number should be (position 5)'],
    ['atan2(1)', 'atan2 takes 2, not 1 (position 1)'],
    ['sqrt(1, 2)', 'sqrt takes 1, not 2 (position 1)'],
    ['2 $ 3', '"$" means nothing in arithmetic (position 3)'],
    ['1 + 😀', '"😀" means nothing in arithmetic (position 5)'],
    ['4 / (2 - 2)', 'this divides by zero (position 3)'],
    ['4 % 0', 'this divides by zero (position 3)'],
    ['1 + sqrt(-4)', 'sqrt(-4) is not a real number (position 5)'],
    ['(0-8)^(1/3)', '-8 ^ 0.3333333333333333 is not a real number (position 6)'],
    ['ln(0)', 'ln(0) is too large or infinite (position 1)'],
    ['1e308 * 10', '1e+308 * 10 is too large or infinite (position 7)'],
    ['1e309', '1e309 is too large (position 1)'],
    ['1 / (10^200)^2', 'is too large or infinite'],
  ])('says what is wrong with %j and where', (expression, problem) => {
    expect(evaluate(expression)).toContain(problem);
  });

  it.each([
    'constructor',
    'this',
    'toString()',
    'process.exit(1)',
    'valueOf(1)',
    '__proto__',
    'Math.PI',
    'pi[0]',
    '`1`',
    '1;2',
    'x=1',
    '(()=>1)()',
    '0x10',
    '1n',
  ])('knows nothing but numbers, so not %s', (expression) => {
    expect(evaluateArithmetic(expression).ok).toBe(false);
  });

  it('lists what there is where a name is unknown', () => {
    expect(evaluate('log(100)')).toMatch(/^there is no "log" \(position 1\); there are pi, e, .*log10/);
  });

  it('takes 1,000 characters and no more', () => {
    const sum = `${'1+'.repeat(499)}1`;
    expect(evaluate(` ${sum}`)).toBe(500);
    expect(evaluate(`  ${sum}`)).toBe('it has 1001 characters, more than 1000');
  });

  it.each(['(', '-', '2^', 'abs(', '-('])('stops at 100 levels of %s', (opening) => {
    expect(evaluate(`${opening.repeat(200)}1`)).toContain('it is nested too deeply');
  });

  it('is done in no time, whatever it is given', () => {
    const hostile = fc.stringMatching(/^(?:[-+*/%^(),. ]|\d|e|pi|sqrt|max|1e|×){0,400}$/);
    fc.assert(
      fc.property(hostile, (text) => {
        const result = evaluateArithmetic(text);
        expect(result.ok ? Number.isFinite(result.value) : result.problem).toBeTruthy();
      }),
      { numRuns: 500 },
    );
  });

  it('agrees with JavaScript on every expression', () => {
    fc.assert(
      fc.property(expressions(), ({ text, script }) => {
        const expected: unknown = new Function(`return ${script}`)();
        const result = evaluateArithmetic(text);
        if (result.ok) expect(result.value).toBe(Number(expected) + 0);
        else expect(result.problem).toMatch(/divides by zero|is not a real number|is too large|nested too deeply/);
      }),
      { numRuns: 2000 },
    );
  });

  it('is a tool whose result is a number and whose failure says what to mend', async () => {
    expect(await runTool(calculateTool, { expression: '2 * (3 + 4)' })).toBe(14);
    await expect(runTool(calculateTool, { expression: '2 * (3 + 4' })).rejects.toThrow(
      'Cannot calculate: "(" is never closed (position 5).',
    );
    expect(calculateTool.policy).toEqual({ effect: 'pure' });
  });
});

interface Written {
  readonly text: string;
  readonly script: string;
  /** How tightly its outermost operator binds. */
  readonly binds: number;
}

/** Expressions with only the parentheses they need, and the same in JavaScript with all of them. */
function expressions(): fc.Arbitrary<Written> {
  const number = fc
    .oneof(fc.integer({ min: 0, max: 50 }), fc.double({ min: 0, max: 1e6, noNaN: true }))
    .map((value) => ({ text: String(value), script: String(value), binds: 9 }));
  const constant = fc.constantFrom(
    { text: 'pi', script: 'Math.PI', binds: 9 },
    { text: 'e', script: 'Math.E', binds: 9 },
  );
  const { tree } = fc.letrec<{ tree: Written }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'medium' },
      number,
      constant,
      binary(tie('tree')),
      negative(tie('tree')),
      called(tie('tree')),
    ),
  }));
  return tree.filter(({ text }) => text.length <= 1000);
}

const BINARY = [
  { sign: '+', script: '+', left: 1, right: 2, binds: 1 },
  { sign: '-', script: '-', left: 1, right: 2, binds: 1 },
  { sign: '*', script: '*', left: 2, right: 3, binds: 2 },
  { sign: '/', script: '/', left: 2, right: 3, binds: 2 },
  { sign: '%', script: '%', left: 2, right: 3, binds: 2 },
  { sign: '^', script: '**', left: 5, right: 3, binds: 4 },
];

function binary(operand: fc.Arbitrary<Written>): fc.Arbitrary<Written> {
  return fc
    .tuple(fc.constantFrom(...BINARY), operand, operand, fc.constantFrom('', ' '))
    .map(([{ sign, script, left, right, binds }, a, b, space]) => ({
      text: `${within(a, left)}${space}${sign}${space}${within(b, right)}`,
      script: `((${a.script}) ${script} (${b.script}))`,
      binds,
    }));
}

function negative(operand: fc.Arbitrary<Written>): fc.Arbitrary<Written> {
  return operand.map((of) => ({ text: `-${within(of, 3)}`, script: `(-(${of.script}))`, binds: 3 }));
}

function called(operand: fc.Arbitrary<Written>): fc.Arbitrary<Written> {
  const name = fc.constantFrom('sqrt', 'abs', 'round', 'floor', 'sin', 'log2', 'max', 'hypot');
  return fc.tuple(name, operand).map(([called, of]) => ({
    text: `${called}(${of.text})`,
    script: `Math.${called}(${of.script})`,
    binds: 9,
  }));
}

function within({ text, binds }: Written, least: number): string {
  return binds >= least ? text : `(${text})`;
}
