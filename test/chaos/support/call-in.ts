import type { JsonObject, JsonValue } from '../../../src/contract/json.ts';

/** Which response of which conversation a request asks for, by what it says of itself, in the words of either vendor. */
export function callIn(body: JsonValue): { readonly conversation: string; readonly turn: number } {
  const { input, contents } = body as JsonObject;
  return input === undefined ? inContents(objects(contents)) : inItems(objects(input));
}

/** Responses API: the outputs of a turn's calls stand together, after what asked for them. */
function inItems(items: readonly JsonObject[]) {
  const isOutput = (item: JsonObject | undefined) => item?.['type'] === 'function_call_output';
  const turns = items.filter((item, at) => isOutput(item) && !isOutput(items[at - 1])).length;
  return { conversation: textOf(items.find(({ role }) => role === 'user')?.['content']), turn: turns + 1 };
}

/** Gemini: a response is one content of the model's. */
function inContents(contents: readonly JsonObject[]) {
  const turns = contents.filter(({ role }) => role === 'model').length;
  return { conversation: textOf(contents[0]?.['parts']), turn: turns + 1 };
}

function textOf(content: JsonValue | undefined): string {
  if (typeof content === 'string') return content;
  return objects(content)
    .map(({ text }) => String(text ?? ''))
    .join('');
}

function objects(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly JsonObject[]) : [];
}
