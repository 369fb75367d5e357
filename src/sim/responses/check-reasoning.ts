import type { JsonObject } from '../../contract/json.ts';
import type { OpenAiProblem } from '../openai-error.ts';
import type { Follower } from './item-ids.ts';
import { decryptReasoning, requiredReasoning } from './item-ids.ts';

/** Whether every reasoning item came back as it was sent and where it was: directly before the item it led to. */
export function checkReasoning(items: readonly JsonObject[], stored: boolean): OpenAiProblem | undefined {
  for (const [index, item] of items.entries()) {
    const problem =
      item['type'] === 'reasoning'
        ? checkReasoningItem(item, items[index + 1], stored)
        : checkFollower(item, items[index - 1]);
    if (problem) return problem;
  }
  return undefined;
}

function checkReasoningItem(
  item: JsonObject,
  next: JsonObject | undefined,
  stored: boolean,
): OpenAiProblem | undefined {
  const id = String(item['id']);
  if (typeof item['encrypted_content'] !== 'string') {
    // Nothing is kept, but what would be found by its id is known by what follows it.
    if (stored && requiredReasoning(String(next?.['id'])) === id) return undefined;
    const why = stored
      ? ''
      : ' Items are not persisted when `store` is set to false. Try again with `store` set to true, or remove this item from your input.';
    return { status: 404, message: `Item with id '${id}' not found.${why}`, param: 'input' };
  }
  const follower = decryptReasoning(item);
  if (follower === undefined) {
    return {
      message: `The encrypted content for item ${id} could not be verified. Reason: Encrypted content could not be decrypted or parsed.`,
      code: 'invalid_encrypted_content',
    };
  }
  if (next && isFollower(next, follower)) return undefined;
  return {
    message: `Item '${id}' of type 'reasoning' was provided without its required following item.`,
    param: 'input',
  };
}

/** An item whose id was left out is known by its call, a message by being the assistant's. */
function isFollower(item: JsonObject, follower: Follower): boolean {
  if (typeof item['id'] === 'string') return item['id'] === follower.id;
  return item['type'] === 'function_call' ? item['call_id'] === follower.callId : item['role'] === 'assistant';
}

function checkFollower(item: JsonObject, previous: JsonObject | undefined): OpenAiProblem | undefined {
  const id = item['id'];
  const required = typeof id === 'string' ? requiredReasoning(id) : undefined;
  if (required === undefined || (previous?.['type'] === 'reasoning' && previous['id'] === required)) return undefined;
  return {
    message: `Item '${String(id)}' of type '${String(item['type'] ?? 'message')}' was provided without its required 'reasoning' item: '${required}'.`,
    param: 'input',
  };
}
