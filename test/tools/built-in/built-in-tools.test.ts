import { describe, expect, it } from 'vitest';
import { createBuiltInTools, pickBuiltIns } from '../../../src/tools/built-in/built-in-tools.ts';
import { defaultTools } from '../../../src/tools/built-in/default-tools.ts';
import { isTool } from '../../../src/tools/define-tool.ts';
import { runTool } from './run-tool.ts';

const tools = createBuiltInTools({ root: import.meta.dirname, allowPrivate: false });
const names = (some: readonly { readonly spec: { readonly name: string } }[]) => some.map(({ spec }) => spec.name);

describe('The built-in tools', () => {
  it('begin with those that an agent has by itself, which touch neither files nor the network', () => {
    expect(names(defaultTools)).toEqual([
      'get_weather',
      'sum_numbers',
      'subtract_numbers',
      'multiply_numbers',
      'divide_numbers',
      'power',
      'square_root',
      'current_time',
    ]);
    expect(names(tools)).toEqual([...names(defaultTools), 'calculate', 'http_get', 'read_file', 'list_files']);
  });

  it('say that they are built in, and that they change nothing', () => {
    for (const tool of tools) {
      expect(isTool(tool)).toBe(true);
      expect(tool.source).toBe('built-in');
      expect(['pure', 'read']).toContain(tool.policy.effect);
    }
  });

  it('read in the root that they are given', async () => {
    const readFile = tools.find(({ spec }) => spec.name === 'read_file');
    expect(await runTool(readFile, { path: 'built-in-tools.test.ts', limit: 1 })).toMatch(/^import/);
  });

  it('are chosen by name, in any order, with spaces and twice', () => {
    const picked = pickBuiltIns('http_get, calculate,,calculate', tools);
    expect(picked.ok && names(picked.tools)).toEqual(['calculate', 'http_get']);
  });

  it('are all chosen by all', () => {
    expect(pickBuiltIns('all', tools)).toEqual({ ok: true, tools });
    expect(pickBuiltIns('calculate,all', tools)).toEqual({ ok: true, tools });
  });

  it.each([
    ['calculator', 'Cannot use "calculator" as --builtin: there is no such tool. There are: get_weather, '],
    ['calculate,x,y', 'Cannot use "x", "y" as --builtin: there is no such tool.'],
    ['', 'Cannot use "" as --builtin: it names no tool.'],
    [' , ', 'Cannot use " , " as --builtin: it names no tool.'],
  ])('are listed where %j names none', (wanted, problem) => {
    const picked = pickBuiltIns(wanted, tools);
    expect(picked.ok || picked.problem).toContain(problem);
    expect(picked.ok || picked.problem).toMatch(/list_files, or all\.$/);
  });
});
