import type { ToolCall, ToolFailureCode, ToolOutcome } from '../contract/message.ts';

/** The outcome of a call that has no result. */
export function failed(call: ToolCall, code: ToolFailureCode, message: string): ToolOutcome & { kind: 'failed' } {
  return { kind: 'failed', callId: call.callId, code, message };
}
