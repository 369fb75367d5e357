import type { JsonObject, JsonValue } from '../contract/json.ts';
import { isList, isObject } from '../contract/json.ts';
import type { OfferedTool } from './brain/thought.ts';
import type { OpenAiProblem } from './openai-error.ts';
import type { Fields } from './openai-fields.ts';
import { checkFields, checkRequired, wrongType, wrongValue } from './openai-fields.ts';

/** How a function tool stands in a request: inside of another object in Chat Completions, by itself in Responses. */
type ToolForm = 'nested' | 'flat';

/** The function tools of a request, or what is wrong with them. */
export function readTools(
  tools: JsonValue | undefined,
  form: ToolForm,
): { readonly tools: readonly OfferedTool[]; readonly problem?: OpenAiProblem } {
  const read: OfferedTool[] = [];
  for (const [index, tool] of (isList(tools) ? tools : []).entries()) {
    const at = `tools[${index}]`;
    if (!isObject(tool)) return { tools: [], problem: wrongType(at, 'object', tool) };
    if (tool['type'] !== 'function') return { tools: [], problem: checkType(tool, at) };
    const nested = form === 'nested';
    const problem = nested ? checkRequired(tool, ['function'], `${at}.`) : undefined;
    if (problem) return { tools: [], problem };
    const definition = nested ? tool['function'] : tool;
    if (!isObject(definition)) return { tools: [], problem: wrongType(`${at}.function`, 'object', definition ?? null) };
    const wrong = checkFunction(definition, nested ? `${at}.function` : at, FUNCTION_FIELDS[form]);
    if (wrong) return { tools: [], problem: wrong };
    read.push(toOffered(definition));
  }
  return { tools: read };
}

/** What is wrong with `tool_choice` for these tools. */
export function checkToolChoice(
  choice: JsonValue | undefined,
  tools: readonly OfferedTool[],
): OpenAiProblem | undefined {
  if (choice === undefined || choice === null) return undefined;
  if (typeof choice === 'string') {
    if (!['none', 'auto', 'required'].includes(choice)) {
      return wrongValue('tool_choice', choice, ['none', 'auto', 'required']);
    }
    if (choice !== 'required' || tools.length > 0) return undefined;
    return { message: "Tool choice 'required' must be specified with 'tools' parameter.", param: 'tool_choice' };
  }
  if (!isObject(choice)) return wrongType('tool_choice', 'object', choice);
  const names = chosenNames(choice);
  const unknown = names?.find((name) => !tools.some((tool) => tool.name === name));
  if (unknown === undefined) return undefined;
  return { message: "Tool choice 'function' not found in 'tools' parameter.", param: 'tool_choice' };
}

/** The tools that `tool_choice` leaves. */
export function chooseTools(tools: readonly OfferedTool[], choice: JsonValue | undefined): readonly OfferedTool[] {
  if (choice === 'none') return [];
  const names = isObject(choice) ? chosenNames(choice) : undefined;
  return names ? tools.filter(({ name }) => names.includes(name)) : tools;
}

/** Whether `tool_choice` insists on a call. */
export function insistsOnCall(choice: JsonValue | undefined): boolean {
  if (!isObject(choice)) return choice === 'required';
  const allowed = isObject(choice['allowed_tools']) ? choice['allowed_tools'] : choice;
  return choice['type'] === 'function' || allowed['mode'] === 'required';
}

/** In all forms: `{type: function, name}`, `{type: function, function: {name}}`, and lists of allowed tools. */
function chosenNames(choice: JsonObject): readonly string[] | undefined {
  const own = nameOf(choice);
  if (choice['type'] === 'function') return own === undefined ? undefined : [own];
  const allowed = isObject(choice['allowed_tools']) ? choice['allowed_tools'] : choice;
  const list = allowed['tools'];
  return isList(list) ? list.filter(isObject).flatMap((tool) => nameOf(tool) ?? []) : undefined;
}

function nameOf(tool: JsonObject): string | undefined {
  const definition = isObject(tool['function']) ? tool['function'] : tool;
  return typeof definition['name'] === 'string' ? definition['name'] : undefined;
}

const FUNCTION_FIELDS: Readonly<Record<ToolForm, Fields>> = {
  nested: { name: 'string', description: 'string?', parameters: 'object?', strict: 'boolean?' },
  flat: {
    type: 'string',
    name: 'string',
    description: 'string?',
    parameters: 'object?',
    strict: 'boolean?',
    async: 'boolean?',
    allowed_callers: 'array?',
    defer_loading: 'boolean?',
    output_schema: 'object?',
  },
};

function checkType(tool: JsonObject, at: string): OpenAiProblem {
  return (
    checkRequired(tool, ['type'], `${at}.`) ?? {
      message: `Cannot use a tool of type '${String(tool['type'])}': the offline model only knows 'function'.`,
      param: `${at}.type`,
      code: 'invalid_value',
    }
  );
}

function checkFunction(definition: JsonObject, at: string, fields: Fields): OpenAiProblem | undefined {
  const shape = checkRequired(definition, ['name'], `${at}.`) ?? checkFields(definition, fields, `${at}.`);
  if (shape) return shape;
  const name = String(definition['name']);
  if (name === '' || !/^[a-zA-Z0-9_-]+$/.test(name)) {
    return {
      message: `Invalid '${at}.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.`,
      param: `${at}.name`,
      code: 'invalid_value',
    };
  }
  if (name.length > 64) return tooLong(`${at}.name`, 64, name.length);
  return checkSchema(definition, name, `${at}.parameters`);
}

/** A text that is longer than allowed. */
export function tooLong(param: string, maximum: number, length: number): OpenAiProblem {
  return {
    message: `Invalid '${param}': string too long. Expected a string with maximum length ${maximum}, but got a string with length ${length} instead.`,
    param,
    code: 'string_above_max_length',
  };
}

function checkSchema(definition: JsonObject, name: string, param: string): OpenAiProblem | undefined {
  const schema = definition['parameters'];
  if (!isObject(schema)) return undefined;
  const invalid = (message: string): OpenAiProblem => ({
    message: `Invalid schema for function '${name}': ${message}`,
    param,
    code: 'invalid_function_parameters',
  });
  if (schema['type'] !== 'object') {
    const got = schema['type'] === undefined ? 'None' : String(schema['type']);
    return invalid(`schema must be a JSON Schema of 'type: "object"', got 'type: "${got}"'.`);
  }
  if (definition['strict'] !== true) return undefined;
  if (schema['additionalProperties'] !== false) {
    return invalid("In context=(), 'additionalProperties' is required to be supplied and to be false.");
  }
  const required = schema['required'];
  const properties = isObject(schema['properties']) ? Object.keys(schema['properties']) : [];
  const missing = properties.find((property) => !(isList(required) && required.includes(property)));
  if (missing === undefined) return undefined;
  return invalid(
    `In context=(), 'required' is required to be supplied and to be an array including every key in properties. Missing '${missing}'.`,
  );
}

function toOffered(definition: JsonObject): OfferedTool {
  const parameters = definition['parameters'];
  return {
    name: String(definition['name']),
    description: typeof definition['description'] === 'string' ? definition['description'] : '',
    parameters: isObject(parameters) ? parameters : {},
  };
}
