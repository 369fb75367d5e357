import { ARITHMETIC_WORDS } from './arithmetic-rule.ts';
import type { Calculation } from './calculate.ts';
import { calculate, together } from './calculate.ts';
import type { Expression } from './expression.ts';
import { formatNumber, negate, number, operation } from './expression.ts';
import type { FoundEquation } from './find-equations.ts';
import type { MathTools } from './math-tools.ts';
import { sentence } from './results.ts';
import type { Finding } from './thought.ts';

/** Solves linear and quadratic equations through the math tools, independent steps side by side. */
export function equationRule(equation: FoundEquation, tools: MathTools): Finding {
  const { source, polynomial } = equation;
  const [c = 0, b = 0, a = 0] = polynomial ?? [];
  if (polynomial === undefined || polynomial.length > 3) {
    return {
      kind: 'answer',
      text: `I cannot solve ${source}: I only know linear and quadratic equations in one unknown.`,
    };
  }
  if (polynomial.length < 2) {
    return { kind: 'answer', text: `${source} is ${c === 0 ? 'always' : 'never'} true.` };
  }
  if (polynomial.length === 2) return solveLinear(equation, b, c, tools);
  return solveQuadratic(equation, [a, b, c], tools);
}

function solveLinear({ source, variable }: FoundEquation, b: number, c: number, tools: MathTools): Finding {
  const root = calculate(operation('divide', number(-c), number(b)), tools);
  if (root.kind !== 'value') return unfinished(source, root);
  return { kind: 'answer', text: `${source} has the solution ${variable} = ${formatNumber(root.value)}.` };
}

function solveQuadratic(
  { source, variable }: FoundEquation,
  [a, b, c]: readonly [number, number, number],
  tools: MathTools,
): Finding {
  const discriminant = calculate(discriminantOf(a, b, c), tools);
  if (discriminant.kind !== 'value') return unfinished(source, discriminant);
  const d = discriminant.value;
  if (d < 0) {
    return {
      kind: 'answer',
      text: `${source} has no real roots: its discriminant is ${formatNumber(d)}, which is less than 0.`,
    };
  }
  const twice = operation('multiply', number(2), number(a));
  if (d === 0) {
    const root = calculate(operation('divide', number(-b), twice), tools);
    if (root.kind !== 'value') return unfinished(source, root);
    return { kind: 'answer', text: `${source} has one double root: ${variable} = ${formatNumber(root.value)}.` };
  }
  const root: Expression = { kind: 'root', of: number(d) };
  const tops = [operation('add', negate(number(b)), root), operation('subtract', negate(number(b)), root)];
  const roots = tops.map((top) => calculate(operation('divide', top, twice), tools));
  const values = roots.flatMap((part) => (part.kind === 'value' ? [part.value] : [])).sort((one, other) => one - other);
  if (values.length < 2) return unfinished(source, together(roots));
  const [low, high] = values.map((value) => `${variable} = ${formatNumber(value)}`);
  return { kind: 'answer', text: `${source} has the roots ${low} and ${high}.` };
}

function discriminantOf(a: number, b: number, c: number): Expression {
  const fourTimes = operation('multiply', operation('multiply', number(4), number(a)), number(c));
  return operation('subtract', operation('multiply', number(b), number(b)), fourTimes);
}

function unfinished(source: string, calculation: Calculation): Finding {
  switch (calculation.kind) {
    case 'calls':
      return { kind: 'calls', calls: calculation.calls };
    case 'unable':
      return {
        kind: 'unable',
        text: `I cannot solve ${source}: I need a tool for it (${calculation.operation}).`,
        words: [...ARITHMETIC_WORDS, 'equation', 'quadratic', 'algebra', 'solve', 'root'],
      };
    case 'failed':
      return { kind: 'answer', text: sentence(`I could not solve ${source}: ${calculation.problem}`) };
    case 'value':
      return { kind: 'answer', text: `${source}: ${formatNumber(calculation.value)}.` };
  }
}
