import type { Message, ToolOutcome } from '../contract/message.ts';
import type { ModelRequest, ToolSpec } from '../contract/model.ts';

/** Of English text, as both vendors put it: https://ai.google.dev/gemini-api/docs/tokens. Other scripts take more bytes and more tokens. */
const BYTES_PER_TOKEN = 4;
/** What a message, a call or a tool takes beside its text. */
const TOKENS_PER_PART = 8;

/** In bytes. Tools and messages never change, and are sent again and again. */
const sizes = new WeakMap<ToolSpec | Message, number>();

/** About how many tokens the vendor will count for a request: one for every four bytes of its text. */
export function estimateInputTokens({ instructions, messages, tools }: ModelRequest): number {
  let bytes = byteLength(instructions);
  let parts = 1 + messages.length + tools.length;
  for (const tool of tools) bytes += sizeOf(tool, bytesOfTool);
  for (const message of messages) {
    bytes += sizeOf(message, bytesOfMessage);
    if (message.role === 'assistant') parts += message.calls.length;
    if (message.role === 'tools') parts += message.outcomes.length;
  }
  return Math.ceil(bytes / BYTES_PER_TOKEN) + parts * TOKENS_PER_PART;
}

/** About how many tokens a text of so many characters is. */
export function estimateTextTokens(characters: number): number {
  return Math.ceil(characters / BYTES_PER_TOKEN);
}

/**
 * What the families of models can write in one response at most, thinking included, by the start of their names; the
 * first that fits counts. Sources: https://platform.openai.com/docs/models, https://ai.google.dev/gemini-api/docs/models
 */
const MOST_OUTPUT: readonly (readonly [start: string, tokens: number])[] = [
  ['gpt-5-chat', 16_384],
  ['gpt-5', 128_000],
  ['gpt-6', 128_000],
  ['gpt-4.1', 32_768],
  ['gpt-4o', 16_384],
  ['gpt-4-turbo', 4_096],
  ['gpt-4', 8_192],
  ['gpt-3.5', 4_096],
  ['o1', 100_000],
  ['o3', 100_000],
  ['o4', 100_000],
  ['gemini-2.0', 8_192],
  ['gemini', 65_536],
];

/** The most tokens that a model, named `provider/name`, can write in one response, where its family is known. */
export function mostOutputTokens(modelId: string): number | undefined {
  const name = modelId.slice(modelId.indexOf('/') + 1).replace(/^models\//, '');
  return MOST_OUTPUT.find(([start]) => name.startsWith(start))?.[1];
}

function sizeOf<Sent extends ToolSpec | Message>(sent: Sent, measure: (sent: Sent) => number): number {
  let size = sizes.get(sent);
  if (size === undefined) {
    size = measure(sent);
    sizes.set(sent, size);
  }
  return size;
}

function bytesOfTool({ name, description, parameters }: ToolSpec): number {
  return byteLength(name) + byteLength(description) + byteLength(JSON.stringify(parameters));
}

function bytesOfMessage(message: Message): number {
  switch (message.role) {
    case 'user':
      return byteLength(message.text);
    case 'assistant': {
      const own = message.calls.reduce((sum, { name, argumentsText }) => {
        return sum + byteLength(name) + byteLength(argumentsText);
      }, byteLength(message.text));
      // An echo is sent in place of the text and the calls, and holds both.
      return message.echo ? Math.max(own, byteLength(JSON.stringify(message.echo.items))) : own;
    }
    case 'tools':
      return message.outcomes.reduce((sum, outcome) => sum + outcomeBytes(outcome), 0);
  }
}

function outcomeBytes(outcome: ToolOutcome): number {
  return byteLength(outcome.kind === 'ok' ? JSON.stringify(outcome.output) : outcome.message);
}

function byteLength(text: string): number {
  return Buffer.byteLength(text);
}
