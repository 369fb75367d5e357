import type { OpenAI } from 'openai';
import type { JsonObject, JsonValue } from '../../contract/json.ts';
import { isObject } from '../../contract/json.ts';

type OutputItem = OpenAI.Responses.ResponseOutputItem;

/** Fields that the server adds to what it puts out and does not take in. */
const OUTPUT_ONLY = new Set(['created_by', 'parsed_arguments']);

/**
 * Output items as they go back to the model: as they came, without output-only fields and without reasoning that cannot
 * be replayed (with no content of its own, or with nothing behind it).
 */
export function echoItems(items: readonly OutputItem[]): readonly JsonValue[] {
  // The server refuses reasoning whose follower is gone, and followers whose reasoning is gone while they bear its id.
  const echo = items.filter((item, index) => item.type !== 'reasoning' || isFollowed(items, index)).map(plain);
  return items.some(isHollow) ? withoutReasoning(echo) : echo;
}

/** The same items without reasoning, and without the ids by which the server would miss it. */
export function withoutReasoning(items: readonly JsonValue[]): readonly JsonValue[] {
  const kept: JsonValue[] = [];
  for (const item of items) {
    if (!isObject(item)) continue;
    if (item['type'] === 'reasoning') continue;
    const { id: _id, ...anonymous } = item;
    kept.push(item['type'] === 'message' ? plainMessage(anonymous) : anonymous);
  }
  return kept;
}

/** Reasoning that only the server's own store could resolve. */
function isHollow(item: OutputItem): boolean {
  return item.type === 'reasoning' && !item.encrypted_content && !item.content?.length;
}

function isFollowed(items: readonly OutputItem[], index: number): boolean {
  return items.slice(index + 1).some((item) => item.type !== 'reasoning');
}

function plain(item: OutputItem): JsonObject {
  return Object.fromEntries(
    Object.entries(item).filter(([key, value]) => value !== null && value !== undefined && !OUTPUT_ONLY.has(key)),
  );
}

/** A message without an id is an input message, whose content is text. */
function plainMessage(message: JsonObject): JsonObject {
  const { status: _status, content, ...rest } = message;
  if (!Array.isArray(content)) return message;
  return { ...rest, content: content.map(partText).join('') };
}

function partText(part: JsonValue): string {
  if (!isObject(part)) return '';
  const text = part['text'] ?? part['refusal'];
  return typeof text === 'string' ? text : '';
}
