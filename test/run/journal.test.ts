import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/contract/event.ts';
import { Journal } from '../../src/run/journal.ts';
import { workspace } from '../support/run-agentpar.ts';

const notice = (seq: number): RunEvent => ({ seq, atMs: seq, kind: 'notice', message: `event ${seq}` });

describe('A journal', () => {
  it('has an event in its file when it returns, and goes on where it was left', () => {
    using at = workspace();
    const path = join(at.path, 'journal.jsonl');
    const first = Journal.create(path);
    first.handle(notice(1));
    expect(readFileSync(path, 'utf8')).toBe(`${JSON.stringify(notice(1))}\n`);
    first.finish();
    const second = Journal.continue(path);
    second.handle(notice(2));
    second.finish();
    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(3);
    expect(() => Journal.create(path)).toThrow('EEXIST');
  });

  it.runIf(existsSync('/dev/full'))('tells once that it cannot write, and writes nothing more', () => {
    const journal = Journal.continue('/dev/full');
    expect(() => journal.handle(notice(1))).toThrow('ENOSPC');
    expect(() => journal.handle(notice(2))).not.toThrow();
  });
});
