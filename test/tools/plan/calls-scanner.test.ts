import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CallsScanner } from '../../../src/tools/plan/calls-scanner.ts';
import { cut } from './support/plans.ts';

/** What a scanner finds in a text that comes in pieces. */
function scan(pieces: readonly string[]): readonly string[] {
  const scanner = new CallsScanner();
  return pieces.flatMap((piece) => scanner.push(piece));
}

const anyCut = fc.array(fc.nat(), { maxLength: 30 });
const key = fc.oneof(fc.constantFrom('calls', 'return', 'a"b', '\\', '{', '[', 'calls"'), fc.string());
const object = fc.dictionary(key, fc.jsonValue(), { maxKeys: 4 });
const calls = fc.array(object, { maxLength: 4 });
const indent = fc.constantFrom(undefined, 1, '\t');

describe('The scanner of a plan that is being written', () => {
  it('finds exactly the elements of calls, whatever is around them and however the text is cut', () => {
    fc.assert(
      fc.property(object, calls, fc.boolean(), indent, anyCut, (rest, list, isFirst, space, cuts) => {
        const { calls: _, ...others } = rest;
        const text = JSON.stringify(isFirst ? { calls: list, ...others } : { ...others, calls: list }, null, space);
        expect(scan(cut(text, cuts)).map((found) => JSON.parse(found))).toEqual(JSON.parse(text).calls);
      }),
      { numRuns: 500 },
    );
  });

  it('finds each element with its last character, not later', () => {
    const text = '{"return":["b"],"calls":[{"id":"a","args":{"x":"}]"}},{"id":"b"}]}';
    const found = new Map<number, string>();
    const scanner = new CallsScanner();
    for (const [at, character] of [...text].entries()) {
      for (const element of scanner.push(character)) found.set(at, element);
    }
    expect([...found]).toEqual([
      [text.indexOf(',{"id":"b"') - 1, '{"id":"a","args":{"x":"}]"}}'],
      [text.indexOf(']}', text.indexOf('"b"}')) - 1, '{"id":"b"}'],
    ]);
  });

  it('knows the key however it is escaped', () => {
    expect(scan(['{"c\\u0061lls":[{}]}'])).toEqual(['{}']);
  });

  it.each([
    ['a list that is not the outermost object’s', '{"x":{"calls":[{}]}}'],
    ['a list of that name as a value', '{"x":"calls","y":[{}]}'],
    ['something else of that name', '{"calls":{"x":[{}]}}'],
    ['an outermost list', '["calls",[{}]]'],
  ])('finds nothing in %s', (_what, text) => {
    expect(scan([text])).toEqual([]);
  });

  it.each(['1', '"{}"', '[{}]', 'null'])('stops at an element that is no object: %s', (element) => {
    expect(scan([`{"calls":[{"a":1},${element},{"b":2}]}`])).toEqual(['{"a":1}']);
  });

  it('takes any text at all without failing', () => {
    const token = fc.constantFrom('{', '}', '[', ']', '"', '\\', ',', ':', ' ', '"calls":[', 'x');
    fc.assert(
      fc.property(fc.array(token), (tokens) => {
        expect(() => scan(tokens)).not.toThrow();
        expect(scan(tokens)).toEqual(scan([tokens.join('')]));
      }),
      { numRuns: 500 },
    );
  });
});
