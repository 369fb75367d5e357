import type { JsonObject, JsonValue } from '../../contract/json.ts';
import type { ToolOutcome } from '../../contract/message.ts';
import { failureOutput } from '../../contract/tool.ts';

/** What came of one call of a plan. `skipped`: it failed only because another did. */
export interface NodeResult {
  readonly outcome: ToolOutcome;
  readonly skipped: boolean;
}

/**
 * What a model is shown of a plan that was run: `results` by id of the calls that it asked for and of all that failed,
 * which are `{ error }`; and the ids of those that `failed` or were `skipped`, if there are any.
 */
export function planOutput(returned: readonly string[], nodes: ReadonlyMap<string, NodeResult>): JsonObject {
  const idsOf = (isOne: (result: NodeResult) => boolean) =>
    [...nodes].filter(([, node]) => isOne(node)).map(([id]) => id);
  const failed = idsOf(({ outcome, skipped }) => outcome.kind === 'failed' && !skipped);
  const skipped = idsOf((node) => node.skipped);
  return {
    results: Object.fromEntries([...returned, ...failed].map((id) => [id, shown(id, nodes)])),
    ...(failed.length > 0 && { failed }),
    ...(skipped.length > 0 && { skipped }),
  };
}

function shown(id: string, nodes: ReadonlyMap<string, NodeResult>): JsonValue {
  const node = nodes.get(id);
  if (!node) return { error: `There is no call "${id}" in the plan. There are: ${[...nodes.keys()].join(', ')}.` };
  return node.outcome.kind === 'ok' ? node.outcome.output : failureOutput(node.outcome);
}
