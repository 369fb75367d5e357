import type { Message, ToolCall, ToolOutcome } from '../../contract/message.ts';

/**
 * A history in which every call has exactly one outcome, in call order, right behind it, and no outcome lacks its call:
 * what every vendor demands. Returns the same array when it is so already.
 */
export function repairHistory(messages: readonly Message[]): readonly Message[] {
  if (isPaired(messages)) return messages;
  const repaired: Message[] = [];
  for (const [index, message] of messages.entries()) {
    if (message.role === 'tools') continue;
    repaired.push(message);
    if (message.role !== 'assistant' || message.calls.length === 0) continue;
    repaired.push({ role: 'tools', outcomes: outcomesFor(message.calls, messages, index + 1) });
  }
  return repaired;
}

function isPaired(messages: readonly Message[]): boolean {
  let calls: readonly ToolCall[] = [];
  for (const message of messages) {
    const outcomes = message.role === 'tools' ? message.outcomes : [];
    if (outcomes.length !== calls.length) return false;
    if (message.role === 'tools' && calls.length === 0) return false;
    if (!outcomes.every((outcome, index) => outcome.callId === calls[index]?.callId)) return false;
    calls = message.role === 'assistant' ? message.calls : [];
  }
  return calls.length === 0;
}

/** Looks no further than the next assistant message: a later one answers its own calls. */
function outcomesFor(calls: readonly ToolCall[], messages: readonly Message[], from: number): readonly ToolOutcome[] {
  const found = new Map<string, ToolOutcome>();
  for (let index = from; index < messages.length; index++) {
    const message = messages[index];
    if (message?.role === 'assistant') break;
    if (message?.role !== 'tools') continue;
    for (const outcome of message.outcomes) if (!found.has(outcome.callId)) found.set(outcome.callId, outcome);
  }
  return calls.map(({ callId }) => found.get(callId) ?? notRun(callId));
}

function notRun(callId: string): ToolOutcome {
  return { kind: 'failed', callId, code: 'not_run', message: 'Not executed: the conversation was interrupted.' };
}
