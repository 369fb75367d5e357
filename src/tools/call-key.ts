import { hash } from 'node:crypto';
import type { ToolCall } from '../contract/message.ts';
import type { CallContext } from './call-in-hand.ts';

/** A name for a call that stays the same however often it is made: its place in the run and what it asks for, as 32 hexadecimal digits. */
export function callKey(
  runId: string,
  { name, argumentsText }: ToolCall,
  { conversation, turn, task = '', index }: Pick<CallContext, 'conversation' | 'turn' | 'task' | 'index'>,
): string {
  const text = JSON.stringify([runId, conversation, turn, task, index, name, argumentsText]);
  return hash('sha256', text, 'hex').slice(0, 32);
}
