import { messageOf } from '../contract/errors.ts';
import type { ConversationStatus } from '../contract/event.ts';
import type { Expectation } from '../contract/expectation.ts';
import { patternParts } from '../contract/expectation.ts';
import { isObject } from '../contract/json.ts';
import type { FieldProblem } from './check-json.ts';
import { closest } from './closest.ts';
import { quote } from './quote.ts';

/**
 * Checks what a file expects of a prompt's conversation: a text that the answer holds, a list of them, or an object. What
 * is wrong goes to `problems`, with where in the entry it stands.
 */
export function checkExpectation(value: unknown, problems: FieldProblem[]): Expectation | undefined {
  const before = problems.length;
  const fields = isObject(value) ? value : { contains: value };
  const expected = Object.entries(fields).map(([name, content]) => {
    const path = isObject(value) ? ['expect', name] : ['expect'];
    const problem = isName(name) ? CHECKS[name](content) : unknownName(name);
    if (problem !== undefined) problems.push({ path, problem: `Cannot use ${quote(path.join('.'))}: ${problem}` });
    return [name, LISTS.has(name) && !Array.isArray(content) ? [content] : content] as const;
  });
  if (expected.length === 0) {
    problems.push({ path: ['expect'], problem: 'Cannot use "expect": nothing is expected. Leave it out.' });
  }
  return problems.length > before ? undefined : (Object.fromEntries(expected) as Expectation);
}

type Name = keyof Expectation;
/** Says what is wrong with a field's content, if something is. */
type Check = (content: unknown) => string | undefined;

const CHECKS: Readonly<Record<Name, Check>> = {
  contains: textOrTexts(isFilled),
  equals: isText,
  matches: textOrTexts((text) => isFilled(text) ?? isPattern(text)),
  tool: textOrTexts(isFilled),
  status: isStatus,
  maxSeconds: isAmount,
  maxTokens: isAmount,
  maxCost: isAmount,
};

const LISTS: ReadonlySet<string> = new Set<Name>(['contains', 'matches', 'tool']);

/** How a conversation can end for good: with any other status it can be resumed. */
const STATUSES: readonly ConversationStatus[] = [
  'done',
  'failed',
  'refused',
  'blocked',
  'truncated',
  'max_turns',
  'max_tool_calls',
  'max_handoffs',
  'max_tokens',
  'timeout',
];

function isName(name: string): name is Name {
  return Object.hasOwn(CHECKS, name);
}

function unknownName(name: string): string {
  const meant = closest(name, Object.keys(CHECKS));
  const wayOut = meant === undefined ? `There are ${Object.keys(CHECKS).join(', ')}.` : `Did you mean ${quote(meant)}?`;
  return `nothing of that name can be expected. ${wayOut}`;
}

function textOrTexts(check: (text: string) => string | undefined): Check {
  return (content) => {
    const texts: readonly unknown[] = Array.isArray(content) ? content : [content];
    if (texts.length === 0) return 'the list is empty. Leave it out.';
    for (const text of texts) {
      const problem = typeof text === 'string' ? check(text) : 'it is neither a text nor a list of texts. Use quotes.';
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
}

function isFilled(text: string): string | undefined {
  return text.trim() === '' ? 'it is empty. Leave it out.' : undefined;
}

function isText(content: unknown): string | undefined {
  return typeof content === 'string' ? undefined : 'it is no text. Write it in quotes.';
}

const LONGEST_PATTERN = 1000;

function isPattern(pattern: string): string | undefined {
  if (pattern.length > LONGEST_PATTERN) return `it is longer than ${LONGEST_PATTERN} characters. Shorten it.`;
  // What will stand in place of names is literal text.
  const { source, flags } = patternParts(pattern.replace(/\{\{[^{}\n]*\}\}/g, 'x'));
  try {
    new RegExp(source, flags);
    return undefined;
  } catch (error) {
    return `${messageOf(error)}. Mend it; in JSON and in double quotes in YAML a backslash is written as two.`;
  }
}

function isStatus(content: unknown): string | undefined {
  if (STATUSES.some((status) => status === content)) return undefined;
  return `it must be one of ${STATUSES.join(', ')}.`;
}

function isAmount(content: unknown): string | undefined {
  return typeof content === 'number' && Number.isFinite(content) && content > 0
    ? undefined
    : 'it must be a number greater than 0, without quotes.';
}
