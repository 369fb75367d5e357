import type { ArithmeticToken } from './arithmetic-tokens.ts';
import { ArithmeticProblem, readTokens } from './arithmetic-tokens.ts';
import { ARITHMETIC_CONSTANTS, ARITHMETIC_FUNCTIONS } from './arithmetic-words.ts';

/** Characters that an expression may have. */
export const MAX_EXPRESSION_LENGTH = 1000;

const MAX_NESTING = 100;

/** The value of an expression, which is finite, or what is wrong with it and where. */
export type ArithmeticResult =
  | { readonly ok: true; readonly value: number }
  | { readonly ok: false; readonly problem: string };

/**
 * Works out an expression: `+ - * / % ^` with the precedence of mathematics (`-2^2` is -4, `2^3^2` is 512), parentheses,
 * constants and functions. Every step has to give a finite real number.
 */
export function evaluateArithmetic(text: string): ArithmeticResult {
  if (text.length > MAX_EXPRESSION_LENGTH) {
    return { ok: false, problem: `it has ${text.length} characters, more than ${MAX_EXPRESSION_LENGTH}` };
  }
  try {
    return { ok: true, value: new Evaluation(readTokens(text)).result() };
  } catch (error) {
    if (error instanceof ArithmeticProblem) return { ok: false, problem: error.message };
    throw error;
  }
}

interface BinaryOperator {
  readonly precedence: number;
  readonly rightToLeft?: boolean;
  readonly divides?: boolean;
  readonly apply: (left: number, right: number) => number;
}

const OPERATORS: ReadonlyMap<string, BinaryOperator> = new Map([
  ['+', { precedence: 1, apply: (left, right) => left + right }],
  ['-', { precedence: 1, apply: (left, right) => left - right }],
  ['*', { precedence: 2, apply: (left, right) => left * right }],
  ['/', { precedence: 2, divides: true, apply: (left, right) => left / right }],
  ['%', { precedence: 2, divides: true, apply: (left, right) => left % right }],
  ['^', { precedence: 4, rightToLeft: true, apply: (left, right) => left ** right }],
]);

/** Of a sign before a number: it binds tighter than a product and looser than a power. */
const SIGN_PRECEDENCE = 3;

/** One way through an expression's tokens: each part is worked out as soon as it is read. */
class Evaluation {
  readonly #tokens: readonly ArithmeticToken[];
  #position = 0;
  #nesting = 0;

  constructor(tokens: readonly ArithmeticToken[]) {
    this.#tokens = tokens;
  }

  result(): number {
    const value = this.#expression(0);
    if (this.#next.kind !== 'end') throw unexpected(this.#next, 'an operator or the end');
    // Without this, minus zero would be shown as such by some and as 0 by others.
    return value + 0;
  }

  /** Reads on as long as operators bind tighter than `precedence`. */
  #expression(precedence: number): number {
    this.#nesting += 1;
    if (this.#nesting > MAX_NESTING) throw new ArithmeticProblem('it is nested too deeply', this.#next.at);
    let value = this.#operand();
    for (;;) {
      const token = this.#next;
      const operator = token.kind === 'sign' ? OPERATORS.get(token.text) : undefined;
      if (!operator || operator.precedence <= precedence) break;
      this.#position += 1;
      const right = this.#expression(operator.rightToLeft ? operator.precedence - 1 : operator.precedence);
      const left = value;
      if (operator.divides && right === 0) throw new ArithmeticProblem('this divides by zero', token.at);
      value = finite(operator.apply(left, right), token.at, () => `${left} ${token.text} ${right}`);
    }
    this.#nesting -= 1;
    return value;
  }

  #operand(): number {
    const token = this.#next;
    if (token.kind === 'end') throw unexpected(token, 'a number');
    this.#position += 1;
    if (token.kind === 'number') return token.value;
    if (token.kind === 'name') return this.#named(token);
    if (token.text === '+') return this.#expression(SIGN_PRECEDENCE);
    if (token.text === '-') return -this.#expression(SIGN_PRECEDENCE);
    if (token.text !== '(') throw unexpected(token, 'a number');
    const value = this.#expression(0);
    this.#close(token);
    return value;
  }

  #named(token: ArithmeticToken): number {
    const { text: name, at } = token;
    const constant = ARITHMETIC_CONSTANTS.get(name);
    if (constant !== undefined) return constant;
    const called = ARITHMETIC_FUNCTIONS.get(name);
    if (!called) throw new ArithmeticProblem(`there is no "${name}"`, at, `; there are ${KNOWN_NAMES}`);
    const opening = this.#next;
    if (opening.text !== '(') throw unexpected(opening, `"(" after ${name}`);
    this.#position += 1;
    const values = [this.#expression(0)];
    while (this.#next.text === ',') {
      this.#position += 1;
      values.push(this.#expression(0));
    }
    this.#close(opening);
    const { least, most, apply } = called;
    if (values.length < least || values.length > most) {
      throw new ArithmeticProblem(`${name} takes ${least}${most > least ? ' or more' : ''}, not ${values.length}`, at);
    }
    return finite(apply(...values), at, () => `${name}(${values.join(', ')})`);
  }

  #close(opening: ArithmeticToken): void {
    if (this.#next.kind === 'end') throw new ArithmeticProblem('"(" is never closed', opening.at);
    if (this.#next.text !== ')') throw unexpected(this.#next, 'an operator or ")"');
    this.#position += 1;
  }

  get #next(): ArithmeticToken {
    return this.#tokens[this.#position] ?? END;
  }
}

const END: ArithmeticToken = { kind: 'end', at: MAX_EXPRESSION_LENGTH, text: '' };

const KNOWN_NAMES = [...ARITHMETIC_CONSTANTS.keys(), ...ARITHMETIC_FUNCTIONS.keys()].join(', ');

function unexpected(token: ArithmeticToken, wanted: string): ArithmeticProblem {
  const found = token.kind === 'end' ? 'it ends' : `there is "${token.text}"`;
  return new ArithmeticProblem(`${found} where ${wanted} should be`, token.at);
}

function finite(value: number, at: number, what: () => string): number {
  if (Number.isFinite(value)) return value;
  const why = Number.isNaN(value) ? 'is not a real number' : 'is too large or infinite';
  throw new ArithmeticProblem(`${what()} ${why}`, at);
}
