import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Tool } from '../../contract/tool.ts';
import { defineTool } from '../define-tool.ts';

const SKIES = ['sunny', 'partly cloudy', 'overcast', 'windy', 'foggy'];
const WARM_SKIES = [...SKIES, 'light rain', 'heavy rain'];
const COLD_SKIES = [...SKIES, 'light snow', 'heavy snow'];

/** A sample tool that takes a second, as a remote service might, and says that its weather is made up. */
export const weatherTool: Tool = defineTool({
  name: 'get_weather',
  description: 'The current weather in a city. A sample: it takes a second and its weather is made up.',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string', minLength: 1, description: 'The name of the city.' } },
    required: ['city'],
    additionalProperties: false,
  },
  policy: { effect: 'read' },
  run: async ({ city }: { city: string }, { signal }) => {
    await delay(1000, undefined, { signal });
    const [warmth = 0, sky = 0] = createHash('sha256').update(city.trim().toLowerCase()).digest();
    const celsius = (warmth % 36) - 5;
    const skies = celsius > 1 ? WARM_SKIES : COLD_SKIES;
    return `${celsius} °C, ${skies[sky % skies.length]} (made up)`;
  },
});
