import type { Expression } from './expression.ts';

/** Coefficients by rising power: `[6, -5, 1]` is x^2 - 5x + 6. */
export type Polynomial = readonly number[];

/** An expression in one variable as a polynomial, or undefined where it is none (or none below power 9). */
export function toPolynomial(expression: Expression): Polynomial | undefined {
  switch (expression.kind) {
    case 'number':
      return [expression.value];
    case 'variable':
      return [0, 1];
    case 'negate': {
      const of = toPolynomial(expression.of);
      return of && scale(of, -1);
    }
    case 'root': {
      const of = constant(toPolynomial(expression.of));
      return of === undefined || of < 0 ? undefined : [Math.sqrt(of)];
    }
    case 'operation': {
      const left = toPolynomial(expression.left);
      const right = toPolynomial(expression.right);
      return left && right && COMBINE[expression.operator](left, right);
    }
  }
}

/** The difference of two polynomials. */
export function subtract(left: Polynomial, right: Polynomial): Polynomial {
  return add(left, scale(right, -1));
}

/** The highest power whose coefficient is not zero. */
export function degree(polynomial: Polynomial): number {
  return Math.max(
    0,
    polynomial.findLastIndex((coefficient) => coefficient !== 0),
  );
}

const MAX_DEGREE = 8;

const COMBINE = {
  add,
  subtract,
  multiply,
  divide: (left: Polynomial, right: Polynomial) => {
    const divisor = constant(right);
    return divisor === undefined || divisor === 0 ? undefined : left.map((coefficient) => coefficient / divisor);
  },
  power: (left: Polynomial, right: Polynomial) => {
    const exponent = constant(right);
    const base = constant(left);
    if (base !== undefined && exponent !== undefined) return [base ** exponent];
    if (exponent === undefined || !Number.isInteger(exponent) || exponent < 0 || exponent > MAX_DEGREE)
      return undefined;
    let product: Polynomial | undefined = [1];
    for (let factor = 0; factor < exponent && product; factor++) product = multiply(product, left);
    return product;
  },
};

function add(left: Polynomial, right: Polynomial): Polynomial {
  const length = Math.max(left.length, right.length);
  return Array.from({ length }, (_, power) => (left[power] ?? 0) + (right[power] ?? 0));
}

function scale(polynomial: Polynomial, by: number): Polynomial {
  return polynomial.map((coefficient) => coefficient * by);
}

function multiply(left: Polynomial, right: Polynomial): Polynomial | undefined {
  if (degree(left) + degree(right) > MAX_DEGREE) return undefined;
  const product = new Array<number>(left.length + right.length - 1).fill(0);
  left.forEach((a, i) => {
    right.forEach((b, j) => {
      product[i + j] = (product[i + j] ?? 0) + a * b;
    });
  });
  return product;
}

function constant(polynomial: Polynomial | undefined): number | undefined {
  return polynomial && degree(polynomial) === 0 ? polynomial[0] : undefined;
}
