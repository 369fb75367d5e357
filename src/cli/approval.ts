import { createInterface } from 'node:readline/promises';
import type { Tool } from '../contract/tool.ts';
import { shorten, showText } from '../report/show-text.ts';
import { withChanges } from '../tools/define-tool.ts';
import type { AskPerson } from '../tools/layers/ask-approval.ts';
import { secrets } from './secrets.ts';

const COLUMNS_FOR_ARGUMENTS = 400;

/**
 * The tools with what `--approve` says: `never` asks for none of them, `ask` for those that are unsafe, anything else for
 * those whose name fits it as a pattern with `*`.
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

/** Asks the person at the terminal, on a line of its own; with none there, nobody. `always` holds for a tool from then on. */
export function askAtTerminal(pause: () => () => void): AskPerson {
  const always = new Set<string>();
  return async (call, conversation, signal) => {
    if (!process.stdin.isTTY || !process.stderr.isTTY) return 'nobody';
    if (always.has(call.name)) return 'yes';
    const goOn = pause();
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    try {
      const what = shorten(showText(secrets.text(call.argumentsText)), COLUMNS_FOR_ARGUMENTS);
      const question = `\n${showText(conversation)} wants to run ${showText(call.name)} ${what}\nRun it? [y]es, [n]o, [a]lways: `;
      const answer = (await lines.question(question, { signal })).trim().toLowerCase();
      if (answer === 'a' || answer === 'always') always.add(call.name);
      return ['y', 'yes', 'a', 'always'].includes(answer) ? 'yes' : 'no';
    } finally {
      lines.close();
      goOn();
    }
  };
}

function wants(approve: string): (tool: Tool) => boolean {
  if (approve === 'never') return () => false;
  if (approve === 'ask') return ({ policy }) => policy.effect === 'unsafe';
  const pattern = new RegExp(`^${approve.split('*').map(escaped).join('.*')}$`);
  return ({ spec, policy }) => policy.approval === true || pattern.test(spec.name);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
