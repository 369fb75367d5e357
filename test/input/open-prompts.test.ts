import { appendFileSync, existsSync, statSync } from 'node:fs';
import { mkdir, readdir, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/contract/errors.ts';
import { openPrompts } from '../../src/input/open-prompts.ts';
import { collect, openGood, problemsOf, readAll, temporaryDirectory, withFiles } from './prompt-files.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

describe.concurrent('prompts of several files', () => {
  test('come in the order of the files, called by their position over all of them', async () => {
    const prompts = await readAll({
      'a.txt': 'one\n\ntwo',
      'b.jsonl': '{"id":"x","prompt":"three"}\n"four"',
      'c.csv': 'prompt\nfive',
      'd.yaml': '- six',
    });
    expect(prompts.map(({ id, index, text, source }) => [id, index, text, source.file, source.line])).toEqual([
      ['p1', 0, 'one', 'a.txt', 1],
      ['p2', 1, 'two', 'a.txt', 3],
      ['x', 2, 'three', 'b.jsonl', 1],
      ['p4', 3, 'four', 'b.jsonl', 2],
      ['p5', 4, 'five', 'c.csv', 2],
      ['p6', 5, 'six', 'd.yaml', 1],
    ]);
  });

  test('are read in the format a file is said to have, else by its extension, else as text', async () => {
    await withFiles({ piped: '"a"', 'B.NDJSON': '"b"', 'f.prompts': '"f"' }, async ([piped, ndjson, other]) => {
      if (!piped || !ndjson || !other) throw new Error('three files were written');
      const set = await openGood([{ ...piped, format: 'jsonl' }, ndjson, other]);
      expect((await collect(set.read())).map(({ text }) => text)).toEqual(['a', 'b', '"f"']);
    });
  });

  test('are well-formed, also where one was cut in the middle of a character', async () => {
    const [prompt] = await readAll({
      'a.jsonl': '{"prompt":"\\ud83c\\udf88 \\ud83c","system":"{{part}}","vars":{"part":"\\udf88"}}',
    });
    expect(prompt).toMatchObject({ text: '🎈 \ufffd', system: '\ufffd' });
  });

  test('name their agents and models, each with its first place', async () => {
    const contents = {
      'a.jsonl': '{"prompt":"1","agent":"x"}\n{"prompt":"2","agent":"x","model":"sim/a"}',
      'b.csv': 'prompt,model\n3,sim/a\n4,sim/b\n',
    };
    await withFiles(contents, async (files) => {
      const set = await openGood(files);
      expect([...set.agents]).toEqual([['x', { file: 'a.jsonl', line: 1 }]]);
      expect([...set.models]).toEqual([
        ['sim/a', { file: 'a.jsonl', line: 2 }],
        ['sim/b', { file: 'b.csv', line: 3 }],
      ]);
      const filtered = await openGood(files, { filter: /^4$/ });
      expect([...filtered.agents, ...filtered.models]).toEqual([['sim/b', { file: 'b.csv', line: 3 }]]);
    });
  });
});

describe.concurrent('choosing prompts', () => {
  const five = { 'a.csv': 'prompt,n\na {{n}},1\nb {{n}},2\nb {{n}},3\nb {{n}},4\nc {{n}},5\n' };
  const idsOf = async (options: Parameters<typeof openPrompts>[1]) =>
    (await readAll(five, options)).map(({ id }) => id);

  test('by a filter, on the filled-in text or the id, leaves their ids alone', async () => {
    expect(await idsOf({ filter: /b [23]/ })).toEqual(['p2', 'p3']);
    expect(await idsOf({ filter: /^P5$/i })).toEqual(['p5']);
    expect(await idsOf({ filter: /p\d/g })).toEqual(['p1', 'p2', 'p3', 'p4', 'p5']);
  });

  test('limits what the filter lets through, and repeats what is left in whole rounds', async () => {
    expect(await idsOf({ limit: 2 })).toEqual(['p1', 'p2']);
    expect(await idsOf({ limit: 2, filter: /b/, repeat: 3 })).toEqual(['p2#1', 'p3#1', 'p2#2', 'p3#2', 'p2#3', 'p3#3']);
    expect(await idsOf({ limit: 9, repeat: 1 })).toEqual(['p1', 'p2', 'p3', 'p4', 'p5']);
  });

  test('counts what will be read, and indexes it from 0', async () => {
    const options = fc.record(
      {
        limit: fc.integer({ min: 1, max: 7 }),
        repeat: fc.integer({ min: 1, max: 3 }),
        filter: fc.constantFrom(/./, /b/, /5/),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(options, async (chosen) => {
        await withFiles(five, async (files) => {
          const set = await openGood(files, chosen);
          const first = await collect(set.read());
          expect(first.map(({ index }) => index)).toEqual(Array.from({ length: set.count }, (_, index) => index));
          expect(new Set(first.map(({ id }) => id)).size).toBe(set.count);
          expect(await collect(set.read())).toEqual(first);
        });
      }),
      { numRuns: 40 },
    );
  });

  test('is a problem if none is left', async () => {
    expect(await problemsOf(five, { filter: /zzz/ })).toEqual([
      'Cannot run anything: the filter /zzz/ is not found in any of the 5 prompts. Change it, or leave it out.',
    ]);
    expect(await problemsOf({ 'a.txt': '', 'b.txt': '# b' })).toEqual([
      'a.txt, b.txt: Cannot run anything: there is no prompt in it. Write one on a line.',
    ]);
    expect(await problemsOf({})).toEqual([
      expect.stringContaining('Cannot run anything: no file of prompts is named.'),
    ]);
  });
});

describe.concurrent('an id that is there twice', () => {
  test('is told with both places, over all files', async () => {
    const problems = await problemsOf({
      'a.jsonl': '"z"\n{"id":"x","prompt":"1"}',
      'b.csv': 'id,prompt\ny,1\n x ,2\n',
    });
    expect(problems).toEqual([
      'b.csv:3: Cannot use the id "x": the prompt at a.jsonl:2 has it already. Give one of them another.',
    ]);
  });

  test('may be one that another prompt has for its position, before it or after', async () => {
    const text =
      '{"id":"p3","prompt":"1"}\n"2"\n"3"\n{"id":"p2","prompt":"4"}\n{"id":"p5","prompt":"5"}\n{"id":"p06","prompt":"6"}';
    expect(await problemsOf({ 'a.jsonl': text })).toEqual([
      'a.jsonl:1: Cannot use the id "p3": the prompt at a.jsonl:3 has no id of its own and is called that for its position. Choose an id unlike p1, p2 and so on.',
      'a.jsonl:4: Cannot use the id "p2": the prompt at a.jsonl:2 has no id of its own and is called that for its position. Choose an id unlike p1, p2 and so on.',
    ]);
  });
});

describe.concurrent('what is wrong with files', () => {
  test('is told for all of them, the first 20 in full', async () => {
    const problems = await problemsOf({ 'a.jsonl': '{}\n'.repeat(15), 'b.txt': 'fine\n', 'c.jsonl': '7\n'.repeat(15) });
    expect(problems).toHaveLength(21);
    expect(problems[0]).toMatch(/^a\.jsonl:1: /);
    expect(problems[19]).toMatch(/^c\.jsonl:5: /);
    expect(problems[20]).toBe('and 10 more');
  });

  test('may be that they cannot be read at all', async () => {
    await using directory = await temporaryDirectory();
    await mkdir(join(directory.path, 'folder'));
    const paths = [join(directory.path, 'none.txt'), join(directory.path, 'folder'), '/dev/null'];
    const opened = await openPrompts(
      paths.map((path, index) => ({ path, name: `${index}` })),
      {},
    );
    expect(opened).toEqual({
      ok: false,
      problems: [
        '0: Cannot read it: there is no such file. Check the path.',
        '1: Cannot read it: it is a directory. Name the files in it.',
        '2: Cannot read it: it is not a regular file, and prompts are read twice. Pipe it in, with - in its place.',
      ],
    });
  });

  const LONG = 'x'.repeat(1000);

  test.each([
    ['a.txt', `short\n${LONG}y\n`, 2, 'the line'],
    ['b.txt', `short\n---\n${LONG.slice(500)}\n${LONG.slice(500)}\n`, 3, 'the prompt that starts here'],
    ['a.jsonl', `"short"\n"${LONG}"\n`, 2, 'the line'],
    ['a.csv', `prompt\nshort\n"${LONG.slice(500)}\n${LONG.slice(500)}"\n`, 3, 'Cannot use the prompt'],
    ['a.yaml', `- short\n- |\n  ${LONG.slice(500)}\n  ${LONG.slice(500)}\n`, 2, 'Cannot use the prompt'],
  ])('may be a prompt longer than was said to be allowed: %s', async (name, text, line, what) => {
    const [problem, ...others] = await problemsOf({ [name]: text }, { maxBytes: 1000 });
    expect(others).toEqual([]);
    expect(problem).toContain(`${name}:${line}: `);
    expect(problem).toContain(what);
    expect(problem).toMatch(/it is longer than 1000 bytes\..*, or raise --max-prompt\.$/);
    expect(await problemsOf({ [name]: text }, { maxBytes: 1020 })).toEqual([]);
  });

  test('may be a prompt that grows beyond bounds as it is filled in', async () => {
    const line = JSON.stringify({ prompt: '{{a}}'.repeat(100_000), vars: { a: 'x'.repeat(1_000_000) } });
    expect(await problemsOf({ 'a.jsonl': line })).toEqual([
      'a.jsonl:1: Cannot fill in the prompt: it grows over 10 MiB. Use shorter values, or raise --max-prompt.',
    ]);
  });
});

describe.concurrent('a file that changes after it was checked', () => {
  const change = async (to: string) =>
    await withFiles({ 'a.jsonl': '"1"\n"2"\n"3"\n' }, async (files) => {
      const set = await openGood(files);
      await writeFile(files[0]?.path ?? '', to);
      return await collect(set.read()).catch((error: unknown) => error);
    });

  test('stops the reading where it can no longer be read', async () => {
    const error = await change('"1"\n{"oops":1}\n');
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({
      exitCode: 65,
      message: expect.stringMatching(
        /^Cannot go on: the prompts have changed .* a\.jsonl:2: Cannot use the field "oops"/,
      ),
    });
  });

  test('stops the reading where prompts are gone', async () => {
    expect(await change('"1"\n')).toMatchObject({ exitCode: 65, message: expect.stringContaining('2 of 3 are gone.') });
  });

  test('stops the reading if it is gone itself', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'a.txt');
    await writeFile(path, 'one');
    const set = await openGood([{ path, name: 'a.txt' }]);
    await directory[Symbol.asyncDispose]();
    await expect(collect(set.read())).rejects.toMatchObject({ exitCode: 65 });
  });
});

