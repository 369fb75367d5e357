import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printAnswers } from '../../src/report/answers.ts';
import type { ResultRow } from '../../src/report/result-row.ts';
import { createTheme } from '../../src/report/theme.ts';
import { checkAnswersPath, writeAnswers } from '../../src/report/write-answers.ts';
import { hostileIn, hostileText } from './support/hostile-text.ts';
import { row, stream } from './support/rows.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';

describe('printed answers', () => {
  it('stand under their ids, with the status where it is not done', async () => {
    const rows = [
      row({ id: 'p1', answer: 'It rains.\n\nTake a coat.\n' }),
      row({ id: 'p2', status: 'failed', answer: '', error: 'The server is down.' }),
      row({ id: 'p3', status: 'truncated', answer: 'It r' }),
      row({ id: 'p4', answer: '' }),
      row({ id: 'p5', answer: 'Sun.', missed: [{ what: 'contains', problem: 'the answer does not contain "rain"' }] }),
    ];
    expect(await printed(rows)).toBe(
      [
        'p1\n  It rains.\n\n  Take a coat.\n',
        'p2  failed: The server is down.\n',
        'p3  truncated\n  It r\n',
        'p4\n  (empty)\n',
        'p5\n  missed contains: the answer does not contain "rain"\n  Sun.\n',
      ].join('\n'),
    );
  });

  it('cannot pass for another one, nor reach the terminal', async () => {
    expect(await printed([row({ answer: 'a\n\np2\n  forged\u001b[2J\u202e' })])).toBe(
      'p1\n  a\n\n  p2\n    forged\\u{1b}[2J\\u{202e}\n',
    );
    await fc.assert(
      fc.asyncProperty(hostileText, hostileText, async (id, answer) => {
        const text = await printed([
          row({ id: `i${id}`, answer }),
          row({ id: 'p2', answer, status: 'failed', error: id }),
        ]);
        expect(hostileIn(text, '\n\t')).toEqual([]);
        expect(text.split('\n').filter((line) => /^[^ ]/.test(line)).length).toBe(2);
      }),
    );
  });
});

describe('answers as CSV', () => {
  it('are read back as they were', async () => {
    const answer = 'He said "4 °C",\nthen; left.';
    const [cells] = await csvOf([row({ answer, metadata: { topic: 'a,b' }, error: null })]);
    expect(cells).toMatchObject({ id: 'p1', status: 'done', answer, input_tokens: '210', metadata: '{"topic":"a,b"}' });
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\rx', ' =1', '\u200b=1', '\ufeff \u00a0=1', '\n=1', '＝1'])(
    'never begin a cell with the formula %j',
    async (answer) => {
      const [cells] = await csvOf([row({ id: answer, answer, error: answer })]);
      expect(cells).toMatchObject({ id: `'${answer}`, answer: `'${answer}`, error: `'${answer}` });
    },
  );

  it('keep any text in its own cell', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          hostileText.map((text) => text.toWellFormed()),
          { minLength: 1, maxLength: 3 },
        ),
        async (answers) => {
          const cells = await csvOf(answers.map((answer) => row({ answer })));
          expect(cells.map(({ answer }) => answer?.replace(/^'/, ''))).toEqual(
            answers.map((text) => text.replace(/^'/, '')),
          );
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('answers as Markdown', () => {
  it('stand in a fence under the id, with the facts below', async () => {
    const text = await written('md', [row(), row({ id: 'a*b', status: 'max_turns', error: '25 turns', answer: '' })]);
    expect(text).toBe(
      [
        '## p1\n\n```text\nIt rains.\n```\n\nassistant, sim/offline, 2 turns, 1 tool call, 1.11 s\n',
        '## a\\*b\n\n**max\\_turns**: 25 turns\n\n```text\n```\n\nassistant, sim/offline, 2 turns, 1 tool call, 1.11 s\n',
      ].join('\n'),
    );
  });

  it('cannot break out of the fence, nor be markup outside of it', async () => {
    const answer = '```\n````js\n# not a heading\n`````';
    const text = await written('md', [row({ id: '<img src=x>\n# forged', answer })]);
    expect(text).toContain(`\`\`\`\`\`\`text\n${answer}\n\`\`\`\`\`\`\n`);
    expect(text.split('\n')[0]).toBe('## \\<img src\\=x\\>\\\\u\\{a\\}\\# forged');
  });
});

describe('an answers file', () => {
  it('as JSON Lines holds the rows', async () => {
    const rows = [row(), row({ id: 'p2', answer: '\u001b\u2028' })];
    const text = await written('jsonl', rows);
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(rows);
  });

  it('takes the place of an earlier one, readable by its owner alone', async () => {
    const path = join(temporaryDirectory(), 'answers.md');
    writeFileSync(path, 'earlier');
    await writeAnswers(path, stream([row()]));
    expect(readFileSync(path, 'utf8')).toContain('It rains.');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('is never left half written', async () => {
    const directory = temporaryDirectory();
    const path = join(directory, 'answers.jsonl');
    writeFileSync(path, 'earlier');
    async function* broken(): AsyncIterable<ResultRow> {
      for (let index = 0; index < 1000; index++) yield row({ index, answer: 'x'.repeat(1000) });
      throw new Error('The results cannot be read.');
    }
    await expect(writeAnswers(path, broken())).rejects.toThrow('The results cannot be read.');
    expect(readFileSync(path, 'utf8')).toBe('earlier');
    expect(readdirSync(directory)).toEqual(['answers.jsonl']);
  });

  it('that cannot be written is a plain error', async () => {
    const directory = temporaryDirectory();
    const path = join(directory, 'answers.md');
    async function* untilGone(): AsyncIterable<ResultRow> {
      yield row();
      mkdirSync(path);
    }
    await expect(writeAnswers(path, untilGone())).rejects.toMatchObject({ name: 'UserError', exitCode: 74 });
    expect(readdirSync(directory)).toEqual(['answers.md']);
  });

  it('goes nowhere if there is no such directory', async () => {
    const path = join(temporaryDirectory(), 'none', 'a.md');
    await expect(writeAnswers(path, stream([row()]))).rejects.toMatchObject({ exitCode: 74 });
  });

  it('can be checked before the run', async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, 'folder.md'));
    await expect(checkAnswersPath(join(directory, 'a.MD'))).resolves.toBeUndefined();
    await expect(checkAnswersPath(join(directory, 'a.txt'))).rejects.toThrow('Use one of .md, .csv, .jsonl.');
    await expect(checkAnswersPath(join(directory, 'answers'))).rejects.toMatchObject({ exitCode: 2 });
    await expect(checkAnswersPath(join(directory, 'folder.md'))).rejects.toThrow('it is a directory');
    await expect(checkAnswersPath(join(directory, 'none', 'a.md'))).rejects.toThrow(
      `there is no directory ${join(directory, 'none')}. Create it`,
    );
  });
});

async function printed(rows: readonly ResultRow[]): Promise<string> {
  let text = '';
  const write = (part: string) => {
    text += part;
  };
  await printAnswers(stream(rows), { write, theme: createTheme(false) });
  return text;
}

async function written(extension: string, rows: readonly ResultRow[]): Promise<string> {
  const path = join(temporaryDirectory(), `answers.${extension}`);
  await writeAnswers(path, stream(rows));
  return readFileSync(path, 'utf8');
}

async function csvOf(rows: readonly ResultRow[]): Promise<Record<string, string>[]> {
  return parse(await written('csv', rows), { columns: true, record_delimiter: '\n' });
}
