import { TASK_TOOLS } from '../agent/tasks/task-tools.ts';
import { UserError } from '../contract/errors.ts';
import { NO_USAGE } from '../contract/model.ts';
import { canHavePrice, openPrices } from '../run/prices.ts';
import type { Prepared } from './perform-run.ts';
import type { RunOptions } from './run-options.ts';
import { startingAgent } from './starting-agent.ts';
import { thresholdsOf } from './threshold-options.ts';

/**
 * Makes sure that what is expected can come true and be checked: that the tools exist, and prices where costs matter.
 *
 * @throws {UserError} that says where the first thing that cannot be expected stands
 */
export async function checkExpected(
  { prompts: { expected }, agents, models, modelIds }: Pick<Prepared, 'prompts' | 'agents' | 'models' | 'modelIds'>,
  options: RunOptions,
): Promise<void> {
  const tools = new Set([
    ...[...agents.byName.values()].flatMap((agent) => agent.tools.map(({ spec }) => spec.name)),
    ...(options.background ? TASK_TOOLS : []),
  ]);
  for (const [tool, { file, line }] of expected.tools) {
    if (tools.has(tool)) continue;
    const known = [...tools].join(', ') || 'none';
    throw new UserError(`${file}:${line}: Cannot expect tool "${tool}": no agent has it. There are: ${known}.`, {
      exitCode: 65,
    });
  }
  for (const { agent, model, source } of expected.costs) {
    const id = model ?? startingAgent(agents, agent).model ?? models.id;
    if (await hasPrice(id)) continue;
    const problem = `Cannot expect a cost of ${id}: no price is known for it. Expect maxTokens instead.`;
    throw new UserError(`${source.file}:${source.line}: ${problem}`, { exitCode: 65 });
  }
  await checkThresholdPrices(modelIds, options);
}

/**
 * Makes sure that costs can be told if there is a threshold for them.
 *
 * @throws {UserError} about the first model without a price
 */
export async function checkThresholdPrices(
  modelIds: Iterable<string>,
  options: { readonly threshold?: readonly string[] },
): Promise<void> {
  const threshold = thresholdsOf(options).find(({ metric }) => metric === 'cost');
  for (const id of threshold ? modelIds : []) {
    if (await hasPrice(id)) continue;
    const problem = `Cannot hold ${id} to --threshold ${threshold?.text}: no price is known for it.`;
    throw new UserError(`${problem} Use one of tokens instead.`);
  }
}

async function hasPrice(modelId: string): Promise<boolean> {
  return canHavePrice(modelId) && (await openPrices())(modelId, NO_USAGE) !== undefined;
}
