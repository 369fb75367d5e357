import type { JsonObject, JsonValue } from '../../contract/json.ts';
import { isList, isObject } from '../../contract/json.ts';
import type { BrainInput, OfferedTool } from '../brain/thought.ts';
import { checkNames } from './check-names.ts';
import { plainNames } from './plain-names.ts';
import { readContents } from './read-contents.ts';

/** A request for content that is in order. */
interface GeminiRequest {
  readonly maxTokens: number | undefined;
  readonly input: BrainInput;
}

type Read = { readonly ok: true; readonly request: GeminiRequest } | { readonly ok: false; readonly problem: string };

/** Reads a request body as strictly as the vendor does; a problem is the message of a 400. */
export function readGeminiRequest(body: JsonValue): Read {
  const read = readPlain(body);
  return read.ok ? read : readPlain(plainNames(body));
}

function readPlain(body: JsonValue): Read {
  if (!isObject(body)) return { ok: false, problem: 'Invalid JSON payload received. Expected an object.' };
  const generation = isObject(body['generationConfig']) ? body['generationConfig'] : {};
  const problem = checkNames(body, FIELDS, '') ?? checkNames(generation, GENERATION_FIELDS, 'generation_config');
  if (problem !== undefined) return { ok: false, problem };
  const type = generation['responseMimeType'] ?? 'text/plain';
  if (type !== 'text/plain')
    return { ok: false, problem: `JSON mode is not enabled for this model (${String(type)}).` };
  const { tools, problem: toolProblem } = readTools(body['tools']);
  if (toolProblem !== undefined) return { ok: false, problem: toolProblem };
  const { history, problem: contentProblem } = readContents(body['contents']);
  if (contentProblem !== undefined) return { ok: false, problem: contentProblem };
  const most = generation['maxOutputTokens'];
  return {
    ok: true,
    request: {
      maxTokens: typeof most === 'number' ? most : undefined,
      input: {
        instructions: instructionsOf(body['systemInstruction']),
        tools: chooseTools(tools, body['toolConfig']),
        history,
        mustCall: callingConfig(body['toolConfig'])?.['mode'] === 'ANY',
      },
    },
  };
}

const FIELDS = [
  'model',
  'contents',
  'systemInstruction',
  'tools',
  'toolConfig',
  'safetySettings',
  'generationConfig',
  'cachedContent',
  'labels',
  'serviceTier',
  'store',
];

const GENERATION_FIELDS = [
  'temperature',
  'topP',
  'topK',
  'candidateCount',
  'maxOutputTokens',
  'stopSequences',
  'responseLogprobs',
  'logprobs',
  'presencePenalty',
  'frequencyPenalty',
  'seed',
  'responseMimeType',
  'responseSchema',
  'responseJsonSchema',
  'responseModalities',
  'mediaResolution',
  'speechConfig',
  'thinkingConfig',
  'audioTranscriptionConfig',
  'imageConfig',
  'enableEnhancedCivicAnswers',
];

const DECLARATION_FIELDS = [
  'name',
  'description',
  'behavior',
  'parameters',
  'parametersJsonSchema',
  'response',
  'responseJsonSchema',
];

function readTools(tools: JsonValue | undefined): {
  readonly tools: readonly OfferedTool[];
  readonly problem?: string;
} {
  const read: OfferedTool[] = [];
  for (const [index, tool] of (isList(tools) ? tools : []).entries()) {
    const declarations = isObject(tool) ? tool['functionDeclarations'] : undefined;
    if (!isList(declarations)) {
      return { tools: [], problem: `tools[${index}]: the offline model only knows function_declarations.` };
    }
    for (const [place, declaration] of declarations.entries()) {
      const at = `tools[${index}].function_declarations[${place}]`;
      const problem = isObject(declaration) ? checkDeclaration(declaration, read, at) : `${at}: expected an object.`;
      if (problem !== undefined) return { tools: [], problem };
      if (isObject(declaration)) read.push(toOffered(declaration));
    }
  }
  return { tools: read };
}

function checkDeclaration(declaration: JsonObject, earlier: readonly OfferedTool[], at: string): string | undefined {
  const unknown = checkNames(declaration, DECLARATION_FIELDS, at);
  if (unknown !== undefined) return unknown;
  const { name } = declaration;
  if (typeof name !== 'string' || !/^[A-Za-z_][\w.:-]{0,127}$/.test(name)) {
    return (
      `* GenerateContentRequest.${at}.name: [FIELD_INVALID] Invalid function name. Must start with a letter or an ` +
      'underscore. Must be alphanumeric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a ' +
      'maximum length of 128.\n'
    );
  }
  if (earlier.some((tool) => tool.name === name)) return `Duplicate function declaration found: ${name}`;
  if (declaration['parameters'] !== undefined && declaration['parametersJsonSchema'] !== undefined) {
    return `* GenerateContentRequest.${at}: only one of parameters and parameters_json_schema may be set.\n`;
  }
  return undefined;
}

function toOffered(declaration: JsonObject): OfferedTool {
  const { name, description } = declaration;
  const parameters = declaration['parametersJsonSchema'] ?? declaration['parameters'];
  return {
    name: String(name),
    description: typeof description === 'string' ? description : '',
    parameters: isObject(parameters) ? parameters : {},
  };
}

function chooseTools(tools: readonly OfferedTool[], toolConfig: JsonValue | undefined): readonly OfferedTool[] {
  const config = callingConfig(toolConfig);
  if (!config) return tools;
  if (config['mode'] === 'NONE') return [];
  const names = config['allowedFunctionNames'];
  return isList(names) && names.length > 0 ? tools.filter(({ name }) => names.includes(name)) : tools;
}

function callingConfig(toolConfig: JsonValue | undefined): JsonObject | undefined {
  const config = isObject(toolConfig) ? toolConfig['functionCallingConfig'] : undefined;
  return isObject(config) ? config : undefined;
}

function instructionsOf(content: JsonValue | undefined): string {
  const parts = isObject(content) ? content['parts'] : undefined;
  const list = isList(parts) ? parts : [parts];
  return list.map((part) => (isObject(part) && typeof part['text'] === 'string' ? part['text'] : '')).join('\n');
}
