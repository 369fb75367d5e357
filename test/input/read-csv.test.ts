import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { problemsOf, readAll } from './prompt-files.ts';

describe.concurrent('comma-separated values', () => {
  test('have fields in the columns that are named so and variables in all others', async () => {
    const text = `\ufeffid, prompt ,city,agent,vars\r\na,"Weather in {{city}}, ""now""?",Oslo,weather,x\r\n,{{vars}},,, y \r\n,,,,\r\n`;
    expect(await readAll({ 'a.csv': text })).toEqual([
      { id: 'a', index: 0, text: 'Weather in Oslo, "now"?', agent: 'weather', source: { file: 'a.csv', line: 2 } },
      { id: 'p2', index: 1, text: ' y ', source: { file: 'a.csv', line: 3 } },
    ]);
  });

  test('give back any cells they were written from, each with its line', async () => {
    const cell = fc
      .string({ unit: fc.constantFrom('a', 'é', '𝄞', '"', ',', '\n', '\r\n', '\r', ' ', "'", ';'), maxLength: 12 })
      .filter((text) => /\S/.test(text));
    const rows = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(rows, fc.constantFrom('\n', '\r\n'), fc.nat({ max: 2 }), async (cells, ending, blank) => {
        const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
        const records = ['prompt,system', ...cells.map((row) => row.map(quoted).join(','))];
        const file = records.join(ending.repeat(1 + blank));
        let line = 1;
        const expected = cells.map(([text, system], index) => {
          line += (records[index]?.split('\n').length ?? 0) + blank;
          return { id: `p${index + 1}`, index, text, system, source: { file: 'a.csv', line } };
        });
        expect(await readAll({ 'a.csv': file })).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });

  test('keep their lines over many batches of rows', async () => {
    const rows = Array.from({ length: 5_000 }, (_, row) => `"row\r\n${row}",${'x'.repeat(row % 50)}\n\n`);
    const prompts = await readAll({ 'a.csv': `prompt,n\n${rows.join('')}` });
    expect(prompts.map(({ text, source }) => [text, source.line])).toEqual(
      rows.map((_, row) => [`row\r\n${row}`, 2 + 3 * row]),
    );
  });

  test.for([
    ['a row that is short', 'prompt,a\n\nb,1\nc\n', 4, 'Cannot use the row: it has 1 cell, and the header 2.'],
    ['a row that is long', 'prompt\na, b\n', 2, 'Cannot use the row: it has 2 cells, and the header 1.'],
    ['a row without a prompt', 'prompt,a\n"a\nb",1\n,2\n', 4, 'Cannot use the prompt: it is empty.'],
    ['a column twice', 'prompt,a, a\n', 1, 'Cannot use the column "a" twice: rename or delete one of the two.'],
    ['a column without a name', 'prompt,\n', 1, 'Cannot use column 2: it has no name.'],
    ['a column that reaches for a prototype', 'prompt,__proto__\n', 1, 'Cannot use the column "__proto__": this name'],
    [
      'a mistyped column',
      'id,Prompts\n',
      1,
      'Cannot find the prompts: no column is named "prompt". Rename the column "Prompts".',
    ],
    [
      'another separator',
      '\n\nid;prompt\n',
      3,
      'Cannot find the prompts: no column is named "prompt". Separate the columns with commas.',
    ],
    ['no header', 'What is 1 + 1?\n', 1, 'Cannot find the prompts: no column is named "prompt". Name the columns'],
    [
      'a quote never closed',
      'prompt\na\n\n"b\nc\nd\n',
      4,
      'Cannot read the row that starts here: a double quote is never closed.',
    ],
    [
      'a quote that is all there is',
      'prompt\n"',
      2,
      'Cannot read the row that starts here: a double quote is never closed.',
    ],
    [
      'a quote never closed after a cell that spans lines',
      'prompt\n\n",\r\n","\r',
      3,
      'Cannot read the row that starts here: a double quote is never closed.',
    ],
    [
      'a quote at the very end',
      'prompt\na\n"',
      3,
      'Cannot read the row that starts here: a double quote is never closed.',
    ],
    [
      'text after a quote',
      'prompt\n"a\r\nb"\r\n"c"d\r\n',
      4,
      'Cannot read the row that starts here: text follows a closing',
    ],
    [
      'a quote within a cell',
      'prompt\nsay "a"\n',
      2,
      'Cannot read the row that starts here: there is a double quote inside a cell.',
    ],
    [
      'an unknown name',
      'prompt,city\n{{town}},Oslo\n',
      2,
      'Cannot fill in "{{town}}": no variable is called that. Known names: "city".',
    ],
    ['a bad id', `prompt,id\na,${'x'.repeat(65)}\n`, 2, 'Cannot use the id "xxx'],
    [
      'bytes that are not UTF-8',
      Buffer.from('prompt\na\n\xe9\n', 'latin1'),
      3,
      'Cannot read the line: it is not valid UTF-8.',
    ],
  ] as const)('that are wrong are told with their line: %s', async ([, text, line, problem]) => {
    expect(await problemsOf({ 'a.csv': text })).toEqual([expect.stringContaining(`a.csv:${line}: ${problem}`)]);
  });

  test('say where a quote was forgotten in a file that is longer than a row may be', async () => {
    const text = `prompt\n${'fine\n'.repeat(3_000)}"forgotten\n${`${'more '.repeat(20)}\n`.repeat(110 * 1024)}`;
    const problem =
      'a.csv:3002: Cannot read the row that starts here: it is longer than 10 MiB. Close its double quote, split it, or raise --max-prompt.';
    expect(await problemsOf({ 'a.csv': text })).toEqual([problem]);
  });
});
