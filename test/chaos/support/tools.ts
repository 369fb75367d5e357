import { setTimeout as delay } from 'node:timers/promises';
import { defineTool } from 'agentpar';
import type { ToolRow } from './ledgers.ts';
import { openLedger } from './ledgers.ts';

const note = openLedger<ToolRow>('tools.jsonl');
const NUMBERS = {
  type: 'object',
  properties: { a: { type: 'number' }, b: { type: 'number' } },
  required: ['a', 'b'],
} as const;

/** May be done once only. Something can happen before and after its effect, and it tells a secret. */
export const weather = defineTool({
  name: 'get_weather',
  description: 'The weather in a city.',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  policy: { effect: 'unsafe' },
  run: async ({ city }: { city: string }, { callKey, conversation }) => {
    await delay(Math.random() * 10);
    note({ tool: 'get_weather', effect: 'unsafe', callKey, conversation });
    await delay(Math.random() * 10);
    return `fine in ${city}, says ${process.env['CHAOS_TOKEN']}`;
  },
});

export const add = defineTool({
  name: 'add',
  description: 'Adds two numbers.',
  parameters: NUMBERS,
  policy: { effect: 'idempotent' },
  run: async ({ a, b }: { a: number; b: number }, { callKey, conversation }) => {
    await delay(Math.random() * 10);
    note({ tool: 'add', effect: 'idempotent', callKey, conversation });
    return a + b;
  },
});

/** In a process of its own, which must not outlive the program. */
export const multiply = defineTool({
  name: 'multiply',
  description: 'Multiplies two numbers.',
  parameters: NUMBERS,
  policy: { effect: 'idempotent', isolate: 'process' },
  run: async ({ a, b }: { a: number; b: number }, { callKey, conversation }) => {
    note({ tool: 'multiply', effect: 'idempotent', callKey, conversation });
    await delay(50);
    return a * b;
  },
});
