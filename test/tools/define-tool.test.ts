import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { z as mini } from 'zod/mini';
import { defineTool } from '../../src/tools/define-tool.ts';

const plain = { name: 'x', description: '', parameters: { type: 'object' }, run: () => null };

function withProperty(x: unknown) {
  return { ...plain, parameters: { type: 'object', properties: { x } } };
}

describe('A tool', () => {
  it('takes its parameters from a schema library, and runs with what the library makes of them', async () => {
    const tool = defineTool({
      name: 'trim',
      description: '',
      parameters: z.object({ text: z.string().trim(), times: z.number().default(2) }),
      run: ({ text, times }) => text.repeat(times),
    });
    expect(tool.spec.parameters).toMatchObject({ type: 'object', properties: { text: { type: 'string' } } });
    expect(tool.spec.parameters).not.toHaveProperty('$schema');
    expect(await tool.check({ text: ' a ' })).toEqual({ ok: true, args: { text: 'a', times: 2 } });
    expect(await tool.check({ text: 1 })).toMatchObject({ ok: false, problem: expect.stringContaining('text: ') });
  });

  it('takes its parameters from plain JSON Schema', async () => {
    const tool = defineTool({
      ...plain,
      parameters: {
        type: 'object',
        properties: { city: { type: 'string', minLength: 1 }, days: { type: 'array', items: { type: 'number' } } },
        required: ['city'],
        additionalProperties: false,
      },
    });
    expect(await tool.check({ city: 'Oslo' })).toEqual({ ok: true, args: { city: 'Oslo' } });
    expect(await tool.check({ city: '', days: ['x'], more: 1 })).toMatchObject({ ok: false });
    const { problem } = (await tool.check({ days: [1, 'x'] })) as { problem: string };
    expect(problem).toContain('city');
    expect(problem).toContain('days.1');
    expect(await tool.check({ city: 'Oslo', more: 1 })).toEqual({
      ok: false,
      problem: 'more: There is no such argument.',
    });
  });

  it.each([
    ['a name that vendors refuse', { ...plain, name: 'my tool' }, 'its name must be'],
    ['no run function', { ...plain, run: undefined }, 'no run function'],
    ['a schema that is not of an object', { ...plain, parameters: { type: 'string' } }, 'schema of an object'],
    ['a type that there is not', withProperty({ type: 'int' }), 'properties.x has the type "int"'],
    [
      '"required" in the wrong place',
      withProperty({ type: 'string', required: true }),
      'properties.x has a "required"',
    ],
    ['a pattern that is none', withProperty({ type: 'string', pattern: '(' }), 'no regular expression'],
    [
      'a list of nonsense',
      withProperty({ type: 'array', items: { type: 'str' } }),
      'properties.x.items has the type "str"',
    ],
    ['a text in the place of a schema', withProperty('string'), 'properties.x is no schema'],
    ['a choice that is no list', withProperty({ anyOf: { type: 'string' } }), '"anyOf" that is no list'],
    ['a schema library that gives no JSON Schema', { ...plain, parameters: mini.object({}) }, 'gives no JSON Schema'],
    ['an effect that there is not', { ...plain, policy: { effect: 'magic' } }, 'its effect must be one of'],
    ['a timeout that is no time', { ...plain, policy: { timeoutMs: 0 } }, 'timeoutMs'],
  ])('with %s is refused where it is defined', (_what, definition, message) => {
    expect(() => defineTool(definition as never)).toThrow(message);
  });
});
