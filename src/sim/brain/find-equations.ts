import { hasVariable } from './expression.ts';
import type { Span } from './find-arithmetic.ts';
import type { FoundExpression } from './parse-expression.ts';
import { parseExpressionAt } from './parse-expression.ts';
import type { Polynomial } from './polynomial.ts';
import { degree, subtract, toPolynomial } from './polynomial.ts';

/** An equation in one unknown, as `polynomial = 0`. `polynomial` is undefined where it is none that we know. */
export interface FoundEquation extends Span {
  readonly variable: string;
  /** As the prompt has it. */
  readonly source: string;
  readonly polynomial: Polynomial | undefined;
}

/** The equations in a text, in its order; "the roots of x^2 - 4" counts as one too. */
export function findEquations(text: string): readonly FoundEquation[] {
  const found: FoundEquation[] = [];
  for (const { index } of text.matchAll(/(?<![=<>!])=(?![=<>])/g)) {
    const equation = equationAround(text, index, found.at(-1)?.end ?? 0);
    if (equation) found.push(equation);
  }
  for (const match of text.matchAll(/\b(?<!square |cube )(?:roots?|zeros?|zeroes) of\s+(?:the equation\s+)?/gi)) {
    const start = match.index + match[0].length;
    if (found.some((equation) => equation.start <= start && start < equation.end)) continue;
    const side = lettersIn(text.slice(start, start + 200))
      .map((variable) => ({ variable, side: sideAt(text, start, variable) }))
      .find((candidate) => candidate.side && hasVariable(candidate.side.expression));
    if (side?.side) found.push(toEquation(text, side.variable, side.side, undefined));
  }
  return found.sort((a, b) => a.start - b.start);
}

function equationAround(text: string, sign: number, from: number): FoundEquation | undefined {
  const sentence = Math.max(from, text.lastIndexOf('\n', sign) + 1, sign - 500);
  for (const variable of lettersIn(text.slice(sentence, sign + 200))) {
    const right = sideAt(text, sign + 1, variable);
    if (!right) continue;
    for (let start = sentence; start < sign; start++) {
      if (/[\p{L}\d_.,)\]]/u.test(text[start - 1] ?? ' ') || /\s/.test(text[start] ?? '')) continue;
      const left = sideAt(text, start, variable);
      if (!left || text.slice(left.end, sign).trim() !== '') continue;
      const isEquation = hasVariable(left.expression) || hasVariable(right.expression);
      return isEquation ? toEquation(text, variable, left, right) : undefined;
    }
  }
  return undefined;
}

function toEquation(
  text: string,
  variable: string,
  left: FoundExpression,
  right: FoundExpression | undefined,
): FoundEquation {
  const end = right?.end ?? left.end;
  const leftSide = toPolynomial(left.expression);
  const rightSide = right ? toPolynomial(right.expression) : [0];
  const source = text.slice(left.start, end).trim();
  return {
    start: left.start,
    end,
    variable,
    source: right ? source : `${source} = 0`,
    polynomial: leftSide && rightSide && withoutLeadingZeros(subtract(leftSide, rightSide)),
  };
}

function withoutLeadingZeros(polynomial: Polynomial): Polynomial {
  return polynomial.slice(0, degree(polynomial) + 1);
}

function sideAt(text: string, start: number, variable: string): FoundExpression | undefined {
  const side = parseExpressionAt(text, start, variable);
  return side && !/^[\p{L}\d_]/u.test(text.slice(side.end)) ? side : undefined;
}

/** The single letters that may be an unknown: x first. */
function lettersIn(text: string): readonly string[] {
  const letters = [...text.matchAll(/(?<![a-z])[a-z](?![a-z])/gi)].map(([letter]) => letter.toLowerCase());
  return [...new Set(letters)].sort((a, b) => Number(b === 'x') - Number(a === 'x'));
}
