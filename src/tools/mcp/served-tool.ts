import type { RecordedTools } from '../../contract/cassette.ts';
import type { JsonObject } from '../../contract/json.ts';
import type { CheckedArguments, Tool } from '../../contract/tool.ts';
import { defineTool } from '../define-tool.ts';
import { jsonSchemaCheck } from '../json-schema-check.ts';
import { checkableSchema } from './checkable-schema.ts';

/** A tool as a server offers it. */
type Served = RecordedTools['tools'][number];

/** A tool of a server, with what it takes to call it there. Its schema is told as it is, whatever is wrong with it. */
export function servedTool({ spec, effect, source }: Served, run: Tool['run']): Tool {
  const { name, description, parameters } = spec;
  const tool = defineTool<JsonObject>({ name, description, parameters: { type: 'object' }, policy: { effect }, run });
  let check: ((args: JsonObject) => CheckedArguments) | undefined;
  return {
    ...tool,
    spec,
    source,
    check: (args) => {
      check ??= jsonSchemaCheck(checkableSchema(parameters));
      return check(args);
    },
  };
}

/** The same when the server is not there: what comes of calls was recorded too. */
export function recordedTool(served: Served): Tool {
  return servedTool(served, () => {
    throw new Error('its server is not asked, since a recording is replayed');
  });
}
