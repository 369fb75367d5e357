import type { Draft } from '../draft.ts';
import { encryptReasoning, itemId } from './item-ids.ts';

/** An output item of a response, in the order of the wire's keys. */
export type OutputItem =
  | {
      readonly id: string;
      readonly type: 'reasoning';
      readonly encrypted_content: string;
      readonly summary: readonly [];
    }
  | {
      readonly id: string;
      readonly type: 'message';
      readonly status: ItemStatus;
      readonly content: readonly [ContentPart];
      readonly phase: 'commentary' | 'final_answer';
      readonly role: 'assistant';
    }
  | {
      readonly id: string;
      readonly type: 'function_call';
      readonly status: ItemStatus;
      readonly arguments: string;
      readonly call_id: string;
      readonly name: string;
    };

/** What a message holds. */
type ContentPart =
  | {
      readonly type: 'output_text';
      readonly annotations: readonly [];
      readonly logprobs: readonly [];
      readonly text: string;
    }
  | { readonly type: 'refusal'; readonly refusal: string };

type ItemStatus = 'completed' | 'incomplete';

/** The items that a draft becomes; the last one is incomplete where the draft was stopped. */
export function outputItems(
  draft: Draft,
  hex: string,
  { reasoning }: { readonly reasoning: boolean },
): readonly OutputItem[] {
  const items: OutputItem[] = [];
  const first = reasoning ? 1 : 0;
  const parts = draft.calls.length + (draft.text === '' ? 0 : 1);
  const statusAt = (index: number): ItemStatus => {
    const stopped = draft.stop === 'truncated' || draft.stop === 'blocked';
    return stopped && index === first + parts - 1 ? 'incomplete' : 'completed';
  };
  if (draft.text !== '') {
    items.push({
      id: itemId('msg', hex, first, reasoning),
      type: 'message',
      status: statusAt(first),
      content: [contentOf(draft)],
      phase: draft.calls.length > 0 ? 'commentary' : 'final_answer',
      role: 'assistant',
    });
  }
  for (const call of draft.calls) {
    const index = first + items.length;
    items.push({
      id: itemId('fc', hex, index, reasoning),
      type: 'function_call',
      status: statusAt(index),
      arguments: call.argumentsText,
      call_id: call.callId,
      name: call.name,
    });
  }
  const [follower] = items;
  if (!reasoning || !follower) return items;
  const id = itemId('rs', hex, 0, true);
  const callId = follower.type === 'function_call' ? { callId: follower.call_id } : {};
  const encrypted_content = encryptReasoning(id, { id: follower.id, ...callId });
  return [{ id, type: 'reasoning', encrypted_content, summary: [] }, ...items];
}

function contentOf(draft: Draft): ContentPart {
  return draft.stop === 'refused'
    ? { type: 'refusal', refusal: draft.text }
    : { type: 'output_text', annotations: [], logprobs: [], text: draft.text };
}
