import { messageOf } from '../contract/errors.ts';
import type { JsonObject, JsonValue } from '../contract/json.ts';
import type { CheckedArguments, Tool, ToolContext, ToolPolicy } from '../contract/tool.ts';
import { policyProblems } from './policy-problems.ts';
import { schemaProblem } from './schema-problem.ts';
import type { StandardSchema } from './standard-schema.ts';
import { describeIssues, isStandardSchema, toJsonSchema } from './standard-schema.ts';

interface ToolBasics {
  /** Matches `^[A-Za-z_][A-Za-z0-9_-]{0,63}$`. */
  readonly name: string;
  /** What the model is told it is for. */
  readonly description: string;
  /** Default: `{ effect: 'unsafe' }`. */
  readonly policy?: Partial<ToolPolicy>;
}

/** A tool whose arguments are described by a schema library: `run` gets what the library makes of them. */
export interface SchemaToolDefinition<Output> extends ToolBasics {
  readonly parameters: StandardSchema<unknown, Output>;
  readonly run: (args: Output, context: ToolContext) => unknown;
}

/** A tool whose arguments are described by plain JSON Schema (draft 2020-12, type `object`). */
export interface PlainToolDefinition<Args> extends ToolBasics {
  readonly parameters: JsonObject;
  readonly run: (args: Args, context: ToolContext) => unknown;
}

const TOOL = Symbol.for('agentpar.tool');
const NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;

/**
 * Makes a tool. Arguments are checked against `parameters` before `run` sees them; what `run` returns, throws or rejects
 * with becomes the call's outcome.
 *
 * @throws {TypeError} if the name, the schema or the policy cannot be used
 */
export function defineTool<Output>(definition: SchemaToolDefinition<Output>): Tool;
export function defineTool<Args = Record<string, JsonValue>>(definition: PlainToolDefinition<Args>): Tool;
export function defineTool<Args>(definition: SchemaToolDefinition<Args> | PlainToolDefinition<Args>): Tool {
  const { name, description, parameters, run } = definition;
  const fail = (problem: string) => new TypeError(`Cannot define tool ${JSON.stringify(name)}: ${problem}`);
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw fail('its name must be 1 to 64 letters, digits, "_" or "-", and not start with a digit or "-".');
  }
  if (typeof description !== 'string') throw fail('it has no description.');
  if (typeof run !== 'function') throw fail('it has no run function.');
  const policy: ToolPolicy = { effect: 'unsafe', ...definition.policy };
  const [problem] = policyProblems(policy);
  if (problem !== undefined) throw fail(`${problem}.`);
  const schema = jsonSchemaOf(parameters, fail);
  const tool = {
    [TOOL]: true,
    spec: { name, description, parameters: schema },
    policy,
    check: isStandardSchema(parameters) ? checkWith(parameters) : checkAgainst(schema),
    run: run as Tool['run'],
  };
  return tool;
}

/** Whether a value was made by `defineTool`, by this copy of the package or another. */
export function isTool(value: unknown): value is Tool {
  return typeof value === 'object' && value !== null && TOOL in value;
}

/** The same tool from another place, or run another way. */
export function withChanges(tool: Tool, changes: Partial<Pick<Tool, 'policy' | 'source'>>): Tool {
  const { spec, policy, source } = tool;
  const changed = {
    [TOOL]: true,
    spec,
    policy,
    ...(source === undefined ? {} : { source }),
    check: (args: JsonObject) => tool.check(args),
    run: (args: unknown, context: ToolContext) => tool.run(args, context),
    ...changes,
  };
  return changed;
}

function jsonSchemaOf(parameters: unknown, fail: (problem: string) => TypeError): JsonObject {
  let schema: JsonObject;
  try {
    schema = isStandardSchema(parameters) ? toJsonSchema(parameters) : (parameters as JsonObject);
  } catch (error) {
    throw fail(messageOf(error));
  }
  if (typeof schema !== 'object' || schema === null || schema['type'] !== 'object') {
    throw fail('its parameters must be a schema of an object, such as { type: "object", properties: { … } }.');
  }
  const problem = schemaProblem(schema);
  if (problem !== undefined) throw fail(`its parameters are no JSON Schema: ${problem}.`);
  return schema;
}

function checkWith(schema: StandardSchema): Tool['check'] {
  return async (args) => {
    const result = await schema['~standard'].validate(args);
    return result.issues ? { ok: false, problem: describeIssues(result.issues) } : { ok: true, args: result.value };
  };
}

/** The validator is loaded and made at the first call: most tools of a run are never called. */
function checkAgainst(schema: JsonObject): Tool['check'] {
  let validate: ((args: JsonObject) => CheckedArguments) | undefined;
  const load = async () => {
    const { jsonSchemaCheck } = await import('./json-schema-check.ts');
    validate = jsonSchemaCheck(schema);
    return validate;
  };
  return (args) => (validate ? validate(args) : load().then((loaded) => loaded(args)));
}
