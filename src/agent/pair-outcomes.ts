import type { Message, ToolOutcome } from '../contract/message.ts';

/**
 * A history in which every call has exactly one outcome, in call order, right after the message that asked for it,
 * and what had to be mended for that. In a history that a conversation made by itself there is nothing to mend.
 *
 * Source: both vendors refuse a request whose calls and outputs do not pair up
 * (https://platform.openai.com/docs/guides/function-calling, https://ai.google.dev/gemini-api/docs/function-calling).
 */
export function pairOutcomes(history: readonly Message[]): {
  readonly messages: readonly Message[];
  readonly repairs: readonly string[];
} {
  const messages: Message[] = [];
  const repairs: string[] = [];
  for (const [position, message] of history.entries()) {
    if (message.role === 'tools') {
      if (previousCalls(history, position).length > 0) continue;
      repairs.push(`dropped ${message.outcomes.length} outcomes that no call asked for`);
      continue;
    }
    messages.push(message);
    if (message.role !== 'assistant' || message.calls.length === 0) continue;
    const next = history[position + 1];
    const found = next?.role === 'tools' ? next.outcomes : [];
    const outcomes = message.calls.map(
      (call): ToolOutcome => found.find((outcome) => outcome.callId === call.callId) ?? missing(call.callId, repairs),
    );
    const surplus = found.filter((outcome) => !outcomes.includes(outcome)).length;
    if (surplus > 0) repairs.push(`dropped ${surplus} outcomes that were double or that no call asked for`);
    messages.push({ role: 'tools', outcomes });
  }
  return { messages, repairs };
}

function previousCalls(history: readonly Message[], position: number): readonly unknown[] {
  const previous = history[position - 1];
  return previous?.role === 'assistant' ? previous.calls : [];
}

function missing(callId: string, repairs: string[]): ToolOutcome {
  repairs.push(`call ${callId} had no outcome`);
  return { kind: 'failed', callId, code: 'not_run', message: 'Not executed: the conversation was interrupted.' };
}
