import type { JsonValue } from '../contract/json.ts';

/** What a tool's output is: JSON where the text is JSON, else the text itself. */
export function parseOutput(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}
