import type { Expression, Operator } from './expression.ts';
import { negate, number, operation } from './expression.ts';
import type { Term } from './fold-terms.ts';
import { foldTerms } from './fold-terms.ts';

/** An expression found in a text, from `start` to before `end`. */
export interface FoundExpression {
  readonly expression: Expression;
  readonly start: number;
  readonly end: number;
}

/**
 * Reads the longest expression that starts at `start`: numbers, + - * / ^ and their other signs and words, brackets,
 * roots, unary minus, products without a sign, and `variable` where one is given. What follows it is left alone.
 */
export function parseExpressionAt(text: string, start: number, variable?: string): FoundExpression | undefined {
  const reader: Reader = { text, position: start, variable, depth: 0 };
  const expression = parseSum(reader);
  return expression && { expression, start, end: reader.position };
}

interface Reader {
  readonly text: string;
  position: number;
  readonly variable: string | undefined;
  depth: number;
}

const MAX_DEPTH = 200;

const NUMBER = /(?:\d{1,3}(?:,\d{3})+(?![\d,])|\d+)(?:\.\d+)?(?:e[+-]?\d+)?|\.\d+/iy;
const PLUS = /[^\S\n]*(?:\+|plus\b)/iy;
const MINUS = /[^\S\n]*(?:[-−–]|minus\b)/iy;
const TIMES = /[^\S\n]*(?:\*(?!\*)|[×·⋅∙]|times\b|multiplied\s+by\b|x\s*(?=[\d(.√]))/iy;
const TIMES_WITH_VARIABLE = /[^\S\n]*(?:\*(?!\*)|[×·⋅∙]|times\b|multiplied\s+by\b)/iy;
const DIVIDED = /[^\S\n]*(?:[/÷∕]|divided\s+by\b)/iy;
const POWER = /[^\S\n]*(?:\^|\*\*|(?:raised\s+)?to\s+the\s+power\s+of\b)/iy;
const SQUARED = /²|\s+squared\b/iy;
const CUBED = /³|\s+cubed\b/iy;
const ROOT = /√|sqrt\b|(?:the\s+)?square\s+root\s+of\b/iy;
const SPACE = /[^\S\n]*/y;

function parseSum(reader: Reader): Expression | undefined {
  return parseChain(reader, parseProduct, [
    [PLUS, 'add'],
    [MINUS, 'subtract'],
  ]);
}

function parseProduct(reader: Reader): Expression | undefined {
  const times = reader.variable === undefined ? TIMES : TIMES_WITH_VARIABLE;
  return parseChain(reader, parseUnary, [
    [times, 'multiply'],
    [DIVIDED, 'divide'],
    [undefined, 'multiply'],
  ]);
}

type Parse = (reader: Reader) => Expression | undefined;

/** Operands of one precedence, from left to right. A sign without an operand after it is not part of the expression. */
function parseChain(
  reader: Reader,
  parseOperand: Parse,
  signs: readonly (readonly [RegExp | undefined, Operator])[],
): Expression | undefined {
  const first = parseOperand(reader);
  if (!first) return undefined;
  const terms: Term[] = [];
  for (;;) {
    const before = reader.position;
    const sign = signs.find(([pattern]) => (pattern ? take(reader, pattern) !== undefined : touches(reader)));
    const operand = sign && (sign[0] ? parseOperand(reader) : parsePower(reader));
    if (!operand) {
      reader.position = before;
      return foldTerms(first, terms);
    }
    terms.push({ operator: sign[1], operand });
  }
}

function parseUnary(reader: Reader): Expression | undefined {
  const before = reader.position;
  if (take(reader, MINUS) !== undefined) {
    const of = nested(reader, parseUnary);
    if (!of) reader.position = before;
    return of && negate(of);
  }
  if (take(reader, PLUS) !== undefined) {
    const of = nested(reader, parseUnary);
    if (!of) reader.position = before;
    return of;
  }
  return parsePower(reader);
}

function parsePower(reader: Reader): Expression | undefined {
  let base = parsePrimary(reader);
  if (!base) return undefined;
  for (;;) {
    if (take(reader, SQUARED) !== undefined) base = operation('power', base, number(2));
    else if (take(reader, CUBED) !== undefined) base = operation('power', base, number(3));
    else break;
  }
  const before = reader.position;
  if (take(reader, POWER) === undefined) return base;
  const exponent = nested(reader, parseUnary);
  if (exponent) return operation('power', base, exponent);
  reader.position = before;
  return base;
}

function parsePrimary(reader: Reader): Expression | undefined {
  take(reader, SPACE);
  const before = reader.position;
  const expression = parseNumber(reader) ?? parseRoot(reader) ?? parseVariable(reader) ?? parseBrackets(reader);
  if (!expression) reader.position = before;
  return expression;
}

function parseNumber(reader: Reader): Expression | undefined {
  const before = reader.position;
  const digits = take(reader, NUMBER);
  if (digits === undefined) return undefined;
  const next = reader.text.slice(reader.position, reader.position + 2);
  const lone = /^[a-z_](?![a-z_])/i.test(next);
  const product = /^x[\d(]/i.test(next) || (lone && next[0]?.toLowerCase() === reader.variable);
  const root = /^sq/i.test(next);
  // "2nd" and "5km" are words, not numbers.
  if (/^[a-z_]/i.test(next) && !product && !root) {
    reader.position = before;
    return undefined;
  }
  return number(Number(digits.replaceAll(',', '')));
}

function parseRoot(reader: Reader): Expression | undefined {
  if (take(reader, ROOT) === undefined) return undefined;
  const of = nested(reader, parsePower);
  return of && { kind: 'root', of };
}

function parseVariable(reader: Reader): Expression | undefined {
  const letter = reader.text[reader.position];
  if (reader.variable === undefined || letter?.toLowerCase() !== reader.variable) return undefined;
  if (/[a-z_]/i.test(reader.text[reader.position + 1] ?? '')) return undefined;
  reader.position++;
  return { kind: 'variable' };
}

function parseBrackets(reader: Reader): Expression | undefined {
  const close = reader.text[reader.position] === '(' ? ')' : reader.text[reader.position] === '[' ? ']' : undefined;
  if (close === undefined) return undefined;
  reader.position++;
  const inner = nested(reader, parseSum);
  take(reader, SPACE);
  if (!inner || reader.text[reader.position] !== close) return undefined;
  reader.position++;
  return inner;
}

/** Whether a factor follows without a sign, as in `2(3 + 4)` or `5x`. */
function touches(reader: Reader): boolean {
  const next = reader.text[reader.position] ?? '';
  if (next === '(' || next === '√' || /^sqrt\b/i.test(reader.text.slice(reader.position, reader.position + 5)))
    return true;
  if (reader.variable === undefined) return false;
  const ahead = /^\s*([a-z])(?![a-z_])/i.exec(reader.text.slice(reader.position, reader.position + 8));
  return ahead?.[1]?.toLowerCase() === reader.variable;
}

function nested(reader: Reader, parse: Parse): Expression | undefined {
  if (reader.depth >= MAX_DEPTH) return undefined;
  reader.depth++;
  const expression = parse(reader);
  reader.depth--;
  return expression;
}

function take(reader: Reader, pattern: RegExp): string | undefined {
  pattern.lastIndex = reader.position;
  const match = pattern.exec(reader.text);
  if (!match) return undefined;
  reader.position += match[0].length;
  return match[0];
}