test.runIf(existsSync('/proc/self/fd'))('whoever stops reading early leaves no file open', async () => {
  for (const name of ['a.txt', 'a.csv']) {
    await withFiles({ [name]: `prompt\n${`${'a'.repeat(100)}\n`.repeat(5000)}` }, async (files) => {
      const set = await openGood(files);
      const reading = set.read()[Symbol.asyncIterator]();
      await reading.next();
      expect(await isOpen(name)).toBe(true);
      await reading.return?.();
      while (await isOpen(name)) await setImmediate();
    });
  }
});

async function isOpen(name: string): Promise<boolean> {
  const descriptors = await readdir('/proc/self/fd');
  const targets = descriptors.map((descriptor) => readlink(`/proc/self/fd/${descriptor}`).catch(() => ''));
  return (await Promise.all(targets)).some((target) => target.endsWith(`/${name}`));
}

describe('memory', () => {
  test.for(['txt', 'jsonl', 'csv'] as const)('does not grow with a %s file of 60,000 prompts', async (format) => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, `a.${format}`);
    writeLongFile(path, format);
    expect(statSync(path).size).toBeGreaterThan(20 * 2 ** 20);
    const before = liveMebibytes();
    let most = before;
    const look = () => {
      most = Math.max(most, liveMebibytes());
    };
    // To look takes long in a large process, so it is not done all the time.
    let looks = 0;
    const looking = setInterval(() => looks++ < 5 && look(), 100);
    try {
      const set = await openGood([{ path, name: `a.${format}` }]);
      for await (const { index } of set.read()) if (index % 20_000 === 19_999) look();
      expect(set.count).toBe(60_000);
    } finally {
      clearInterval(looking);
    }
    // What was read ahead, and the places of the ids: far less than the file.
    expect(most - before).toBeLessThan(18);
  });
});

/** Writes 60,000 prompts piece by piece, so that nothing of them is left in memory. */
function writeLongFile(path: string, format: 'txt' | 'jsonl' | 'csv'): void {
  if (format === 'csv') appendFileSync(path, 'prompt\n');
  const question = 'What is the weather like in the city number {n}, and what will it be like tomorrow? '.repeat(5);
  for (let from = 0; from < 60_000; from += 1000) {
    const lines = Array.from({ length: 1000 }, (_, n) => {
      const prompt = question.replace('{n}', `${from + n}`);
      if (format === 'jsonl') return JSON.stringify({ prompt, metadata: { n: from + n } });
      return format === 'csv' ? `"${prompt}"` : prompt;
    });
    appendFileSync(path, `${lines.join('\n')}\n`);
  }
}

function liveMebibytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
}
