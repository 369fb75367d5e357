import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { problemsOf, readAll } from './prompt-files.ts';

describe.concurrent('a text file in line mode', () => {
  test('has a prompt on each line, with comments and blank lines left out', async () => {
    const text = '# comment\n\nfirst\n  \n\\# not a comment\n  indented # stays\n#last\nend';
    expect(await placed(text)).toEqual([
      [3, 'first'],
      [5, '# not a comment'],
      [6, '  indented # stays'],
      [8, 'end'],
    ]);
  });

  test('gives back any lines it was written from', async () => {
    const prompt = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
      .filter((text) => /\S/.test(text) && !/[\n\r\0]|\{\{|^\ufeff|^[#\\]|^---$|^ {0,3}(```|~~~)/.test(text));
    await fc.assert(
      fc.asyncProperty(fc.array(prompt, { minLength: 1, maxLength: 10 }), fc.boolean(), async (prompts, windows) => {
        const ending = windows ? '\r\n' : '\n';
        expect((await placed(prompts.join(ending))).map(([, text]) => text)).toEqual(prompts);
      }),
      { numRuns: 50 },
    );
  });

  test('keeps fenced code whole, with the prompt directly above it', async () => {
    const text = 'Explain:\n```js\na\n\n# b\n---\n```\nnext\n\n~~~\nalone\n~~~\n';
    expect(await placed(text)).toEqual([
      [1, 'Explain:\n```js\na\n\n# b\n---\n```'],
      [8, 'next'],
      [10, '~~~\nalone\n~~~'],
    ]);
  });

  test('gives a prompt all the fences that follow each other', async () => {
    expect(await placed('Compare:\n```\na\n```\n```\nb\n```\nnext')).toEqual([
      [1, 'Compare:\n```\na\n```\n```\nb\n```'],
      [8, 'next'],
    ]);
  });

  test('takes code in running text for what it is', async () => {
    expect(await placed('```x``` is code\n    ```\n``\nend')).toHaveLength(4);
  });
});

describe.concurrent('a text file in block mode', () => {
  test('has a prompt between lines of ---, with headings and without blank lines around it', async () => {
    const text = '\n\n# Heading\n\ntext\n\n---\n\n---\n  second\n\t\n---\n\\---\n \\---\n--- \n';
    expect(await placed(text)).toEqual([
      [3, '# Heading\n\ntext'],
      [10, '  second'],
      [13, '---\n \\---\n--- '],
    ]);
  });

  test('is one if the only separator stands first or last', async () => {
    expect(await placed('---\na\nb\n')).toEqual([[2, 'a\nb']]);
    expect(await placed('a\nb\r\n---\r\n')).toEqual([[1, 'a\nb']]);
  });

  test.for([
    ['a longer closing fence', '```\n---\n`````\n'],
    ['a fence of tildes around backticks', '~~~ ```\n```\n---\n~~~\n'],
    ['a long fence around a short one', '`````\n```\n---\n```\n`````\n'],
    ['fences up to three spaces in', '   ```\n---\n  ``` \t\n'],
    ['a closing fence with words after it, which closes nothing', '```\n``` no\n---\n```\n'],
  ] as const)('is never split in fenced code: %s', async ([, code]) => {
    expect(await placed(`a\n${code}b\n---\nc`)).toEqual([
      [1, `a\n${code}b`],
      [code.split('\n').length + 3, 'c'],
    ]);
  });

  test('gives back any blocks it was written from', async () => {
    const line = fc.oneof(
      fc.constantFrom(
        '',
        '# heading',
        '- item',
        '--',
        '----',
        ' ---',
        '\\#',
        '    ```',
        '``',
        '```\n---\n\n```',
        '~~~~\n~~~\n---\n~~~~',
      ),
      fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => !/[\n\r\0\ufeff`~\\]|\{\{|^---$/.test(text)),
    );
    const block = fc
      .array(line, { minLength: 1, maxLength: 6 })
      .filter((lines) => /\S/.test(lines[0] ?? '') && /\S/.test(lines.at(-1) ?? ''))
      .map((lines) => lines.join('\n'));
    await fc.assert(
      fc.asyncProperty(fc.array(block, { minLength: 2, maxLength: 6 }), fc.nat({ max: 2 }), async (blocks, blank) => {
        const separator = `${'\n'.repeat(1 + blank)}---${'\n'.repeat(1 + blank)}`;
        const found = await placed(blocks.join(separator));
        expect(found.map(([, text]) => text)).toEqual(blocks);
        const lines = blocks.join(separator).split('\n');
        for (const [number, text] of found) expect(lines[number - 1]).toBe(text.split('\n')[0]);
      }),
      { numRuns: 100 },
    );
  });
});

describe.concurrent('what is wrong with a text file', () => {
  test.for([
    [
      'a name without variables',
      'a\nWeather in {{city}}?',
      /^a\.txt:2: Cannot fill in "\{\{city\}\}": a text file .* write \\\{\{\./,
    ],
    ['such a name within a block', 'a\n---\n\nb\n\n{{ x }}', /^a\.txt:6: Cannot fill in "\{\{ ?x ?\}\}"/],
    ['a fence that is never closed', 'a\n```\nb\n---\nc', /^a\.txt:2: Cannot find the end of the fenced code/],
    [
      'bytes that are not UTF-8',
      Buffer.from('a\n\xff', 'latin1'),
      /^a\.txt:2: Cannot read the line: it is not valid UTF-8/,
    ],
    ['nothing but comments', '# a\n\n', /^a\.txt: Cannot run anything: there is no prompt in it/],
  ] as const)('%s', async ([, text, expected]) => {
    expect(await problemsOf({ 'a.txt': text })).toEqual([expect.stringMatching(expected)]);
  });

  test('a block over 10 MiB, of which no more than that is kept', async () => {
    const text = `a\n---\n${`${'x'.repeat(100)}\n`.repeat(110 * 1024)}---\nb`;
    const problem =
      'a.txt:3: Cannot read the prompt that starts here: it is longer than 10 MiB. Split it with lines of ---, or raise --max-prompt.';
    expect(await problemsOf({ 'a.txt': text })).toEqual([problem]);
  });
});

test('braces after a backslash are literal in a text file', async () => {
  expect((await placed('\\{{x}} and \\{{ y }}')).map(([, text]) => text)).toEqual(['{{x}} and {{ y }}']);
});

async function placed(text: string): Promise<(readonly [line: number, text: string])[]> {
  return (await readAll({ 'a.txt': text })).map((prompt) => [prompt.source.line, prompt.text]);
}
