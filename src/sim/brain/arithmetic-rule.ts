import type { Calculation } from './calculate.ts';
import { calculate } from './calculate.ts';
import { formatNumber } from './expression.ts';
import type { Span } from './find-arithmetic.ts';
import { findArithmetic } from './find-arithmetic.ts';
import type { MathTools } from './math-tools.ts';
import { parametersOf, takes } from './parameters.ts';
import type { CallResult } from './results.ts';
import { describeOutput, failureIn, findResult, sentence } from './results.ts';
import type { Finding, OfferedTool } from './thought.ts';

/** The words of agents and tools that do arithmetic. */
export const ARITHMETIC_WORDS = ['arithmetic', 'math', 'calculate', 'calculator', 'compute', 'number', 'sum'];

/** Solves every expression in a prompt through the math tools, all of them level by level side by side. */
export function arithmeticRule(
  prompt: string,
  others: readonly Span[],
  mathTools: MathTools,
  tools: readonly OfferedTool[],
  results: readonly CallResult[],
): readonly Finding[] {
  return findArithmetic(prompt, others).map(({ expression, source }) => {
    const calculation = calculate(expression, mathTools);
    const asked = calculation.kind === 'unable' ? askCalculator(source, tools, results) : undefined;
    return asked ?? toFinding(source, calculation);
  });
}

function toFinding(source: string, calculation: Calculation): Finding {
  switch (calculation.kind) {
    case 'value':
      return { kind: 'answer', text: `${source} = ${formatNumber(calculation.value)}.` };
    case 'calls':
      return { kind: 'calls', calls: calculation.calls };
    case 'failed':
      return { kind: 'answer', text: sentence(`${source} has no result: ${calculation.problem}`) };
    case 'unable':
      return {
        kind: 'unable',
        text: `I cannot calculate ${source}: I need a tool for it (${calculation.operation}).`,
        words: ARITHMETIC_WORDS,
      };
  }
}

/** A tool that takes a whole expression as text does all of it in one call. */
function askCalculator(
  source: string,
  tools: readonly OfferedTool[],
  results: readonly CallResult[],
): Finding | undefined {
  for (const tool of tools) {
    const parameters = parametersOf(tool);
    const parameter = parameters.find(({ name }) => /^(?:expression|expr|formula)$/i.test(name));
    const others = parameters.some((other) => other.required && other !== parameter);
    if (!parameter || others || !takes(parameter.schema, 'string')) continue;
    const call = { name: tool.name, args: { [parameter.name]: source } };
    const result = findResult(results, call);
    if (!result) return { kind: 'calls', calls: [call] };
    const failure = failureIn(result.output);
    const text =
      failure === undefined ? `${source} = ${describeOutput(result.output)}` : `${source} has no result: ${failure}`;
    return { kind: 'answer', text: sentence(text) };
  }
  return undefined;
}
