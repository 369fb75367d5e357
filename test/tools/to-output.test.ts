import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toOutput } from '../../src/tools/to-output.ts';
import { anyCharacter } from '../support/any-character.ts';

describe('What a tool returns', () => {
  it('comes through unchanged where it is JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: anyCharacter }), (value) => {
        const json = JSON.parse(JSON.stringify(value));
        expect(toOutput(json, 1e6)).toEqual(typeof json === 'string' ? json.toWellFormed() : json);
      }),
    );
  });

  it.each<[string, unknown, unknown]>([
    ['nothing', undefined, null],
    ['a bigint', 12n, '12'],
    ['not a number', Number.NaN, 'NaN'],
    ['a map', new Map([['a', new Map([['b', 1]])]]), { a: { b: 1 } }],
    ['a set', new Set([1, 2]), [1, 2]],
    ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['an error', { cause: new Error('no') }, { cause: { error: 'no' } }],
    ['a function', () => 1, null],
  ])('is %s that becomes JSON', (_what, value, output) => {
    expect(toOutput(typeof value === 'bigint' ? { value } : value, 1000)).toEqual(
      typeof value === 'bigint' ? { value: output } : output,
    );
  });

  it('may hold itself, and may hold the same thing twice', () => {
    const twice = { n: 1 };
    const value: Record<string, unknown> = { first: twice, second: twice };
    value['self'] = value;
    const map = new Map<string, unknown>();
    map.set('me', map);
    value['map'] = map;
    expect(toOutput(value, 1000)).toEqual({
      first: { n: 1 },
      second: { n: 1 },
      self: '[circular]',
      map: { me: '[circular]' },
    });
  });

  it('is cut to its size between characters, and says so', () => {
    expect(toOutput('é'.repeat(10), 5)).toBe('éé\n[cut: the first 5 of 20 bytes]');
    expect(toOutput({ text: 'x'.repeat(100) }, 10)).toBe('{"text":"x\n[cut: the first 10 of 111 bytes]');
    expect(toOutput('x'.repeat(10), 10)).toBe('x'.repeat(10));
  });

  it('that cannot be expressed is an error', () => {
    const hostile = {
      toJSON() {
        throw new Error('no way');
      },
    };
    expect(() => toOutput(hostile, 100)).toThrow('no way');
  });
});
