import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/contract/event.ts';
import type { ToolCall } from '../../src/contract/message.ts';
import { Journal } from '../../src/run/journal.ts';
import { workspace } from '../support/run-agentpar.ts';
import { until } from '../support/until.ts';

const notice = (seq: number): RunEvent => ({ seq, atMs: seq, kind: 'notice', message: `event ${seq}` });

const answered = (seq: number): RunEvent => ({
  seq,
  atMs: seq,
  kind: 'tool_end',
  conversation: 'p1',
  turn: 1,
  callId: 'c1',
  name: 'send_mail',
  tookMs: 1,
  waits: {},
  outcome: { kind: 'ok', callId: 'c1', output: 'sent' },
});

const started = (seq: number, effect: 'read' | 'unsafe'): RunEvent => ({
  seq,
  atMs: seq,
  kind: 'tool_start',
  conversation: 'p1',
  turn: 1,
  callId: 'c1',
  name: 'send_mail',
  argumentsText: '{}',
  effect,
  eager: false,
  queuedMs: 0,
  waits: {},
});

const responded = (seq: number, calls: readonly ToolCall[]): RunEvent => ({
  seq,
  atMs: seq,
  kind: 'model_end',
  conversation: 'p1',
  turn: 1,
  tookMs: 1,
  waitedMs: 0,
  rateMs: 0,
  result: {
    ok: true,
    stop: 'done',
    text: '',
    calls,
    usage: { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1, reasoningTokens: 0 },
  },
});

const fail = (error: unknown) => {
  throw error;
};

describe('A journal', () => {
  it('has an event in its file when it returns, and goes on where it was left', async () => {
    using at = workspace();
    const path = join(at.path, 'journal.jsonl');
    const first = Journal.create(path, fail);
    first.handle(notice(1));
    expect(readFileSync(path, 'utf8')).toBe(`${JSON.stringify(notice(1))}\n`);
    await first.finish();
    const second = Journal.continue(path, fail);
    second.handle(notice(2));
    await second.finish();
    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(3);
    expect(() => Journal.create(path, fail)).toThrow('EEXIST');
  });

  it('has an outcome in its file before anything that follows from it, and at the end of the turn', async () => {
    using at = workspace();
    const path = join(at.path, 'journal.jsonl');
    const journal = Journal.create(path, fail);
    const lines = () => readFileSync(path, 'utf8').split('\n').slice(0, -1);
    journal.handle(answered(1));
    journal.handle(notice(2));
    expect(lines()).toHaveLength(2);
    journal.handle(answered(3));
    expect(lines()).toHaveLength(2);
    journal.flush();
    expect(lines()).toHaveLength(3);
    journal.handle(answered(4));
    await new Promise((resolve) => setImmediate(resolve));
    expect(lines().map((line) => (JSON.parse(line) as RunEvent).seq)).toEqual([1, 2, 3, 4]);
    expect(journal.size).toBe(readFileSync(path).length);
    await journal.finish();
  });

  it('has an unsafe call and its outcome in its file at once, and a response before what it asks for', async () => {
    using at = workspace();
    const path = join(at.path, 'journal.jsonl');
    const journal = Journal.create(path, fail);
    const kinds = () =>
      readFileSync(path, 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => (JSON.parse(line) as RunEvent).kind);
    journal.handle(started(1, 'read'));
    expect(kinds()).toEqual([]);
    journal.handle(responded(2, [{ callId: 'c1', name: 'send_mail', argumentsText: '{}' }]));
    expect(kinds()).toEqual(['tool_start', 'model_end']);
    journal.handle(started(3, 'unsafe'));
    journal.handle(answered(4));
    expect(kinds()).toEqual(['tool_start', 'model_end', 'tool_start', 'tool_end']);
    journal.handle(responded(5, []));
    expect(kinds()).toHaveLength(4);
    await journal.finish();
    expect(kinds()).toHaveLength(5);
  });

  it.runIf(existsSync('/dev/null'))('tells of what it wrote and could not be brought to a disk', async () => {
    const problems: unknown[] = [];
    const journal = Journal.continue('/dev/null', (problem) => problems.push(problem));
    journal.handle(notice(1));
    await until(() => problems.length > 0);
    expect(problems).toEqual([expect.objectContaining({ syscall: 'fdatasync' })]);
    expect(journal.isBroken).toBe(true);
    await journal.finish();
    expect(problems).toHaveLength(1);
  });

  it('tells soon that its file has been removed', async () => {
    using at = workspace();
    const problems: unknown[] = [];
    const path = join(at.path, 'journal.jsonl');
    const journal = Journal.create(path, (problem) => problems.push(problem));
    rmSync(path);
    journal.handle(notice(1));
    await until(() => problems.length > 0);
    expect(String(problems)).toContain('removed');
    await journal.finish();
  });

  it.runIf(existsSync('/dev/full'))('tells once that it cannot write, and writes nothing more', () => {
    const problems: unknown[] = [];
    const journal = Journal.continue('/dev/full', (problem) => problems.push(problem));
    journal.handle(answered(1));
    journal.handle(notice(2));
    journal.handle(notice(3));
    expect(problems).toEqual([expect.objectContaining({ code: 'ENOSPC' })]);
  });
});
