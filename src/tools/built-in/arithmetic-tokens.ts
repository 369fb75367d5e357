/** A piece of an expression. `at` counts characters from 1. */
export type ArithmeticToken =
  | { readonly kind: 'number'; readonly at: number; readonly text: string; readonly value: number }
  | { readonly kind: 'name' | 'sign'; readonly at: number; readonly text: string }
  | { readonly kind: 'end'; readonly at: number; readonly text: '' };

/** Something that is wrong with an expression, and where. */
export class ArithmeticProblem extends Error {
  constructor(problem: string, at: number, wayOut = '') {
    super(`${problem} (position ${at})${wayOut}`);
  }
}

const PIECE = /((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)|([a-z]\w*)|(\*\*|[-+−*×·/÷%^(),])|\s+|(.)/giu;

/** Signs that have a plainer spelling. */
const PLAIN: Readonly<Record<string, string>> = { '−': '-', '×': '*', '·': '*', '÷': '/', '**': '^' };

/**
 * Splits an expression into numbers, names in lower case, and signs in their plainest spelling; the last token is the
 * end.
 *
 * @throws {ArithmeticProblem} at a character that belongs to none, or a number that is too large
 */
export function readTokens(text: string): readonly ArithmeticToken[] {
  const tokens: ArithmeticToken[] = [];
  for (const match of text.matchAll(PIECE)) {
    const [, number, name, sign, other] = match;
    const at = match.index + 1;
    if (number !== undefined) tokens.push({ kind: 'number', at, text: number, value: readNumber(number, at) });
    if (name !== undefined) tokens.push({ kind: 'name', at, text: name.toLowerCase() });
    if (sign !== undefined) tokens.push({ kind: 'sign', at, text: PLAIN[sign] ?? sign });
    if (other !== undefined) throw new ArithmeticProblem(`${JSON.stringify(other)} means nothing in arithmetic`, at);
  }
  return [...tokens, { kind: 'end', at: text.trimEnd().length + 1, text: '' }];
}

function readNumber(text: string, at: number): number {
  const value = Number(text);
  if (Number.isFinite(value)) return value;
  throw new ArithmeticProblem(`${text} is too large`, at);
}
