/** The operations that have two operands. */
export type Operator = 'add' | 'subtract' | 'multiply' | 'divide' | 'power';

/** An arithmetic expression as a tree. */
export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'variable' }
  | { readonly kind: 'negate'; readonly of: Expression }
  | { readonly kind: 'root'; readonly of: Expression }
  | { readonly kind: 'operation'; readonly operator: Operator; readonly left: Expression; readonly right: Expression };

/** A leaf. */
export function number(value: number): Expression {
  return { kind: 'number', value };
}

/** A node with two operands. */
export function operation(operator: Operator, left: Expression, right: Expression): Expression {
  return { kind: 'operation', operator, left, right };
}

/** A number's negative is a number: its sign needs no tool. */
export function negate(of: Expression): Expression {
  return of.kind === 'number' ? number(-of.value) : { kind: 'negate', of };
}

/** How many operations a tree holds. */
export function countOperations(expression: Expression): number {
  switch (expression.kind) {
    case 'number':
    case 'variable':
      return 0;
    case 'negate':
      return countOperations(expression.of);
    case 'root':
      return 1 + countOperations(expression.of);
    case 'operation':
      return 1 + countOperations(expression.left) + countOperations(expression.right);
  }
}

/** Whether the variable occurs. */
export function hasVariable(expression: Expression): boolean {
  switch (expression.kind) {
    case 'number':
      return false;
    case 'variable':
      return true;
    case 'negate':
    case 'root':
      return hasVariable(expression.of);
    case 'operation':
      return hasVariable(expression.left) || hasVariable(expression.right);
  }
}

/** A number as people write it: without the noise of binary fractions. */
export function formatNumber(value: number): string {
  return String(Number(value.toPrecision(12)));
}
