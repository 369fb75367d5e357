import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toOutput } from '../../src/tools/to-output.ts';
import { anyCharacter } from '../support/any-character.ts';

/** The journal keeps four times as much as the model is shown. */
function upTo(maxOutputBytes: number) {
  return { maxOutputBytes, maxJournalOutputBytes: 4 * maxOutputBytes };
}

describe('What a tool returns', () => {
  it('comes through unchanged where it is JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: anyCharacter }), (value) => {
        const json = JSON.parse(JSON.stringify(value));
        expect(toOutput(json, upTo(1e6)).shown).toEqual(typeof json === 'string' ? json.toWellFormed() : json);
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
    expect(toOutput(typeof value === 'bigint' ? { value } : value, upTo(1000)).shown).toEqual(
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
    expect(toOutput(value, upTo(1000)).shown).toEqual({
      first: { n: 1 },
      second: { n: 1 },
      self: '[circular]',
      map: { me: '[circular]' },
    });
  });

  it('is cut to its size between characters, and says so', () => {
    expect(toOutput('é'.repeat(10), upTo(5)).shown).toBe('éé\n[cut: the first 5 of 20 bytes]');
    expect(toOutput({ text: 'x'.repeat(100) }, upTo(10)).shown).toBe('{"text":"x\n[cut: the first 10 of 111 bytes]');
    expect(toOutput('x'.repeat(10), upTo(10)).shown).toBe('x'.repeat(10));
  });

  it('is kept in full where the model is shown a part, as far as that has a bound too', () => {
    const list = ['one', 'two', 'three'];
    expect(toOutput(list, upTo(10))).toEqual({
      shown: '["one","tw\n[cut: the first 10 of 21 bytes]',
      full: list,
    });
    const { full } = toOutput('x'.repeat(100), upTo(10));
    expect(full).toBe(`${'x'.repeat(40)}\n[cut: the first 40 of 100 bytes]`);
    expect(toOutput('x'.repeat(10), upTo(10))).toEqual({ shown: 'x'.repeat(10) });
    const less = { maxOutputBytes: 10, maxJournalOutputBytes: 5 };
    expect(Object.keys(toOutput('x'.repeat(100), less))).toEqual(['shown']);
  });

  it('that cannot be expressed is an error', () => {
    const hostile = {
      toJSON() {
        throw new Error('no way');
      },
    };
    expect(() => toOutput(hostile, upTo(100))).toThrow('no way');
  });
});
