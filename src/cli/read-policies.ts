import { readFileSync } from 'node:fs';
import { messageOf, UserError } from '../contract/errors.ts';
import type { Tool, ToolPolicy } from '../contract/tool.ts';
import { withChanges } from '../tools/define-tool.ts';
import { policyProblems } from '../tools/policy-problems.ts';

/** What tools are told to be, by their names. */
export type Policies = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

/**
 * What `--policy` says, by tool (`*` for all): a JSON file `{ "tool": { "timeoutMs": 5000 } }`, or `tool.timeoutMs=5000`.
 * Later ones win, key by key.
 *
 * @throws {UserError} if a value is neither
 */
export function readPolicies(values: readonly string[]): Policies {
  const policies = new Map<string, Record<string, unknown>>();
  for (const value of values) {
    for (const [tool, policy] of Object.entries(readOne(value))) {
      policies.set(tool, { ...policies.get(tool), ...policy });
    }
  }
  return policies;
}

/**
 * The tools with the policies over their own.
 *
 * @throws {UserError} if a policy cannot be, or names a tool that is not there
 */
export function applyPolicies(tools: readonly Tool[], policies: Policies): readonly Tool[] {
  return tools.map((tool) => {
    const changes = { ...policies.get('*'), ...policies.get(tool.spec.name) };
    if (Object.keys(changes).length === 0) return tool;
    const policy = { ...tool.policy, ...changes } as ToolPolicy;
    const [problem] = policyProblems(policy);
    if (problem !== undefined) throw new UserError(`Cannot use --policy for tool "${tool.spec.name}": ${problem}.`);
    return withChanges(tool, { policy });
  });
}

/** @throws {UserError} if a policy names a tool that is not there */
export function checkPolicyNames(policies: Policies, tools: ReadonlySet<string>): void {
  for (const name of policies.keys()) {
    if (name === '*' || tools.has(name)) continue;
    throw new UserError(
      `Cannot use --policy for "${name}": there is no such tool. There are: ${[...tools].join(', ')}.`,
    );
  }
}

function readOne(value: string): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  const [, tool, path, text] = /^([\w*-]+)\.([\w.]+)=(.*)$/s.exec(value) ?? [];
  if (tool !== undefined && path !== undefined && text !== undefined) return { [tool]: nested(path.split('.'), text) };
  return readFile(value);
}

/** `retry.attempts` and `3` are `{ retry: { attempts: 3 } }`. */
function nested([key = '', ...rest]: readonly string[], text: string): Readonly<Record<string, unknown>> {
  return { [key]: rest.length > 0 ? nested(rest, text) : parsedOr(text) };
}

function parsedOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function readFile(path: string): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const why = messageOf(error);
    throw new UserError(
      `Cannot use "${path}" as --policy: ${why}. It must be a JSON file, or a setting such as get_weather.timeoutMs=5000.`,
      { cause: error },
    );
  }
  if (!isRecord(content) || !Object.values(content).every(isRecord)) {
    throw new UserError(`Cannot use ${path} as --policy: it must hold an object with a policy for each tool's name.`);
  }
  return content;
}

function isRecord(value: unknown): value is Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
