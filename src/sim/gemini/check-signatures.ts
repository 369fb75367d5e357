import type { JsonObject } from '../../contract/json.ts';
import { isObject } from '../../contract/json.ts';
import { SKIP_SIGNATURE, signCall, signText } from './signature.ts';

/** One entry of `contents`. */
export interface Content {
  readonly role: 'user' | 'model';
  readonly parts: readonly JsonObject[];
}

/**
 * Whether thought signatures came back unchanged and in their place. Since the user last spoke, the first call of each
 * step must have one: https://ai.google.dev/gemini-api/docs/thought-signatures
 */
export function checkSignatures(contents: readonly Content[]): string | undefined {
  const turn = contents.findLastIndex(
    ({ role, parts }) => role === 'user' && parts.some((part) => part['functionResponse'] === undefined),
  );
  for (const [index, { role, parts }] of contents.entries()) {
    if (role !== 'model') continue;
    const first = parts.find((part) => part['functionCall'] !== undefined);
    if (index > turn && first && first['thoughtSignature'] === undefined) return missing(first, index);
    const corrupted = parts.some((part) => part['thoughtSignature'] !== undefined && !isGenuine(part));
    if (corrupted) return 'Corrupted thought signature.';
  }
  return undefined;
}

function isGenuine({ thoughtSignature, functionCall }: JsonObject): boolean {
  if (thoughtSignature === SKIP_SIGNATURE) return true;
  if (!isObject(functionCall)) return thoughtSignature === signText();
  return thoughtSignature === signCall(String(functionCall['name']), functionCall['args'] ?? {});
}

function missing({ functionCall }: JsonObject, index: number): string {
  const name = isObject(functionCall) ? String(functionCall['name']) : '';
  return (
    'Function call is missing a thought_signature in functionCall parts. This is required for tools to work ' +
    'correctly, and missing thought_signature may lead to degraded model performance. Additional data, function call ' +
    `\`default_api:${name}\` , position ${index + 1}. Please refer to ` +
    'https://ai.google.dev/gemini-api/docs/thought-signatures for more details.'
  );
}
