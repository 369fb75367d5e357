import type { JsonObject } from '../../contract/json.ts';

/** Arguments as an object, for vendors that take nothing else back: what is not JSON of an object is quoted in one. */
export function argumentObject(argumentsText: string): JsonObject {
  if (argumentsText.trim() === '') return {};
  return parseObject(argumentsText) ?? { invalid_arguments: argumentsText };
}

/** The object that a JSON text holds; nothing if it holds anything else or is not complete. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
