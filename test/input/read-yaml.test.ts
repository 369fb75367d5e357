import { describe, expect, test } from 'vitest';
import { problemsOf, readAll } from './prompt-files.ts';

describe.concurrent('YAML', () => {
  test('is a list of texts and objects', async () => {
    const text =
      '# cities\n- Weather in Oslo?\n- id: rome\n  prompt: "Weather in {{city}}?"\n  vars: { city: Rome }\n- >-\n  folded\n  text\n';
    expect(await readAll({ 'a.yaml': text })).toEqual([
      { id: 'p1', index: 0, text: 'Weather in Oslo?', source: { file: 'a.yaml', line: 2 } },
      { id: 'rome', index: 1, text: 'Weather in Rome?', source: { file: 'a.yaml', line: 3 } },
      { id: 'p3', index: 2, text: 'folded text', source: { file: 'a.yaml', line: 6 } },
    ]);
  });

  test('may have defaults, which an entry adds to or overrides', async () => {
    const text = `
defaults:
  system: Be {{tone}}.
  agent: helper
  vars: { tone: kind, n: 1 }
  metadata: { a: 1, b: 1 }
prompts:
  - one
  - prompt: two {{n}}
    agent: other
    vars: { tone: brief }
    metadata: { b: 2 }
`;
    expect(await readAll({ 'a.yml': text })).toMatchObject([
      { text: 'one', system: 'Be kind.', agent: 'helper', metadata: { a: 1, b: 1 } },
      { text: 'two 1', system: 'Be brief.', agent: 'other', metadata: { a: 1, b: 2 } },
    ]);
  });

  test('may be JSON', async () => {
    const text = '[\n\t{"prompt": "a\\/b \\u00e9"},\n\t"c"\n]\n';
    expect(await readAll({ 'a.json': text })).toMatchObject([
      { text: 'a/b é', source: { line: 2 } },
      { text: 'c', source: { line: 3 } },
    ]);
  });

  test('may have 100 aliases and no more', async () => {
    const file = (aliases: number) => ({ 'a.yaml': `- &a hello\n${'- *a\n'.repeat(aliases)}` });
    expect(await readAll(file(100))).toHaveLength(101);
    expect(await problemsOf(file(101))).toEqual([
      'a.yaml:102: Cannot read the YAML: there are more than 100 aliases. Write out what they stand for, or put it into "defaults".',
    ]);
  });

  const doubled = (name: string, of: string) => `${name}: &${name} [${Array(10).fill(of).join(', ')}]\n`;
  const bomb = doubled('a', 'x') + doubled('b', '*a') + doubled('c', '*b') + doubled('d', '*c');

  test.for([
    ['a field twice', '- a\n- prompt: b\n  prompt: c\n', 3, 'this field is already there'],
    ['a tag', '- a\n- !!js/function "b"\n', 2, 'tags (with !) are not known here'],
    ['a tag that other readers know', '- !!binary aGk=\n', 1, 'tags (with !) are not known here'],
    ['a second document', '- a\n---\n- b\n', 2, 'a second document starts here'],
    ['an alias of nothing', '- a\n- *b\n', 2, 'Unresolved alias'],
    ['aliases that multiply', bomb, 2, 'Excessive alias count'],
    ['a text that is not closed', '- a\n- "b\n', 2, 'Missing closing "quote'],
    ['nesting without end', `- a\n- ${'['.repeat(9_000)}`, 2, 'it nests too deeply'],
    ['nesting without end in blocks', `${'- '.repeat(30_000)}a`, 1, 'it nests too deeply'],
  ] as const)('that cannot be read is told with its line: %s', async ([, text, line, problem]) => {
    const expected = expect.stringContaining(`a.yaml:${line}: Cannot read the YAML: ${problem}`);
    expect(await problemsOf({ 'a.yaml': text })).toEqual([expected]);
  });

  test.for([
    ['an entry that is a number', '- a\n- 42\n', 2, 'Cannot use the entry: it is a number.'],
    [
      'an unknown field',
      '- prompt: a\n  idd: b\n',
      2,
      'Cannot use the field "idd": there is no such field here. Did you mean "id"?',
    ],
    [
      'a wrong type',
      '- prompt: a\n\n  id: 7\n',
      3,
      'Cannot use the field "id": it is a number, not a text. Write it in quotes: "7".',
    ],
    [
      'a text without quotes that is none',
      '- prompt: {{city}}\n',
      1,
      'Cannot use the field "prompt": it is an object, not a text.',
    ],
    [
      'a refused key',
      '- prompt: a\n  vars:\n    b: 1\n    __proto__: 1\n',
      4,
      'Cannot use "vars.__proto__": keys named',
    ],
    [
      'a number that is none',
      '- prompt: a\n  vars:\n    b: .nan\n',
      3,
      'Cannot use "vars.b": JSON has no such number.',
    ],
    [
      'a list in itself',
      '- prompt: a\n  vars: &v { b: [*v] }\n',
      2,
      'Cannot use "vars": it nests deeper than 64 levels.',
    ],
    [
      'an unknown name in a literal text',
      '- prompt: |\n    a\n    {{b}}\n',
      3,
      'Cannot fill in "{{b}}": the prompt has no variables.',
    ],
    ['an unknown name elsewhere', '- prompt: a\n  system: "b {{c}}"\n  vars: {d: 1}\n', 2, 'Cannot fill in "{{c}}"'],
    [
      'an unknown field at the top',
      'default: {}\nprompts: [a]\n',
      1,
      'Cannot use "default": there is no such field at the top of the file. Did you mean "defaults"?',
    ],
    ['prompts that are no list', 'defaults: {}\nprompts: a\n', 2, 'Cannot find the prompts: they are not a list.'],
    ['a text alone', '\n\nhello\n', 3, 'Cannot find the prompts: they are not a list.'],
    ['defaults that are a list', 'prompts: [a]\ndefaults: [b]\n', 2, 'Cannot use "defaults": it is not an object.'],
    [
      'a prompt for all',
      'prompts: [a]\ndefaults:\n  prompt: b\n',
      3,
      'Cannot use the field "prompt": there is no such field here.',
    ],
    [
      'bytes that are not UTF-8',
      Buffer.from('- a\n- \xe9\n', 'latin1'),
      2,
      'Cannot read the line: it is not valid UTF-8.',
    ],
  ] as const)('that makes no prompts is told with its line: %s', async ([, text, line, problem]) => {
    expect(await problemsOf({ 'a.yaml': text })).toEqual([expect.stringContaining(`a.yaml:${line}: ${problem}`)]);
  });

  test('is at most 1 MiB', async () => {
    const most = `- "${'x'.repeat(1024 * 1024 - 5)}"\n`;
    expect(await readAll({ 'a.yaml': most })).toHaveLength(1);
    expect(await problemsOf({ 'a.yaml': `${most}#` })).toEqual([
      'a.yaml: Cannot read the file: YAML is read whole, and this is over 1 MiB. Write it as JSON Lines (.jsonl).',
    ]);
  });
});
