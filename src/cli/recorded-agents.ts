import type { RecordedAgent, RecordedWork } from '../bench/whatif/recorded-work.ts';
import { refuses } from '../bench/whatif/replay-player.ts';
import type { Agent } from '../contract/agent.ts';
import { messageOf, UserError } from '../contract/errors.ts';
import type { Tool, ToolEffect } from '../contract/tool.ts';
import { runPlanTool } from '../tools/plan/run-plan-tool.ts';
import { markForApproval } from './approval.ts';
import { chooseBuiltIns } from './choose-tools.ts';
import type { AgentCatalog } from './load-agents.ts';
import { loadAgents } from './load-agents.ts';
import { loadTools } from './load-tools.ts';
import { applyPolicies, readPolicies } from './read-policies.ts';
import type { RunOptions } from './run-options.ts';

/** The agents of a run that is looked at later. */
export interface RecordedAgents extends AgentCatalog {
  /** Why only what the journal tells of them is known, without their tools' policies; nothing if they could be loaded. */
  readonly problem?: string;
}

/**
 * The agents of a recorded run with the policies of their tools. What tools do is never asked for: their files are loaded,
 * but no server is started. Where they cannot be had any more, they are made up from what the journal tells.
 */
export async function recordedAgents(work: RecordedWork, options: RunOptions, cwd: string): Promise<RecordedAgents> {
  const isRefused = refuses(work);
  const asRecorded = (tool: Tool): Tool =>
    tool === runPlanTool
      ? tool
      : {
          ...tool,
          check: (args) => (isRefused(tool.spec.name, args) ? { ok: false, problem: '' } : { ok: true, args }),
          run: () => {
            throw new Error('a recorded call was not replayed');
          },
        };
  try {
    goTo(cwd);
    const agents = await loadThem(work, options, asRecorded);
    const missing = missingIn(agents, work);
    if (missing === undefined) return agents;
    return { ...madeUp(work, options, asRecorded), problem: `${missing} is not there any more` };
  } catch (error) {
    const problem = messageOf(error);
    return { ...madeUp(work, options, asRecorded), problem };
  }
}

function goTo(cwd: string): void {
  try {
    process.chdir(cwd);
  } catch {
    throw new UserError(`cannot change to ${cwd}, where it was run`);
  }
}

async function loadThem(
  work: RecordedWork,
  options: RunOptions,
  asRecorded: (tool: Tool) => Tool,
): Promise<AgentCatalog> {
  const policies = readPolicies(options.policy ?? []);
  const prepare = (tools: readonly Tool[]) => [
    ...markForApproval(applyPolicies(tools, policies), options.approve).map(asRecorded),
    ...(options.plan ? [runPlanTool] : []),
  ];
  const loaded = [...(await loadTools(options.tools ?? [])), ...(await chooseBuiltIns(options))];
  if (!options.mcp?.length) return loadAgents(options.agent, loaded, prepare);
  const own = await loadAgents(options.agent, loaded, (tools) => tools);
  const known = new Set([...own.byName.values()].flatMap(({ tools }) => tools.map(({ spec }) => spec.name)));
  const served = new Map([...work.agents.values()].flatMap(({ tools }) => [...tools]));
  const servedTools = [...served].filter(([name]) => !known.has(name)).map(([name, effect]) => standIn(name, effect));
  return loadAgents(options.agent, [...loaded, ...servedTools], prepare);
}

/** The first agent or tool that the recorded run had and that is missing now. */
function missingIn({ byName }: AgentCatalog, work: RecordedWork): string | undefined {
  for (const [name, { tools }] of work.agents) {
    const agent = byName.get(name);
    if (!agent) return `agent "${name}"`;
    const gone = [...tools.keys()].find((tool) => agent.tools.every(({ spec }) => spec.name !== tool));
    if (gone !== undefined) return `tool "${gone}" of agent "${name}"`;
  }
  return undefined;
}

function madeUp({ agents }: RecordedWork, { plan }: RunOptions, asRecorded: (tool: Tool) => Tool): AgentCatalog {
  const byName = new Map<string, Agent>();
  const make = (name: string, { model, handoffs, tools }: RecordedAgent): Agent => ({
    name,
    description: '',
    instructions: '',
    ...(model === undefined ? {} : { model }),
    tools: [
      ...[...tools]
        .filter(([tool]) => !plan || tool !== runPlanTool.spec.name)
        .map(([tool, effect]) => asRecorded(standIn(tool, effect))),
      ...(plan ? [runPlanTool] : []),
    ],
    get handoffs() {
      return [...handoffs].flatMap((to) => byName.get(to) ?? []);
    },
  });
  for (const [name, agent] of agents) byName.set(name, make(name, agent));
  const [start = make('assistant', { model: undefined, handoffs: new Set(), tools: new Map() })] = byName.values();
  return { start, byName };
}

/** Whatever its name: a journal may hold one that no tool can be defined with. */
function standIn(name: string, effect: ToolEffect): Tool {
  return {
    spec: { name, description: '', parameters: { type: 'object' } },
    policy: { effect },
    check: (args) => ({ ok: true, args }),
    run: () => null,
  };
}
