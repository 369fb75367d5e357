import type { ToolSpec } from '../../contract/model.ts';
import type { Tool } from '../../contract/tool.ts';
import { defineTool, withChanges } from '../define-tool.ts';
import { MAX_NODES, RUN_PLAN } from './read-plan.ts';

/** What a model is told about plans. */
export const runPlanSpec: ToolSpec = {
  name: RUN_PLAN,
  description: [
    'Runs several tool calls as one plan. Use it when you know which calls you need, even where one needs the result of',
    'another, and need not see the results in between: it saves you turns. Each call starts as soon as what it needs is',
    'there.',
    'In "args", {"$call": "<id>", "path": "a.b[0]"} stands for the result of another call of the plan, or the part of it',
    `at "path" (leave it out for all of it); so does the text "$id" or "\${id.a.b[0]}" where it is the whole value.`,
    '"after" lists calls that must have succeeded before although their results are not used. "return" lists the calls',
    'whose results you want; without it you get those that no other call uses. If a call fails, those that need it are',
    'skipped and the others go on.',
    'Example: {"calls": [{"id": "user", "tool": "find_user", "args": {"name": "Ada"}}, {"id": "orders", "tool":',
    '"list_orders", "args": {"user_id": {"$call": "user", "path": "id"}}}, {"id": "total", "tool": "sum", "args":',
    `{"numbers": "\${orders.amounts}"}}], "return": ["total"]}`,
  ].join(' '),
  parameters: {
    type: 'object',
    properties: {
      calls: {
        type: 'array',
        minItems: 1,
        maxItems: MAX_NODES,
        description: 'The calls, each after those that it needs.',
        items: {
          type: 'object',
          properties: {
            id: { type: 'string', description: 'A short name of your choice, unique in the plan.' },
            tool: { type: 'string', description: 'The name of one of your other tools.' },
            args: { type: 'object', description: "That tool's arguments, with references to other calls." },
            after: { type: 'array', items: { type: 'string' }, description: 'Ids of calls to wait for.' },
          },
          required: ['id', 'tool', 'args'],
        },
      },
      return: { type: 'array', items: { type: 'string' }, description: 'Ids of the calls whose results you want.' },
    },
    required: ['calls'],
  },
};

/** Offers plans to the agents that have it. A turn runs the calls of a plan itself: this very object tells it to. */
export const runPlanTool: Tool = withChanges(
  defineTool({
    ...runPlanSpec,
    run: () => {
      throw new Error('A plan can only be run by a model, as a call of its turn. Call the tools of the plan instead.');
    },
  }),
  { source: 'built-in' },
);
