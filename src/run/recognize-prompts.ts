import type { Prompt } from '../contract/prompt.ts';
import type { ConversationSoFar } from './run-so-far.ts';
import { contentHash } from './run-so-far.ts';

/** Which prompts an earlier attempt knows, although their file may have changed since. */
export interface Recognized {
  /** The recorded id of each prompt that is known, by the id that it has now. */
  readonly recorded: ReadonlyMap<string, string>;
  /** The recorded ids of those that are no longer there. */
  readonly gone: readonly string[];
  /** All ids that prompts have now. */
  readonly ids: ReadonlySet<string>;
}

/**
 * Finds prompts of an earlier attempt again by their text; of several with one text each takes the one of its own id, or
 * else the first that is left.
 *
 * @param asRecorded what a journal makes of a text
 */
export async function recognizePrompts(
  conversations: ReadonlyMap<string, ConversationSoFar>,
  prompts: AsyncIterable<Prompt>,
  asRecorded: (text: string) => string,
): Promise<Recognized> {
  const left = new Map<string, Set<string>>();
  for (const [id, { contentHash: hash }] of conversations) {
    const same = left.get(hash);
    if (same) same.add(id);
    else left.set(hash, new Set([id]));
  }
  const recorded = new Map<string, string>();
  const ids = new Set<string>();
  for await (const { id, text } of prompts) {
    ids.add(id);
    const same = left.get(contentHash(asRecorded(text)));
    const found = same?.has(id) ? id : same?.values().next().value;
    if (found === undefined) continue;
    recorded.set(id, found);
    same?.delete(found);
  }
  return { recorded, gone: [...left.values()].flatMap((same) => [...same]), ids };
}
