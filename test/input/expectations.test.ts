import { describe, expect, it } from 'vitest';
import { openGood, problemsOf, readAll, withFiles } from './prompt-files.ts';

describe.concurrent('What is expected of a prompt', () => {
  it('is an object, or a text or texts that the answer contains', async () => {
    const prompts = await readAll({
      'a.jsonl': [
        '{"prompt":"a","expect":"42"}',
        '{"prompt":"b","expect":["4","2"]}',
        '{"prompt":"c","expect":{"equals":"42","matches":"^4","tool":["x","y"],"status":"refused","maxSeconds":1.5}}',
        '{"prompt":"d","expect":{"maxTokens":2000,"maxCost":0.01}}',
        '{"prompt":"e"}',
      ].join('\n'),
    });
    expect(prompts.map((prompt) => prompt.expect)).toEqual([
      { contains: ['42'] },
      { contains: ['4', '2'] },
      { equals: '42', matches: ['^4'], tool: ['x', 'y'], status: 'refused', maxSeconds: 1.5 },
      { maxTokens: 2000, maxCost: 0.01 },
      undefined,
    ]);
  });

  it('is added in YAML to what is expected by default', async () => {
    const text = `
defaults:
  expect: { maxSeconds: 20, contains: done }
prompts:
  - one
  - prompt: two
    expect: { contains: [a, b] }
`;
    expect((await readAll({ 'a.yaml': text })).map((prompt) => prompt.expect)).toEqual([
      { maxSeconds: 20, contains: ['done'] },
      { maxSeconds: 20, contains: ['a', 'b'] },
    ]);
  });

  it('is in CSV a text, or JSON that starts with a brace', async () => {
    const text = 'prompt,expect,n\n{{n}} + 1?,"{""tool"": ""sum"", ""contains"": ""{{n}}""}",41\n2?,2,0\n3?,,0\n';
    expect((await readAll({ 'a.csv': text })).map((prompt) => prompt.expect)).toEqual([
      { tool: ['sum'], contains: ['41'] },
      { contains: ['2'] },
      undefined,
    ]);
  });

  it('has its names filled in, which in a pattern stand for themselves', async () => {
    const entry = { prompt: '{{a}}', vars: { a: '1+1 [x]' }, expect: { equals: '{{a}}', matches: '/^{{a}}$/i' } };
    const [prompt] = await readAll({ 'a.jsonl': JSON.stringify(entry) });
    expect(prompt?.expect).toEqual({ equals: '1+1 [x]', matches: ['/^1\\+1 \\[x\\]$/i'] });
  });

  it.each([
    [
      'a name that there is not',
      '{"contain":"x"}',
      '"expect.contain": nothing of that name can be expected. Did you mean "contains"?',
    ],
    ['a broken pattern', '{"matches":"("}', '"expect.matches": Invalid regular expression: '],
    ['a broken pattern among others', '{"matches":["a","[b"]}', '"expect.matches": Invalid regular expression: '],
    [
      'a pattern without end',
      JSON.stringify({ matches: 'x'.repeat(1001) }),
      '"expect.matches": it is longer than 1000',
    ],
    ['an end that is none', '{"status":"cancelled"}', '"expect.status": it must be one of done, failed, '],
    ['a number in quotes', '{"maxSeconds":"1"}', '"expect.maxSeconds": it must be a number greater than 0'],
    ['no time at all', '{"maxSeconds":0}', '"expect.maxSeconds": it must be a number greater than 0'],
    ['a number for a text', '{"contains":5}', '"expect.contains": it is neither a text nor a list of texts.'],
    ['nothing', '{}', '"expect": nothing is expected. Leave it out.'],
    ['an empty list', '[]', '"expect": the list is empty.'],
    ['an empty text', '""', '"expect": it is empty.'],
    ['a null', 'null', '"expect": it is neither a text nor a list of texts.'],
    ['a prototype', '{"__proto__":{"contains":"x"}}', '"expect.__proto__": nothing of that name can be expected.'],
  ])('is refused with its line if it is %s', async (_what, json, problem) => {
    const problems = await problemsOf({ 'a.jsonl': `{"prompt":"fine"}\n{"prompt":"b","expect":${json}}\n` });
    expect(problems).toEqual([expect.stringContaining(`a.jsonl:2: Cannot use ${problem}`)]);
  });

  it('is refused with the line on which it stands in YAML, and if its JSON is broken in CSV', async () => {
    const yaml = '- prompt: a\n  expect:\n    contains: x\n    maxTokens: many\n';
    const csv = 'prompt,expect\na,x\nb,"{""contains"" ""x""}"\n';
    expect(await problemsOf({ 'a.yaml': yaml })).toEqual([
      expect.stringMatching(/^a\.yaml:4: Cannot use "expect\.maxTokens": it must be a number/),
    ]);
    expect(await problemsOf({ 'a.csv': csv })).toEqual([
      expect.stringMatching(/^a\.csv:3: Cannot read "expect" as JSON: /),
    ]);
    expect(await problemsOf({ 'a.jsonl': '{"prompt":"a","expect":"{{x}}"}' })).toEqual([
      expect.stringMatching(/^a\.jsonl:1: Cannot fill in "\{\{x\}\}": /),
    ]);
  });

  it('is counted over the prompts that are chosen, with the first place of each tool', async () => {
    const text = `
- prompt: one
  expect: { contains: [a, b], tool: sum }
- prompt: two
- prompt: three
  expect: { tool: [sum, power], maxCost: 1 }
- prompt: four
  expect: never
`;
    await withFiles({ 'a.yaml': text }, async (files) => {
      const { expected } = await openGood(files, { limit: 3, repeat: 2 });
      expect(expected).toMatchObject({ prompts: 4, things: 12, costs: [{ source: { line: 5 } }] });
      expect([...expected.tools].map(([tool, { line }]) => [tool, line])).toEqual([
        ['sum', 2],
        ['power', 5],
      ]);
    });
  });
});
