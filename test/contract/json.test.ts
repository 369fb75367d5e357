import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { JsonValue } from '../../src/contract/json.ts';
import { jsonLength } from '../../src/contract/json.ts';

describe('The length of a value as JSON text', () => {
  it('is that of the text where nothing in it has to be escaped', () => {
    const { json } = fc.letrec<{ json: JsonValue }>((tie) => ({
      json: fc.oneof(
        { maxDepth: 4 },
        fc.stringMatching(/^[A-Za-z0-9 ]{0,20}$/),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('json'), { maxLength: 4 }),
        fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), tie('json'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(fc.property(json, (value) => jsonLength(value) === JSON.stringify(value).length));
  });
});
