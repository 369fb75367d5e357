import type { ToolCall, ToolFailureCode, ToolOutcome } from '../contract/message.ts';

/** The outcome of a call that has no result. */
export function failed(call: ToolCall, code: ToolFailureCode, message: string): ToolOutcome & { kind: 'failed' } {
  return { kind: 'failed', callId: call.callId, code, message };
}

/** What an error of any kind says. */
export function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return 'it threw something that cannot be shown';
  }
}
