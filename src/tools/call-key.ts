import { hash } from 'node:crypto';
import type { ToolCall } from '../contract/message.ts';

/** A name for a call that stays the same however often it is made: its place in the run and what it asks for, as 32 hexadecimal digits. */
export function callKey(
  runId: string,
  conversation: string,
  place: { readonly turn: number; readonly task?: string; readonly index: number },
  call: ToolCall,
): string {
  const text = JSON.stringify([
    runId,
    conversation,
    place.turn,
    place.task ?? '',
    place.index,
    call.name,
    call.argumentsText,
  ]);
  return hash('sha256', text, 'hex').slice(0, 32);
}
