import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fillNames } from '../../src/input/fill-names.ts';

describe('filling in names', () => {
  test.for([
    ['{{a}}-{{ a }}-{{\ta}}', 'x-x-x'],
    ['{{n}} {{yes}} {{nothing}} {{list}} {{object}}', '1.5 true null [1,"b"] {"c":{}}'],
    ['{{{a}}} {{{{a}}}}', '{x} {{x}}'],
    ['{{two words}}', 'y'],
    ['{{again}}', '{{a}} $& $1'],
    ['\\{{a}} \\\\{{a}} \\{a}', '{{a}} \\{{a}} \\{a}'],
    ['{{ a\n}} {{ } }} {{a} }} { {a}} a}}', '{{ a\n}} {{ } }} {{a} }} { {a}} a}}'],
  ] as const)('makes of %j: %j', ([text, filled]) => {
    const vars = {
      a: 'x',
      n: 1.5,
      yes: true,
      nothing: null,
      list: [1, 'b'],
      object: { c: {} },
      'two words': 'y',
      again: '{{a}} $& $1',
    };
    expect(fillNames(text, vars, 1000)).toEqual({ ok: true, text: filled });
  });

  test('tells each unknown name once, with the line feeds before it; what objects inherit is no variable', () => {
    expect(fillNames('{{a}}\n{{toString}} {{b}}\n\n{{ b }} {{}}', { a: 1 }, 1000)).toEqual({
      ok: false,
      unknown: [
        { name: 'toString', linesDown: 1 },
        { name: 'b', linesDown: 1 },
        { name: '', linesDown: 3 },
      ],
    });
  });

  test('leaves alone whatever has its braces escaped', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('{', '}', 'a', ' ', '\n') }), (text) => {
        const escaped = text.replaceAll('{{', '\\{{');
        expect(fillNames(escaped, { a: 'never' }, 1000)).toEqual({ ok: true, text });
      }),
    );
  });

  test('takes no longer for a text that is all braces', () => {
    for (const part of ['{{', '{{ ', '{{ a', '\\{{', '{{a\n']) {
      const text = part.repeat(1_000_000);
      expect(fillNames(text, {}, 10_000_000).ok).toBe(true);
    }
  });
});
