import type { JsonObject, JsonValue } from '../../contract/json.ts';
import { isObject } from '../../contract/json.ts';

/** Arguments as an object, for vendors that take nothing else back: what is not JSON of an object is quoted in one. */
export function argumentObject(argumentsText: string): JsonObject {
  if (argumentsText.trim() === '') return {};
  return parseObject(argumentsText) ?? { invalid_arguments: argumentsText };
}

/** Arguments as the text of an object: as they are where they are one, since to read and write them can change numbers. */
export function argumentText(argumentsText: string): string {
  return parseObject(argumentsText) ? argumentsText : JSON.stringify(argumentObject(argumentsText));
}

/** Shorter texts cannot nest too deeply. */
const LONG = 2000;

/** The object that a JSON text holds; nothing if it holds anything else or is not complete. */
export function parseObject(text: string): JsonObject | undefined {
  // Most that are not complete yet are told apart by this, for far less than an error takes.
  if (!text.trimEnd().endsWith('}')) return undefined;
  try {
    const value: JsonValue = JSON.parse(text);
    // What nests so deeply that it cannot be written again is read without complaint.
    if (text.length > LONG) JSON.stringify(value);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
