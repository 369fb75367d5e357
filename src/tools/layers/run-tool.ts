import type { JsonValue } from '../../contract/json.ts';
import type { ToolContext } from '../../contract/tool.ts';
import type { RunThrough } from '../call-in-hand.ts';
import { callKey } from '../call-key.ts';
import { failed, messageOf } from '../outcomes.ts';
import { ToolCrash } from '../place/tool-crash.ts';
import type { ToolPlaces } from '../place/tool-places.ts';

import { toOutput } from '../to-output.ts';

/** The innermost layer: runs the tool where it belongs and makes an outcome of whatever comes of it. */
export function runTool(runId: string, maxOutputBytes: number, places: ToolPlaces): RunThrough {
  return async ({ call, tool, args, context, story }, signal) => {
    const { conversation, agent } = context;
    const toolContext: ToolContext = {
      signal,
      callKey: callKey(runId, conversation, context, call),
      conversation,
      agent,
    };
    story.start(tool.policy.effect);
    // A start that cannot be kept aborts the run: what nobody would know of must not happen.
    if (signal.aborted) return failed(call, 'cancelled', 'Cancelled before it ran.');
    let value: unknown;
    try {
      value = await places.run(tool, args, toolContext);
    } catch (error) {
      const code = error instanceof ToolCrash ? 'crashed' : 'threw';
      return failed(call, code, `Tool "${call.name}" failed: ${messageOf(error)}`);
    }
    try {
      const output: JsonValue = toOutput(value, maxOutputBytes);
      return { kind: 'ok', callId: call.callId, output };
    } catch (error) {
      return failed(call, 'threw', `The result of "${call.name}" cannot be expressed as JSON: ${messageOf(error)}`);
    }
  };
}
