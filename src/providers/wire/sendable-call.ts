import { argumentText } from './argument-object.ts';

const LONGEST_NAME = 64;

/**
 * A call as every server of OpenAI's protocols takes it back: models make up names that these refuse, and arguments that
 * some cannot parse.
 */
export function sendableCall({ name, argumentsText }: { readonly name: string; readonly argumentsText: string }) {
  return { name: name.replaceAll(/[^\w-]/g, '_').slice(0, LONGEST_NAME), arguments: argumentText(argumentsText) };
}
