import { describe, expect, it } from 'vitest';
import { checkApproval, markForApproval } from '../../src/cli/approval.ts';
import type { ToolPolicy } from '../../src/contract/tool.ts';
import { defineTool } from '../../src/tools/define-tool.ts';

const tool = (name: string, policy: Partial<ToolPolicy> = {}) =>
  defineTool({ name, description: '', parameters: { type: 'object' }, policy, run: () => null });

const TOOLS = [
  tool('send_mail'),
  tool('send_fax', { effect: 'idempotent' }),
  tool('read', { effect: 'read' }),
  tool('own', { effect: 'pure', approval: true }),
];

describe('--approve', () => {
  it.each([
    ['send_mail', ['send_mail', 'own']],
    ['send*', ['send_mail', 'send_fax', 'own']],
    ['*a*', ['send_mail', 'send_fax', 'read', 'own']],
    ['ask', ['send_mail', 'own']],
    ['never', []],
  ])('%s lets a person decide on %j', (approve, names) => {
    const marked = markForApproval(TOOLS, approve).filter(({ policy }) => policy.approval);
    expect(marked.map(({ spec }) => spec.name)).toEqual(names);
  });

  it('is refused where it protects nothing, as a slip of the pen would', () => {
    const names = TOOLS.map(({ spec }) => spec.name);
    expect(() => checkApproval('sned_*', names)).toThrow(
      'Cannot use "sned_*" as --approve: no tool has such a name. There are: send_mail, send_fax, read, own.',
    );
    for (const approve of ['send*', '*', 'ask', 'never', undefined]) {
      expect(() => checkApproval(approve, names)).not.toThrow();
    }
  });
});
