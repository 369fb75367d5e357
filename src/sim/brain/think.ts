import { arithmeticRule } from './arithmetic-rule.ts';
import { equationRule } from './equation-rule.ts';
import { findEquations } from './find-equations.ts';
import { forcedCall } from './forced-call.ts';
import { genericRule } from './generic-rule.ts';
import { chooseHandoff, isHandoff } from './handoff-rule.ts';
import { findMathTools } from './math-tools.ts';
import { resultsOf } from './results.ts';
import type { BrainInput, Finding, Thought } from './thought.ts';
import { weatherRule } from './weather-rule.ts';

/** What every final answer says of its maker, once per conversation. */
export const STAND_IN_NOTE = '(offline rule-based stand-in, no language model)';

/** How much of a prompt is read, in characters. */
const MAX_PROMPT = 100_000;

/**
 * Decides, by rules alone, what to say next: the calls of every task in the prompt that can be made now, else a
 * handoff for what no offered tool can do, else the answer. Holds no state: the history is all it goes by.
 */
export function think(input: BrainInput): Thought {
  const prompt = input.history.findLast((entry) => entry.role === 'user')?.text.slice(0, MAX_PROMPT) ?? '';
  const findings = findTasks(prompt, input);
  const calls = findings.flatMap((finding) => (finding.kind === 'calls' ? finding.calls : []));
  if (calls.length > 0) return { text: '', calls: unique(calls) };
  const results = resultsOf(input.history);
  const tools = input.tools;
  const words = findings.flatMap((finding) => (finding.kind === 'unable' ? finding.words : []));
  const generic = findings.length === 0 ? genericRule(prompt, tools, results) : undefined;
  if (words.length > 0 || findings.length === 0) {
    const task = { prompt, words, instructions: input.instructions };
    const handoff = chooseHandoff(task, generic?.fit ?? 0, tools, results);
    if (handoff) return { text: '', calls: [handoff] };
  }
  if (generic?.finding.kind === 'calls') return { text: '', calls: generic.finding.calls };
  const forced = input.mustCall && !hasNews(input) ? forcedCall(prompt, tools) : undefined;
  if (forced) return { text: '', calls: [forced] };
  return { text: answer(generic ? [generic.finding] : findings, input), calls: [] };
}

function findTasks(prompt: string, { tools, history }: BrainInput): readonly Finding[] {
  const results = resultsOf(history);
  const own = tools.filter((tool) => !isHandoff(tool.name));
  const mathTools = findMathTools(own, results);
  const equations = findEquations(prompt);
  return [
    ...equations.map((equation) => equationRule(equation, mathTools)),
    ...arithmeticRule(prompt, equations, mathTools, own, results),
    ...weatherRule(prompt, own, results),
  ];
}

/** Whether there are results that the user has not seen: who insists on a call for ever would never be answered. */
function hasNews({ history }: BrainInput): boolean {
  return history.at(-1)?.role === 'result';
}

function answer(findings: readonly Finding[], { history }: BrainInput): string {
  const texts = findings.flatMap((finding) => (finding.kind === 'calls' ? [] : [finding.text]));
  if (texts.length === 0) {
    texts.push('I cannot answer that: I only do arithmetic, equations and lookups, through the tools I am given.');
  }
  const said = history.some((entry) => entry.role === 'assistant' && entry.text.includes(STAND_IN_NOTE));
  return [...texts, ...(said ? [] : [STAND_IN_NOTE])].join(' ');
}

function unique(calls: Thought['calls']): Thought['calls'] {
  return [...new Map(calls.map((call) => [JSON.stringify(call), call])).values()];
}
