import { setTimeout as delay } from 'node:timers/promises';
import { defineTool } from 'agentpar';

/** As long as `TOOL_MS` says, without any work. */
export const weather = defineTool({
  name: 'get_weather',
  description: 'The weather in a city.',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  policy: { effect: 'read' },
  run: async ({ city }: { city: string }, { signal }) => {
    await delay(Number(process.env['TOOL_MS'] ?? 50), undefined, { signal });
    return `fine in ${city}`;
  },
});
