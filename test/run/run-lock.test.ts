import { copyFileSync, mkdirSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRunDirectory } from '../../src/run/run-directory.ts';
import { isLocked, lockRun } from '../../src/run/run-lock.ts';
import { workspace } from '../support/run-agentpar.ts';

/** This process's id, as it was used by another before. */
const GONE = JSON.stringify({ pid: process.pid, startedAt: 'another time' });

describe('The lock of a run directory', () => {
  it('is had by one at a time, and given back', () => {
    using at = workspace();
    const lock = lockRun(at.path);
    expect(isLocked(at.path)).toBe(true);
    expect(() => lockRun(at.path)).toThrow(`process ${process.pid} works on it`);
    lock[Symbol.dispose]();
    expect(isLocked(at.path)).toBe(false);
    expect(readdirSync(at.path)).toEqual([]);
  });

  it('is taken over from a process that is gone, although its id is used again', () => {
    using at = workspace({ lock: GONE });
    expect(isLocked(at.path)).toBe(false);
    using _lock = lockRun(at.path);
    expect(isLocked(at.path)).toBe(true);
  });

  it('is taken over from one that was killed at any point of taking it over', () => {
    for (const left of [['lock', 'lock.taking'], ['lock.taking'], ['lock', 'lock.taking', 'lock.1', 'lock.1.stale']]) {
      using at = workspace(Object.fromEntries(left.map((name) => [name, GONE])));
      using _lock = lockRun(at.path);
      expect(isLocked(at.path)).toBe(true);
    }
  });

  it('is taken over where it names nobody', () => {
    for (const lock of ['', 'null', '{}', '{"pid":0,"startedAt":""}', '{"pid":-1,"startedAt":""}', '{"pid":"1"}']) {
      using at = workspace({ lock });
      expect(isLocked(at.path)).toBe(false);
      using _lock = lockRun(at.path);
      expect(isLocked(at.path)).toBe(true);
    }
  });

  it('cannot be had where nothing can be written, and that is told', () => {
    using at = workspace();
    mkdirSync(join(at.path, 'lock'));
    expect(() => lockRun(at.path)).toThrow(expect.objectContaining({ name: 'UserError', exitCode: 74 }));
    expect(() => lockRun(join(at.path, 'gone'))).toThrow(/^Cannot use .*gone: it cannot be locked \(ENOENT/);
  });

  it('is left alone where its owner cannot be looked up, in another container, until it has been silent for a minute', () => {
    using at = workspace({ lock: JSON.stringify({ pid: 1, startedAt: '', place: 'elsewhere' }) });
    expect(() => lockRun(at.path)).toThrow('process 1 works on it');
    const silent = new Date(Date.now() - 61_000);
    utimesSync(join(at.path, 'lock'), silent, silent);
    using _lock = lockRun(at.path);
    expect(isLocked(at.path)).toBe(true);
  });

  it('keeps a new run from its directory', () => {
    using at = workspace();
    using _lock = lockRun(at.path);
    const create = () => createRunDirectory(at.path, 'p.txt', new Date(0));
    expect(create).toThrow(expect.objectContaining({ exitCode: 73 }));
  });

  it('is left alone while a living process takes it over', () => {
    using at = workspace({ lock: GONE });
    using living = workspace();
    using _lock = lockRun(living.path);
    copyFileSync(join(living.path, 'lock'), join(at.path, 'lock.taking'));
    expect(() => lockRun(at.path)).toThrow('another process has just taken it');
    expect(readdirSync(at.path).toSorted()).toEqual(['lock', 'lock.taking']);
  });
});
