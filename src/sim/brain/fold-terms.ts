import type { Expression, Operator } from './expression.ts';
import { operation } from './expression.ts';

/** An operand and the sign before it. */
export interface Term {
  readonly operator: Operator;
  readonly operand: Expression;
}

/**
 * The tree of operands in their order. Runs of additions and of multiplications become balanced, so that more can be
 * done at once.
 */
export function foldTerms(first: Expression, terms: readonly Term[]): Expression {
  let run: Expression[] = [first];
  let runOperator: Operator | undefined;
  for (const { operator, operand } of terms) {
    const associative = operator === 'add' || operator === 'multiply';
    if (associative && (runOperator === undefined || runOperator === operator)) {
      runOperator = operator;
      run.push(operand);
    } else {
      const left = balance(runOperator ?? operator, run);
      run = associative ? [left, operand] : [operation(operator, left, operand)];
      runOperator = associative ? operator : undefined;
    }
  }
  return balance(runOperator ?? 'add', run);
}

function balance(operator: Operator, operands: readonly Expression[]): Expression {
  const [only] = operands;
  if (only && operands.length === 1) return only;
  const middle = 2 ** Math.floor(Math.log2(operands.length - 1));
  return operation(operator, balance(operator, operands.slice(0, middle)), balance(operator, operands.slice(middle)));
}
