import type { JsonObject, JsonValue } from '../../contract/json.ts';
import type { Operator } from './expression.ts';
import type { Parameter } from './parameters.ts';
import { parametersOf, takes, wordsOfName } from './parameters.ts';
import type { CallResult } from './results.ts';
import { findResult } from './results.ts';
import type { OfferedTool, PlannedCall } from './thought.ts';

/** What a math tool can do. */
export type MathOperation = Operator | 'root';

/** The offered tools that calculate, and the results they have given. */
export interface MathTools {
  /** The call that does an operation, or undefined if no offered tool does it. */
  call(operation: MathOperation, operands: readonly number[]): PlannedCall | undefined;
  /** The result of an operation, also where the tool that gave it is no longer offered. */
  result(operation: MathOperation, operands: readonly number[]): CallResult | undefined;
}

/** Finds the math tools by their names, descriptions and parameters. */
export function findMathTools(tools: readonly OfferedTool[], results: readonly CallResult[]): MathTools {
  const fits = new Map<MathOperation, Fit>();
  for (const tool of tools) {
    const operation = operationOf(tool);
    const toArguments = operation && !fits.has(operation) ? argumentsFor(tool, operation) : undefined;
    if (operation && toArguments) fits.set(operation, { name: tool.name, toArguments });
  }
  const call = (operation: MathOperation, operands: readonly number[]) => {
    const fit = fits.get(operation);
    return fit && { name: fit.name, args: fit.toArguments(operands) };
  };
  return {
    call,
    result: (operation, operands) => {
      const planned = call(operation, operands);
      return (planned && findResult(results, planned)) ?? findByMeaning(results, operation, operands);
    },
  };
}

interface Fit {
  readonly name: string;
  readonly toArguments: (operands: readonly number[]) => JsonObject;
}

const NAME_WORDS: readonly (readonly [MathOperation, RegExp])[] = [
  ['root', /^(?:sqrt|squareroot|root)$/],
  ['subtract', /^(?:sub|subtract|subtraction|minus|difference)$/],
  ['multiply', /^(?:mul|mult|multiply|multiplication|times|product)$/],
  ['divide', /^(?:div|divide|division|quotient)$/],
  ['power', /^(?:pow|power|exponent|exponentiate|exponentiation|raise)$/],
  ['add', /^(?:add|addition|sum|plus)$/],
];

const DESCRIPTION_WORDS: readonly (readonly [MathOperation, RegExp])[] = [
  ['root', /\bsquare root\b/i],
  ['subtract', /\b(?:subtract\w*|difference|minus)\b/i],
  ['multiply', /\b(?:multipl\w+|product|times)\b/i],
  ['divide', /\b(?:divid\w+|division|quotient)\b/i],
  ['power', /\b(?:power|exponent\w*)\b/i],
  ['add', /\b(?:adds?|adding|addition|sums?|plus)\b/i],
];

function operationOf(tool: OfferedTool): MathOperation | undefined {
  return operationOfName(tool.name) ?? onlyMatch(DESCRIPTION_WORDS, (pattern) => pattern.test(tool.description));
}

function operationOfName(name: string): MathOperation | undefined {
  const words = wordsOfName(name);
  return onlyMatch(NAME_WORDS, (pattern) => words.some((word) => pattern.test(word)));
}

function onlyMatch(
  patterns: readonly (readonly [MathOperation, RegExp])[],
  matches: (pattern: RegExp) => boolean,
): MathOperation | undefined {
  const matching = patterns.filter(([, pattern]) => matches(pattern));
  return matching.length === 1 ? matching[0]?.[0] : undefined;
}

/** How to write operands as a tool's arguments: two numbers, one list, or for a root one number. */
function argumentsFor(tool: OfferedTool, operation: MathOperation): Fit['toArguments'] | undefined {
  const parameters = parametersOf(tool);
  const required = parameters.filter((parameter) => parameter.required);
  const needed = required.length > 0 ? required : parameters;
  const count = operation === 'root' ? 1 : 2;
  const numbers = needed.filter((parameter) => takes(parameter.schema, 'number'));
  if (needed.length === count && numbers.length === count) {
    const names = inOperandOrder(numbers).map((parameter) => parameter.name);
    return (operands) => Object.fromEntries(names.map((name, index) => [name, operands[index] ?? 0]));
  }
  const [list] = needed;
  if (needed.length === 1 && list && takes(list.schema, 'array')) {
    return (operands) => ({ [list.name]: [...operands] });
  }
  return undefined;
}

const SECOND = /^(?:b|y|right|second|divisor|denominator|subtrahend|exponent|power|by|amount)$/;
const FIRST = /^(?:a|x|left|first|dividend|numerator|minuend|base|number|value|from)$/;

function inOperandOrder(parameters: readonly Parameter[]): readonly Parameter[] {
  const [first, second] = parameters;
  if (!first || !second) return parameters;
  const swapped = SECOND.test(first.name.toLowerCase()) && FIRST.test(second.name.toLowerCase());
  return swapped ? [second, first] : parameters;
}

function findByMeaning(
  results: readonly CallResult[],
  operation: MathOperation,
  operands: readonly number[],
): CallResult | undefined {
  return results.findLast(({ call }) => {
    if (operationOfName(call.name) !== operation) return false;
    const numbers = Object.values(call.args)
      .flat()
      .filter((value: JsonValue) => typeof value === 'number');
    return numbers.length === operands.length && numbers.every((value, index) => value === operands[index]);
  });
}
