import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutOff } from '../../src/contract/cut-off.ts';
import { Redactor } from '../../src/report/redactor.ts';
import { fitOutputs } from '../../src/tools/to-output.ts';

function knowing(...secrets: readonly (readonly [name: string, value: string])[]): Redactor {
  const redactor = new Redactor();
  for (const [name, value] of secrets) redactor.add(name, value);
  return redactor;
}

const cutIn = (text: string, length: number) => fitOutputs([text], length);

const KEY = 'sk-"quoted" and/or\\50% + ü';

describe('The redactor', () => {
  it.each([
    ['as it is', KEY],
    ['as JSON writes it', JSON.stringify(KEY).slice(1, -1)],
    ['as JSON in JSON writes it', JSON.stringify(JSON.stringify({ key: KEY })).slice(12, -4)],
    ['as a URL writes it', encodeURIComponent(KEY)],
    ['as a form writes it', new URLSearchParams({ key: 'sk-a b/c&d=e' }).toString().slice(4)],
    ['in small hexadecimal letters', 'sk-%22quoted%22%20and%2for%5c50%25%20%2b%20%c3%bc'],
  ])('finds a secret %s', (_how, written) => {
    const redactor = knowing(['MY_KEY', KEY], ['FORM_KEY', 'sk-a b/c&d=e']);
    expect(redactor.text(`before ${written} after ${written}`)).toMatch(
      /^before \[(MY|FORM)_KEY\] after \[(MY|FORM)_KEY\]$/,
    );
  });

  it('finds each line of a key that has several, but no line that all such keys have', () => {
    const redactor = knowing([
      'PEM_KEY',
      '-----BEGIN KEY-----\nMIIEvQIBADANBgkq\r\nhkiG9w0BAQEFAASC\n-----END KEY-----\n',
    ]);
    expect(redactor.text('line hkiG9w0BAQEFAASC')).toBe('line [PEM_KEY]');
    expect(redactor.text('-----BEGIN KEY-----')).toBe('-----BEGIN KEY-----');
  });

  it.each([
    ['its text ends there', (text: string, length: number) => cutOff(text, length)],
    ['an output does', (text: string, length: number) => fitOutputs([text], length).join()],
    ['one does in JSON', (text: string, length: number) => JSON.stringify(fitOutputs([text], length))],
    ['one does in JSON in JSON', (text: string, length: number) => JSON.stringify(JSON.stringify(cutIn(text, length)))],
    ['an output that is an object does', (text: string, length: number) => fitOutputs([{ text }], length + 9).join()],
  ])('finds the beginning of a secret that was cut through where %s', (_where, cut) => {
    const redactor = knowing(['MY_KEY', KEY.replace('ü', 'u')]);
    for (let length = 4; length < KEY.length; length++) {
      const shown = redactor.text(cut(`before ${KEY.replace('ü', 'u')} after`, 'before '.length + length));
      expect(shown).toMatch(/before \[MY_KEY\](…|\\*\n?n?\[cut: )/);
    }
  });

  it('takes nothing for the beginning of a secret where nothing was cut off, or something else was', () => {
    const redactor = knowing(['MY_KEY', KEY]);
    for (const text of [KEY.slice(0, 12), `${KEY.slice(0, 12)} …`, `${KEY.slice(0, 3)}…`, `${KEY.slice(0, 5)}!…`]) {
      expect(redactor.text(text)).toBe(text);
    }
  });

  it('takes the longer of two secrets where one begins with the other, and the first name of a value', () => {
    const redactor = knowing(['SHORT_KEY', 'abcdefgh'], ['LONG_KEY', 'abcdefghijkl'], ['OTHER_KEY', 'abcdefgh']);
    expect(redactor.text('abcdefghijkl, abcdefgh')).toBe('[LONG_KEY], [SHORT_KEY]');
  });

  it('leaves short values alone, and everything where there is no secret', () => {
    expect(knowing(['PIN_TOKEN', '1234567']).text('1234567')).toBe('1234567');
    const event = { kind: 'notice', message: 'text' };
    expect(new Redactor().event(event)).toBe(event);
    expect(knowing(['MY_KEY', KEY]).event(event)).toBe(event);
  });

  it('leaves the words that events are told apart by, and looks everywhere else', () => {
    const redactor = knowing(['BAD_PASSWORD', 'conversation'], ['WORSE_PASSWORD', 'tool_end'], ['MY_KEY', KEY]);
    const event = {
      kind: 'tool_end',
      conversation: 'conversation',
      outcome: { kind: 'tool_end', code: 'conversation', output: { [KEY]: [1, { kind: KEY, code: [KEY] }] } },
    };
    expect(redactor.event(event)).toEqual({
      kind: 'tool_end',
      conversation: '[BAD_PASSWORD]',
      outcome: {
        kind: 'tool_end',
        code: 'conversation',
        output: { '[MY_KEY]': [1, { kind: '[MY_KEY]', code: ['[MY_KEY]'] }] },
      },
    });
  });

  it('leaves no secret in the JSON of any event, changes nothing else, and sets no prototype', () => {
    const secret = fc
      .string({ minLength: 8, maxLength: 12, unit: 'grapheme' })
      .filter((text) => text.trim() === text && text.length >= 8 && !/[\r\n\]]/.test(text));
    fc.assert(
      fc.property(secret, fc.jsonValue(), fc.string(), (value, json, text) => {
        const redactor = knowing(['THE_KEY', value]);
        const event = { kind: 'notice', message: text + value + text, json, inner: { [value]: JSON.stringify(value) } };
        const shown = redactor.event(event);
        expect(shown.message.split('[THE_KEY]').length).toBeGreaterThan(1);
        expect(redactor.event({ json }).json).toEqual(JSON.stringify(json).includes(value) ? expect.anything() : json);
        expect(Object.getPrototypeOf(shown)).toBe(Object.prototype);
        expect(Object.keys(shown.inner)).not.toContain(value);
      }),
    );
    const poisoned = knowing(['MY_KEY', KEY]).event(
      JSON.parse(`{"__proto__": {"a": ${JSON.stringify(KEY)}}}`) as object,
    );
    expect(Object.getPrototypeOf(poisoned)).toBe(Object.prototype);
    expect(JSON.stringify(poisoned)).toBe('{"__proto__":{"a":"[MY_KEY]"}}');
  });

  it('copes with nesting that is too deep for it', () => {
    const deep = (inner: string) => `${'['.repeat(2000)}${JSON.stringify(inner)}${']'.repeat(2000)}`;
    const event = { kind: 'notice', deep: JSON.parse(deep(KEY)) as unknown };
    expect(JSON.stringify(knowing(['MY_KEY', KEY]).event(event).deep)).toBe(deep('[MY_KEY]'));
  });
});
