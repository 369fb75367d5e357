import type { Expression, Operator } from './expression.ts';
import { number, operation } from './expression.ts';
import type { FoundExpression } from './parse-expression.ts';

/** Arithmetic in words, such as "the sum of 2, 3 and 4", "subtract 2 from 5" or "15% of 80", each with its sum. */
export function findVerbalArithmetic(text: string): readonly (FoundExpression & { readonly source: string })[] {
  return PATTERNS.flatMap(([pattern, operator, reversed]) =>
    [...text.matchAll(pattern)].flatMap((match) => {
      const numbers = (match[0].match(NUMBER) ?? []).map(Number);
      const operands = reversed ? numbers.reverse() : numbers;
      const [first = 0, ...rest] = operands;
      const expression =
        operator === 'percent'
          ? percent(first, rest[0] ?? 0)
          : rest.reduce((left: Expression, right) => operation(operator, left, number(right)), number(first));
      const source = operator === 'percent' ? match[0] : operands.join(` ${SIGNS[operator]} `);
      const start = match.index;
      return [{ expression, source, start, end: start + match[0].length }];
    }),
  );
}

const SIGNS: Readonly<Record<Operator, string>> = { add: '+', subtract: '-', multiply: '*', divide: '/', power: '^' };

const NUMBER = /-?\d+(?:\.\d+)?/g;

const N = String.raw`-?\d+(?:\.\d+)?(?![\w.]*\w)`;

const LIST = `${N}(?:\\s*,\\s*(?:and\\s+)?${N}|\\s+and\\s+${N})+`;

const PATTERNS: readonly (readonly [pattern: RegExp, operator: Operator | 'percent', reversed?: boolean])[] = [
  [words(`(?:add|sum(?:\\s+of)?|add\\s+up|sum\\s+up|total\\s+of)\\s+(?:the\\s+numbers\\s+)?${LIST}`), 'add'],
  [words(`add\\s+${N}\\s+to\\s+${N}`), 'add'],
  [words(`subtract\\s+${N}\\s+from\\s+${N}`), 'subtract', true],
  [words(`difference\\s+(?:of|between)\\s+${N}\\s+and\\s+${N}`), 'subtract'],
  [words(`(?:multiply|product\\s+of)\\s+(?:the\\s+numbers\\s+)?${LIST}`), 'multiply'],
  [words(`multiply\\s+${N}\\s+(?:by|with)\\s+${N}`), 'multiply'],
  [words(`divide\\s+${N}\\s+by\\s+${N}`), 'divide'],
  [words(`quotient\\s+of\\s+${N}\\s+and\\s+${N}`), 'divide'],
  [words(`raise\\s+${N}\\s+to\\s+(?:the\\s+power\\s+(?:of\\s+)?)?${N}`), 'power'],
  [/(?<![\w.])\d+(?:\.\d+)?\s?(?:%|percent)\s+of\s+\d+(?:\.\d+)?(?![\w.]*\w)/gi, 'percent'],
];

function words(pattern: string): RegExp {
  return new RegExp(`\\b${pattern}`, 'gi');
}

function percent(share: number, of: number): Expression {
  return operation('multiply', operation('divide', number(share), number(100)), number(of));
}
