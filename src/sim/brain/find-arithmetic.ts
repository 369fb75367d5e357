import { countOperations } from './expression.ts';
import { findVerbalArithmetic } from './find-verbal-arithmetic.ts';
import type { FoundExpression } from './parse-expression.ts';
import { parseExpressionAt } from './parse-expression.ts';

/** A part of a text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** An expression, and how to write it in an answer. */
export interface FoundArithmetic extends FoundExpression {
  readonly source: string;
}

/** The arithmetic in a text, in its order, in signs or in words, outside the spans that are something else. */
export function findArithmetic(text: string, others: readonly Span[]): readonly FoundArithmetic[] {
  const found: FoundArithmetic[] = [...findVerbalArithmetic(text)];
  const taken = [...others, ...found];
  let end = 0;
  for (const { index } of text.matchAll(START)) {
    if (index < end || taken.some((span) => span.start <= index && index < span.end)) continue;
    const date = DATE_OR_TIME.exec(text.slice(index, index + 30));
    if (date) {
      end = index + date[0].length;
      continue;
    }
    const expression = parseExpressionAt(text, index);
    if (!expression) continue;
    if (countOperations(expression.expression) > 0 && isMeant(text, expression)) {
      found.push({ ...expression, source: text.slice(index, expression.end).trim() });
    }
    end = expression.end;
  }
  return found.sort((a, b) => a.start - b.start);
}

/** Where an expression may start: not inside a word or a number. */
const START =
  /(?<![\p{L}\d_.,]|[\p{L}\d)]\s?(?=[-−–]))(?:[\d(.√[]|[-−–](?=[\d(.√])|(?:-?sqrt|(?:the\s+)?square\s+root)\b)/giu;

const DATE_OR_TIME = /^(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}\/\d{1,2}\/\d{2,4}|\d{1,2}:\d{2})(?![\d])/;

/** "pages 10-20" and "24/7" are arithmetic only where the words before them say so, or where they stand alone. */
function isMeant(text: string, found: FoundExpression): boolean {
  if (!/^\d+[-–/]\d+$/.test(text.slice(found.start, found.end))) return true;
  return /(?:^|\bis|what's|calculate|compute|evaluate|solve|work out|result of|value of|[=:,;]|\band)\s*$/i.test(
    text.slice(0, found.start),
  );
}
