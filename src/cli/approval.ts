import { UserError } from '../contract/errors.ts';
import type { Tool } from '../contract/tool.ts';
import { withChanges } from '../tools/define-tool.ts';

/**
 * The tools with what `--approve` says: `never` asks for none of them, `ask` also for those that are unsafe, anything else
 * also for those whose name fits it as a pattern with `*`.
 */
export function markForApproval(tools: readonly Tool[], approve: string | undefined): readonly Tool[] {
  if (approve === undefined) return tools;
  const wanted = wants(approve);
  return tools.map((tool) => {
    const approval = wanted(tool);
    return approval === (tool.policy.approval ?? false)
      ? tool
      : withChanges(tool, { policy: { ...tool.policy, approval } });
  });
}

/**
 * Who protects a tool by its name has to hear that there is none.
 *
 * @throws {UserError} when the pattern of `--approve` fits none of the names
 */
export function checkApproval(approve: string | undefined, tools: readonly string[]): void {
  if (approve === undefined || approve === 'never' || approve === 'ask') return;
  const pattern = patternOf(approve);
  if (pattern.test('') || tools.some((name) => pattern.test(name))) return;
  throw new UserError(`Cannot use "${approve}" as --approve: no tool has such a name. There are: ${tools.join(', ')}.`);
}

function wants(approve: string): (tool: Tool) => boolean {
  if (approve === 'never') return () => false;
  if (approve === 'ask') return ({ policy }) => policy.approval === true || policy.effect === 'unsafe';
  const pattern = patternOf(approve);
  return ({ spec, policy }) => policy.approval === true || pattern.test(spec.name);
}

function patternOf(approve: string): RegExp {
  return new RegExp(`^${approve.split('*').map(escaped).join('.*')}$`);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
