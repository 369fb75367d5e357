import { cutOff } from '../contract/cut-off.ts';
import type { ConversationEnd } from '../contract/event.ts';
import type { Expectation, Missed } from '../contract/expectation.ts';
import { patternParts } from '../contract/expectation.ts';
import { foundWithin } from './found-within.ts';

/** How long looking for patterns in one answer may hold up everything else. */
const PATTERN_MS = 100;
const LEAST_MS = 5;
const LONGEST_SHOWN = 80;

/** What was expected of a conversation and did not come true, in the order of the fields. */
export function findMissed(expect: Expectation, end: ConversationEnd, called: ReadonlySet<string>): readonly Missed[] {
  const { contains = [], equals, matches = [], tool = [], status = 'done', maxSeconds, maxTokens, maxCost } = expect;
  const { answer, usage, costUsd, tookMs } = end;
  const miss = (what: Missed['what'], problem: string | undefined) =>
    problem === undefined ? [] : [{ what, problem }];
  return [
    ...miss('status', end.status === status ? undefined : `it ended as ${end.status}, not ${status}`),
    ...contains.flatMap((text) => miss('contains', lacks(answer, text))),
    ...miss('equals', equals === undefined ? undefined : differs(answer, equals)),
    ...findUnmatched(matches, answer).map((problem) => ({ what: 'matches' as const, problem })),
    ...tool.flatMap((name) => miss('tool', called.has(name) ? undefined : notCalled(name, called))),
    ...miss('maxSeconds', beyond(tookMs / 1000, maxSeconds, showSeconds)),
    ...miss(
      'maxTokens',
      beyond(usage.inputTokens + usage.outputTokens, maxTokens, (tokens) => tokens.toLocaleString('en-US')),
    ),
    ...miss('maxCost', costBeyond(costUsd, maxCost)),
  ];
}

function lacks(answer: string, text: string): string | undefined {
  return answer.includes(text) ? undefined : `the answer does not contain ${quoted(text)}`;
}

function differs(answer: string, text: string): string | undefined {
  return answer.trim() === text.trim()
    ? undefined
    : `the answer is ${quoted(answer.trim())}, not ${quoted(text.trim())}`;
}

function findUnmatched(patterns: readonly string[], answer: string): readonly string[] {
  const eachMs = Math.max(LEAST_MS, Math.floor(PATTERN_MS / patterns.length));
  return patterns.flatMap((pattern) => {
    const found = foundWithin(eachMs, patternParts(pattern), answer);
    if (found === true) return [];
    if (found === false) return [`${quoted(pattern)} is not found in the answer`];
    return [`${quoted(pattern)} could not be looked for in the answer within ${eachMs} ms: make it simpler`];
  });
}

function notCalled(name: string, called: ReadonlySet<string>): string {
  return `${name} was not called; ${called.size === 0 ? 'no tool was' : `called: ${[...called].join(', ')}`}`;
}

function costBeyond(costUsd: number | undefined, most: number | undefined): string | undefined {
  if (most !== undefined && costUsd === undefined) return 'what it cost is not known: a model of it has no price';
  return beyond(costUsd ?? 0, most, (usd) => `$${Number(usd.toPrecision(3))}`);
}

function beyond(value: number, most: number | undefined, show: (value: number) => string): string | undefined {
  if (most === undefined || value <= most) return undefined;
  return `${show(value)}, ${show(value - most)} more than ${show(most)}`;
}

function quoted(text: string): string {
  return JSON.stringify(cutOff(text, LONGEST_SHOWN));
}

/** What is too short for two decimals has as many as it needs. */
function showSeconds(seconds: number): string {
  return `${seconds < 0.1 ? Number(seconds.toPrecision(2)) : seconds.toFixed(2)} s`;
}
