import type { JsonObject, JsonValue } from '../../../src/contract/json.ts';
import type { OfferedTool, PlannedCall } from '../../../src/sim/brain/thought.ts';

function numbers(...names: readonly string[]): JsonObject {
  return {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, { type: 'number' }])),
    required: [...names],
    additionalProperties: false,
  };
}

/** One tool per operation, each with its own idea of parameter names. */
export const MATH_TOOLS: readonly OfferedTool[] = [
  { name: 'sum_numbers', description: 'Adds two numbers.', parameters: numbers('a', 'b') },
  { name: 'subtract_numbers', description: 'Subtracts.', parameters: numbers('a', 'b') },
  { name: 'multiply_numbers', description: 'Multiplies.', parameters: numbers('x', 'y') },
  { name: 'divide_numbers', description: 'Divides.', parameters: numbers('dividend', 'divisor') },
  { name: 'power', description: 'Raises a base to an exponent.', parameters: numbers('base', 'exponent') },
  { name: 'square_root', description: 'The square root.', parameters: numbers('number') },
];

/** A tool that looks up weather. */
export const WEATHER_TOOL: OfferedTool = {
  name: 'get_weather',
  description: 'The current weather in a city.',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
};

/** Runs a call to one of these tools. */
export function runTool({ name, args }: PlannedCall): JsonValue {
  const [first = 0, second = 0] = Object.values(args).map(Number);
  switch (name) {
    case 'sum_numbers':
      return first + second;
    case 'subtract_numbers':
      return first - second;
    case 'multiply_numbers':
      return first * second;
    case 'divide_numbers':
      return second === 0 ? { error: 'cannot divide by zero' } : first / second;
    case 'power':
      return first ** second;
    case 'square_root':
      return Math.sqrt(first);
    case 'get_weather':
      return `${String(args['city']).length} °C`;
    default:
      return { error: `there is no tool ${name}` };
  }
}
