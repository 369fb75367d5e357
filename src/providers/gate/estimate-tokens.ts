import { jsonLength } from '../../contract/json.ts';
import type { Message, ToolOutcome } from '../../contract/message.ts';
import type { ModelRequest, ToolSpec } from '../../contract/model.ts';
import { failureOutput, outputText } from '../../contract/tool.ts';

const CHARACTERS_PER_TOKEN = 4;

/** About how many tokens a request has: a token for every four characters that are sent. */
export function estimateTokens({ instructions, messages, tools }: ModelRequest): number {
  let characters = instructions.length;
  for (const message of messages) characters += messageCharacters(message);
  for (const tool of tools) characters += toolCharacters(tool);
  return Math.ceil(characters / CHARACTERS_PER_TOKEN);
}

function messageCharacters(message: Message): number {
  switch (message.role) {
    case 'user':
      return message.text.length;
    case 'assistant':
      if (message.echo) return jsonLength(message.echo.items);
      return message.calls.reduce(
        (sum, call) => sum + call.name.length + call.argumentsText.length,
        message.text.length,
      );
    case 'tools':
      return message.outcomes.reduce((sum, outcome) => sum + outcomeCharacters(outcome), 0);
  }
}

function outcomeCharacters(outcome: ToolOutcome): number {
  return outcome.kind === 'ok' ? outputText(outcome.output).length : failureOutput(outcome).error.length;
}

function toolCharacters({ name, description, parameters }: ToolSpec): number {
  return name.length + description.length + jsonLength(parameters);
}
