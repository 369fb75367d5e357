import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyCharacter } from '../support/any-character.ts';
import { problemsOf, readAll } from './prompt-files.ts';

describe.concurrent('JSON Lines', () => {
  test('have an object of fields or a text on each line', async () => {
    const text = `
{"id":" first ","prompt":"Weather in {{ city }}?","system":"Speak {{language}}.","agent":"weather","model":"sim/offline",
"bare \\u00e9"
`.replace(
      'offline",\n',
      'offline","vars":{"city":"Oslo","language":"Norse"},"metadata":{"row":[1,null,{"deep":true}]}}\n\n',
    );
    expect(await readAll({ 'a.jsonl': text })).toEqual([
      {
        id: 'first',
        index: 0,
        text: 'Weather in Oslo?',
        system: 'Speak Norse.',
        agent: 'weather',
        model: 'sim/offline',
        metadata: { row: [1, null, { deep: true }] },
        source: { file: 'a.jsonl', line: 2 },
      },
      { id: 'p2', index: 1, text: 'bare é', source: { file: 'a.jsonl', line: 4 } },
    ]);
  });

  test('give back any fields they were written from', async () => {
    const text = fc.string({ unit: anyCharacter, maxLength: 30 }).filter((value) => /\S/.test(value));
    const plain = text.filter((value) => !value.includes('{{'));
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 10 })
      .filter((value) => !['__proto__', 'constructor', 'prototype'].includes(value));
    const entry = fc.record(
      {
        prompt: plain,
        system: plain,
        agent: plain.map((value) => value.trim()),
        metadata: fc.dictionary(name, fc.oneof(text, fc.boolean(), fc.maxSafeInteger(), fc.constant(null))),
      },
      { requiredKeys: ['prompt'] },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { minLength: 1, maxLength: 8 }), async (entries) => {
        const file = entries.map((fields) => `${JSON.stringify(fields)}\n`).join('');
        const read = await readAll({ 'a.jsonl': file });
        expect(read).toEqual(
          entries.map(({ prompt, ...rest }, index) => ({
            id: `p${index + 1}`,
            index,
            text: prompt,
            ...rest,
            source: { file: 'a.jsonl', line: index + 1 },
          })),
        );
      }),
      { numRuns: 100 },
    );
  });

  const deep = (levels: number) => `${'['.repeat(levels)}1${']'.repeat(levels)}`;

  test('may nest 64 levels and no more', async () => {
    const file = (levels: number) => ({ 'a.jsonl': `{"prompt":"a","vars":{"a":${deep(levels - 1)}}}` });
    expect(await problemsOf(file(64))).toEqual([]);
    expect(await problemsOf(file(65))).toEqual([
      'a.jsonl:1: Cannot use "vars": it nests deeper than 64 levels. Flatten it.',
    ]);
    expect(await problemsOf(file(100_000))).toHaveLength(1);
  });

  test.for([
    ['{"promt":"a"}', 'Cannot use the field "promt": there is no such field here. Did you mean "prompt"?'],
    ['{"promt":"a"}', 'Cannot use the entry: it has no "prompt". Give it one.'],
    [
      '{"prompt":"a","city":"Oslo"}',
      'Cannot use the field "city": there is no such field here. The fields are id, prompt, system, agent, model, vars, metadata, expect; variables go into "vars".',
    ],
    ['{"prompt":1}', 'Cannot use the field "prompt": it is a number, not a text. Write it in quotes: "1".'],
    [
      '{"prompt":"a","system":null}',
      'Cannot use the field "system": it is null, not a text. Leave it out or write a text in quotes.',
    ],
    [
      '{"prompt":"a","id":true}',
      'Cannot use the field "id": it is the word true, not a text. Write it in quotes: "true".',
    ],
    ['{"prompt":["a"]}', 'Cannot use the field "prompt": it is a list, not a text. Write a text in quotes.'],
    ['{"prompt":"a","vars":"b"}', 'Cannot use the field "vars": it is a text. Make it an object.'],
    ['{"prompt":"a","metadata":[]}', 'Cannot use the field "metadata": it is a list. Make it an object.'],
    ['{"prompt":"a","agent":" "}', 'Cannot use the field "agent": it is empty. Leave it out or name one.'],
    ['{"prompt":" \\t"}', 'Cannot use the prompt: it is empty. Write one, or take the entry out.'],
    ['{"prompt":"a","id":" "}', 'Cannot use the id "": it has 0 characters. An id has 1 to 64.'],
    ['{"prompt":"a","id":"b\\u0007"}', 'Cannot use the id "b\\u{7}": it holds a control character. Take it out.'],
    [
      '{"prompt":"a","vars":{"x":[{"__proto__":1}]}}',
      'Cannot use "vars.x.0.__proto__": keys named __proto__, constructor or prototype are refused. Rename it.',
    ],
    [
      '{"prompt":"a","metadata":{"constructor":1}}',
      'Cannot use "metadata.constructor": keys named __proto__, constructor or prototype are refused. Rename it.',
    ],
    ['{"prompt":"a","vars":{"x":1e999}}', 'Cannot use "vars.x": JSON has no such number. Write it in quotes.'],
    [
      '{"prompt":"a","vars":{"x":9007199254740993}}',
      'Cannot use "vars.x": the number has more digits than are kept when it is read. Write it in quotes.',
    ],
    ['7', 'Cannot use the entry: it is a number. Make it a text in quotes, or an object with a "prompt".'],
    [
      '{"prompt":"a"',
      `Cannot read the line as JSON: Expected ',' or '}' after property value in JSON at column 14. Write a whole object on each line, such as {"prompt": "Hello"}.`,
    ],
    ['[{"prompt":"a"},', 'Cannot read the line as an entry: it starts a JSON array.'],
    [
      '{"prompt":"{{ctiy}}","vars":{"city":1,"n":2}}',
      'Cannot fill in "{{ctiy}}": no variable is called that. Did you mean "city"? Known names: "city", "n". For literal braces write \\\\{{.',
    ],
    [
      '{"prompt":"a","system":"{{x}}"}',
      'Cannot fill in "{{x}}": the prompt has no variables. For literal braces write \\\\{{.',
    ],
  ] as const)('that are wrong are told with their line: %s', async ([line, problem]) => {
    const problems = await problemsOf({ 'a.jsonl': `"fine"\n\n${line}\n"fine"\n` });
    expect(problems).toContainEqual(expect.stringContaining(`a.jsonl:3: ${problem}`));
  });

  test('show nothing of a file in a message that a terminal would act on', async () => {
    const nasty = '\\u001b[31m\\u202e\\u009b';
    const problems = await problemsOf({
      'a.jsonl': `{"prompt":"a","${nasty}":1}\n{"prompt":"{{${nasty}}}"}\n\u001b[2J\n`,
    });
    expect(problems).toHaveLength(3);
    for (const problem of problems) expect(problem).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});
