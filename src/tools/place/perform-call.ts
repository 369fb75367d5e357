import { messageOf } from '../../contract/errors.ts';
import { toOutput } from '../to-output.ts';
import type { OutputLimits } from '../tool-limits.ts';
import type { RemoteCall, RemoteReply } from './remote-call.ts';
import { loadTool } from './tool-home.ts';

/** Runs a call that came from another thread or process. Never rejects. */
export async function performCall(call: RemoteCall): Promise<RemoteReply> {
  try {
    const tool = await loadTool(call.home, call.toolName);
    const checked = await tool.check(call.args);
    if (!checked.ok) throw new Error(`the arguments do not fit the tool's parameters here. ${checked.problem}`);
    const { callKey, conversation, agent } = call;
    // An abort ends this thread or process, so the signal that a tool sees here never has to fire.
    const { signal } = new AbortController();
    return express(await tool.run(checked.args, { signal, callKey, conversation, agent }));
  } catch (error) {
    const message = messageOf(error);
    if (!(error instanceof Error)) return { kind: 'error', name: 'Error', message };
    return { kind: 'error', name: String(error.name), message: String(message), stack: String(error.stack) };
  }
}

/** What is too much is cut where it arrives. */
const ALL: OutputLimits = {
  maxOutputBytes: Number.POSITIVE_INFINITY,
  maxJournalOutputBytes: Number.POSITIVE_INFINITY,
};

function express(value: unknown): RemoteReply {
  try {
    const output = toOutput(value, ALL).shown;
    return typeof output === 'string' ? { kind: 'text', text: output } : { kind: 'json', json: JSON.stringify(output) };
  } catch (error) {
    throw new Error(`its result cannot be expressed as JSON: ${messageOf(error)}`, { cause: error });
  }
}
