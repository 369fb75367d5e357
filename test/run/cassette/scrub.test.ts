import { describe, expect, it } from 'vitest';
import { Redactor } from '../../../src/report/redactor.ts';
import { Scrubber } from '../../../src/report/scrubber.ts';
import { scrubRecord } from '../../../src/run/cassette/scrub.ts';
import { asking, called, exchange, replayOf } from './support.ts';

const SECRET = 'hunter2-"hunter2"';
const redactor = new Redactor();
redactor.add('MY_KEY', SECRET);
const scrub = new Scrubber(redactor);

/** The pieces of an answer as one of the vendors streams them. */
function stream(...pieces: readonly string[]): string {
  return pieces
    .map((delta) => `event: delta\ndata: ${JSON.stringify({ type: 'delta', output_index: 0, delta })}\n\n`)
    .join('');
}

function scrubbed(...body: readonly string[]): readonly string[] {
  const recorded = exchange(asking('one'), '', { body: body.map((text, index) => [index, text]) });
  const record = scrubRecord(recorded, scrub);
  return record.kind === 'exchange' ? record.body.map(([, text]) => text) : [];
}

describe('What is recorded', () => {
  it('has no secret in a request, a response, an error, or a call', () => {
    const body = JSON.stringify({ error: { message: `Incorrect API key: ${SECRET}` } });
    const end = { how: 'failed', atMs: 1, message: `refused ${SECRET}` } as const;
    const records = [
      exchange(asking(`It is ${SECRET}.`), '', { body: [[1, body]], end }),
      called('', { arguments: { [SECRET]: [SECRET] }, outcome: { kind: 'ok', output: { said: SECRET } } }),
      called('', { outcome: { kind: 'failed', code: 'threw', message: SECRET } }),
    ];
    const text = JSON.stringify(records.map((record) => scrubRecord(record, scrub)));
    expect(text).not.toContain('hunter2');
    expect(text.match(/\[MY_KEY\]/g)).toHaveLength(7);
  });

  it('has none that is spread over the pieces of a stream', () => {
    const [first = '', second = ''] = scrubbed(stream('It is hunt', 'er2-"'), stream('hunter2', '", really'));
    expect(first).toBe(stream('It is [MY_KEY], really', ''));
    expect(second).toBe(stream('', ''));
  });

  it('keeps texts apart that only alternate', () => {
    const other = `data: ${JSON.stringify({ output_index: 1, delta: 'er2-"hunter2"' })}\n\n`;
    expect(scrubbed(stream('hunt'), other)).toEqual([stream('hunt'), other]);
  });

  it('stays as it was to the byte where there is no secret, whatever it is', () => {
    const odd = ['data:  {"a" : 1}\r\n\r\n', ': comment\n\ndata: [DONE]\n\n', 'data: {"half', '{"plain": true}'];
    expect(scrubbed(...odd)).toEqual(odd);
  });

  it.each([
    'org-AbCdEfGh1234567890',
    'proj_AbCdEfGh1234567890',
    'sk-proj-AbCd_EfGh-12345678901234567890',
    `AIza${'Sy'.repeat(17)}D`,
  ])('has nothing that looks like a vendor’s key or organisation: %s', (value) => {
    expect(scrub.text(`Rate limit reached in ${value} on requests`)).toMatch(
      /^Rate limit reached in \[\w+\] on requests$/,
    );
    expect(scrub.text(scrub.text(value))).toBe(scrub.text(value));
  });

  it.each(['task-force-of-many-people-2026', 'cyborg-Abc123Abc123Abc123', 'sk-learn-is-a-library-of-tools'])(
    'keeps words that are no key: %s',
    (words) => {
      expect(scrub.text(words)).toBe(words);
    },
  );

  it('is found again by whoever asks with the secret itself', async () => {
    using tape = await replayOf(
      [exchange(asking(`It is ${SECRET}.`), 'first'), called('tea', { arguments: { with: SECRET } })],
      scrub,
    );
    expect(tape.answer(asking(`It is ${SECRET}.`))).toContain('first');
    expect(tape.call({ arguments: { with: SECRET } })).toEqual({ kind: 'ok', output: 'tea' });
  });
});
