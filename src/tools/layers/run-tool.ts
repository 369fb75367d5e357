import { messageOf } from '../../contract/errors.ts';
import type { JsonValue } from '../../contract/json.ts';
import type { ToolOutcome } from '../../contract/message.ts';
import type { ToolContext } from '../../contract/tool.ts';
import type { CallInHand, RunThrough } from '../call-in-hand.ts';
import { callKey } from '../call-key.ts';
import { failed } from '../outcomes.ts';
import { ToolCrash } from '../place/tool-crash.ts';
import type { ToolPlaces } from '../place/tool-places.ts';
import { toOutput, toTextOutput } from '../to-output.ts';
import type { OutputLimits } from '../tool-limits.ts';

/** The innermost layer: runs the tool where it belongs and makes an outcome of whatever comes of it. */
export function runTool(runId: string, limits: OutputLimits, places: ToolPlaces): RunThrough {
  return async (inHand, signal) => {
    const { call, tool, context, story } = inHand;
    const { conversation, agent } = context;
    const toolContext: ToolContext = {
      signal,
      callKey: callKey(runId, call, context),
      conversation,
      agent,
    };
    story.start(tool.policy.effect);
    // A start that cannot be kept aborts the run: what nobody would know of must not happen.
    if (signal.aborted) return failed(call, 'cancelled', 'Cancelled before it ran.');
    const { outcome, full } = await outcomeOf(inHand, toolContext, { limits, places });
    if (full !== undefined) story.keep(outcome, full);
    return outcome;
  };
}

async function outcomeOf(
  { call, tool, args }: CallInHand,
  context: ToolContext,
  { limits, places }: { readonly limits: OutputLimits; readonly places: ToolPlaces },
): Promise<{ readonly outcome: ToolOutcome; readonly full?: JsonValue | undefined }> {
  let value: unknown;
  try {
    value = await places.run(tool, args, context);
  } catch (error) {
    const code = error instanceof ToolCrash ? 'crashed' : 'threw';
    const { shown, full } = toTextOutput(`Tool "${call.name}" failed: ${messageOf(error)}`, limits);
    return { outcome: failed(call, code, shown), full };
  }
  try {
    const { shown: output, full } = toOutput(value, limits);
    return { outcome: { kind: 'ok', callId: call.callId, output }, full };
  } catch (error) {
    const problem = `The result of "${call.name}" cannot be expressed as JSON: ${messageOf(error)}`;
    const { shown, full } = toTextOutput(problem, limits);
    return { outcome: failed(call, 'threw', shown), full };
  }
}
