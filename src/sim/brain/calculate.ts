import type { Expression } from './expression.ts';
import { formatNumber, number, operation } from './expression.ts';
import type { MathOperation, MathTools } from './math-tools.ts';
import { describeOutput, failureIn, numberIn } from './results.ts';
import type { PlannedCall } from './thought.ts';

/** How far an expression has come: its value, the calls that its next level needs, or why it will never have a value. */
export type Calculation =
  | { readonly kind: 'value'; readonly value: number }
  | { readonly kind: 'calls'; readonly calls: readonly PlannedCall[] }
  | { readonly kind: 'failed'; readonly problem: string }
  | { readonly kind: 'unable'; readonly operation: MathOperation };

/** Works an expression out as far as the tools' results go. Signs are changed in the head; all else is left to tools. */
export function calculate(expression: Expression, tools: MathTools): Calculation {
  switch (expression.kind) {
    case 'number':
      return { kind: 'value', value: expression.value };
    case 'variable':
      return { kind: 'failed', problem: 'there is an unknown in it' };
    case 'negate': {
      const of = calculate(expression.of, tools);
      return of.kind === 'value' ? { kind: 'value', value: -of.value } : of;
    }
    case 'root': {
      const of = calculate(expression.of, tools);
      return of.kind === 'value' ? take('root', [of.value], tools) : (missing('root', tools) ?? of);
    }
    case 'operation': {
      const { operator } = expression;
      const left = calculate(expression.left, tools);
      const right = calculate(expression.right, tools);
      const known =
        left.kind === 'value' && right.kind === 'value' ? take(operator, [left.value, right.value], tools) : undefined;
      if (known && known.kind !== 'unable') return known;
      const product = operator === 'power' && !tools.call('power', [1, 1]) ? powerAsProduct(expression) : undefined;
      if (product) return calculate(product, tools);
      if (known) return known;
      return worst([missing(operator, tools), left, right]);
    }
  }
}

/** The calls of several calculations that do not depend on each other, each call once; or the first one that stopped. */
export function together(calculations: readonly Calculation[]): Calculation {
  return worst(calculations);
}

function take(operator: MathOperation, operands: readonly number[], tools: MathTools): Calculation {
  const [variantOperator, variantOperands] = offered(operator, operands, tools);
  const result = tools.result(variantOperator, variantOperands);
  const call = tools.call(variantOperator, variantOperands);
  if (!result) return call ? { kind: 'calls', calls: [call] } : { kind: 'unable', operation: operator };
  const failure = failureIn(result.output);
  const value = numberIn(result.output);
  const name = `${result.call.name}(${operands.map(formatNumber).join(', ')})`;
  if (failure !== undefined) return { kind: 'failed', problem: `${name} failed: ${failure}` };
  if (value !== undefined && Number.isFinite(value)) return { kind: 'value', value };
  return { kind: 'failed', problem: `${name} gave no number but ${describeOutput(result.output)}` };
}

/** A difference may be had from an addition, a root from a power. */
function offered(
  operator: MathOperation,
  operands: readonly number[],
  tools: MathTools,
): readonly [MathOperation, readonly number[]] {
  const [first = 0, second = 0] = operands;
  if (tools.call(operator, operands) || tools.result(operator, operands)) return [operator, operands];
  if (operator === 'subtract' && tools.call('add', [0, 0])) return ['add', [first, -second]];
  if (operator === 'root' && tools.call('power', [0, 0])) return ['power', [first, 0.5]];
  return [operator, operands];
}

function missing(operator: MathOperation, tools: MathTools): Calculation | undefined {
  const [variant, operands] = offered(operator, [1, 1], tools);
  return tools.call(variant, operands) ? undefined : { kind: 'unable', operation: operator };
}

/** Small whole powers are products. */
function powerAsProduct(power: Expression & { kind: 'operation' }): Expression | undefined {
  const exponent = power.right.kind === 'number' ? power.right.value : 0;
  if (!Number.isInteger(exponent) || exponent < 1 || exponent > 64) return undefined;
  if (exponent === 1) return power.left;
  const half = Math.floor(exponent / 2);
  const part = (of: number) => (of === 1 ? power.left : operation('power', power.left, number(of)));
  return operation('multiply', part(exponent - half), part(half));
}

/** Unable is worse than failed, failed than calls to make; values are left out. */
function worst(parts: readonly (Calculation | undefined)[]): Calculation {
  const calculations = parts.filter((part) => part !== undefined);
  const stopped =
    calculations.find(({ kind }) => kind === 'unable') ?? calculations.find(({ kind }) => kind === 'failed');
  if (stopped) return stopped;
  const calls = new Map<string, PlannedCall>();
  for (const part of calculations) {
    if (part.kind === 'calls') for (const call of part.calls) calls.set(JSON.stringify(call), call);
  }
  return { kind: 'calls', calls: [...calls.values()] };
}
