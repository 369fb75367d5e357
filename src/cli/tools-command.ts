import type { Agent } from '../contract/agent.ts';
import type { Tool } from '../contract/tool.ts';
import { showCounted } from '../report/show-number.ts';
import { shorten, showText } from '../report/show-text.ts';
import { padEnd, textWidth } from '../report/text-width.ts';
import type { ToolOptions } from './choose-tools.ts';
import { chooseTools } from './choose-tools.ts';
import { describeParameters } from './describe-parameters.ts';
import { describePolicy } from './describe-policy.ts';
import type { AgentCatalog } from './load-agents.ts';
import { print } from './output.ts';
import { stdout } from './standard-streams.ts';
import { tell } from './tell.ts';

const COLUMNS_WITHOUT_TERMINAL = 120;

/** The options of `agentpar tools`, as the command line gives them. */
export interface ToolListOptions extends ToolOptions {
  readonly json?: boolean;
}

/**
 * `agentpar tools`: lists what a run with the same options would have, agent by agent, or each tool in full as a line of
 * JSON. Returns the exit code.
 *
 * @throws {UserError} as the run would
 */
export async function listTools(options: ToolListOptions): Promise<number> {
  const notices: string[] = [];
  await using chosen = await chooseTools(options, (message) => notices.push(message));
  for (const notice of notices) tell(showText(notice));
  const lines = options.json ? jsonLines(chosen.agents) : agentLines(chosen.agents);
  return await print(stdout, (write) => write(lines.map((line) => `${line}\n`).join('')));
}

function jsonLines({ byName }: AgentCatalog): readonly string[] {
  const listed = new Map<string, { readonly agents: string[] }>();
  for (const agent of byName.values()) {
    for (const { spec, source, policy } of agent.tools) {
      const locks = typeof policy.locks === 'function' ? { locks: 'by arguments' } : {};
      const known = JSON.stringify({ ...spec, source, policy: { ...policy, ...locks } });
      const entry = listed.get(known) ?? { agents: [] };
      entry.agents.push(agent.name);
      listed.set(known, entry);
    }
  }
  return [...listed].map(([known, { agents }]) => JSON.stringify({ ...JSON.parse(known), agents }));
}

function agentLines({ byName }: AgentCatalog): readonly string[] {
  const agents = [...byName.values()];
  const all = agents.flatMap(({ tools }) => tools);
  const nameWidth = Math.max(0, ...all.map(({ spec }) => spec.name.length));
  const sourceWidth = Math.max(0, ...all.map((tool) => textWidth(sourceOf(tool))));
  const width = stdout.isTTY ? stdout.columns : COLUMNS_WITHOUT_TERMINAL;
  const linesOf = (tool: Tool) => [
    `  ${tool.spec.name.padEnd(nameWidth)}  ${padEnd(sourceOf(tool), sourceWidth)}  ${showText(describePolicy(tool.policy))}`,
    ...[tool.spec.description, describeParameters(tool.spec.parameters)]
      .filter((text) => text !== '')
      .map((text) => shorten(`      ${showText(text)}`, width)),
  ];
  return agents.flatMap((agent, index) => [
    ...(index === 0 ? [] : ['']),
    heading(agent),
    ...agent.tools.flatMap(linesOf),
  ]);
}

function heading({ name, tools, handoffs }: Agent): string {
  const targets = handoffs.map((target) => showText(target.name)).join(', ');
  return `${showText(name)}: ${showCounted(tools.length, 'tool')}${targets === '' ? '' : `, hands off to ${targets}`}`;
}

function sourceOf({ source }: Tool): string {
  return showText(source ?? '');
}
