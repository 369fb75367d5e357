import { expect, it } from 'vitest';
import { describeParameters } from '../../src/cli/describe-parameters.ts';

it('The arguments of a tool are described in a line', () => {
  const properties = {
    city: { type: 'string', description: 'Its name.' },
    days: { type: 'integer', minimum: 1 },
    unit: { enum: ['C', 'F', null] },
    tags: { type: 'array', items: { type: 'string' } },
    rest: { type: 'array' },
    either: { anyOf: [{ type: 'number' }, { const: 'all' }] },
    maybe: { type: ['string', 'null'] },
    free: true,
    named: { $ref: '#/$defs/thing' },
  };
  expect(describeParameters({ type: 'object', properties, required: ['city', 'tags'] })).toBe(
    'city: string, days?: integer, unit?: "C" | "F" | null, tags: list of string, rest?: list of any, ' +
      'either?: number | "all", maybe?: string | null, free?: any, named?: any',
  );
  expect(describeParameters({ type: 'object' })).toBe('');
});
