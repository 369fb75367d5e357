import { appendFileSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CassetteRecording } from '../../../src/run/cassette/cassette-recording.ts';
import { Replay } from '../../../src/run/cassette/replay.ts';
import { workspace } from '../../support/run-agentpar.ts';
import { asking, called, exchange, HEADER, recordsIn, SCRUB } from './support.ts';

const deps = { scrub: SCRUB, onFailure: (error: unknown) => expect.unreachable(String(error)) };

describe('A cassette', () => {
  it('has each record in its file when it is written, is its owner’s alone, and says when it is whole', async () => {
    using at = workspace();
    const path = join(at.path, 'tape.jsonl');
    using recording = CassetteRecording.create(path, deps);
    recording.begin(HEADER, []);
    recording.write(exchange(asking('one'), 'first'));
    expect(recordsIn(path)).toEqual([{ kind: 'cassette', format: 1, ...HEADER }, exchange(asking('one'), 'first')]);
    expect((await Replay.open(path, SCRUB)).flaw).toBe('its recording was cut off');
    recording.write(called('tea'));
    recording.conclude(undefined);
    expect(recordsIn(path).at(-1)).toEqual({ kind: 'end', exchanges: 1, calls: 1 });
    expect((await Replay.open(path, SCRUB)).flaw).toBe(undefined);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('holds what is under way at its end as it is by then, and why it ended early', async () => {
    using at = workspace();
    const path = join(at.path, 'tape.jsonl');
    using recording = CassetteRecording.create(path, deps);
    recording.begin(HEADER, []);
    recording.underWay.add(() => recording.write(called('half of it')));
    recording.conclude('SIGINT');
    expect(recordsIn(path).slice(1)).toEqual([
      called('half of it'),
      { kind: 'end', exchanges: 0, calls: 1, stopped: 'SIGINT' },
    ]);
    expect((await Replay.open(path, SCRUB)).flaw).toBe('its recording was stopped by SIGINT');
  });

  it('takes an empty file, but nobody’s work', () => {
    using at = workspace({ 'empty.jsonl': '', 'work.txt': 'years of it' });
    const empty = join(at.path, 'empty.jsonl');
    using recording = CassetteRecording.create(empty, deps);
    recording.begin(HEADER, []);
    expect(statSync(empty).mode & 0o777).toBe(0o600);
    const work = join(at.path, 'work.txt');
    expect(() => CassetteRecording.create(work, deps)).toThrow('there is something in it. Remove it, or name another');
    expect(() => CassetteRecording.create(join(at.path, 'none/tape.jsonl'), deps)).toThrow('Cannot record to');
    expect(readFileSync(work, 'utf8')).toBe('years of it');
  });

  it('that was never begun leaves no file', () => {
    using at = workspace();
    const path = join(at.path, 'tape.jsonl');
    CassetteRecording.create(path, deps)[Symbol.dispose]();
    expect(existsSync(path)).toBe(false);
  });

  it('that was torn by a crash is replayed without its last line, and gone on with in its place', async () => {
    using at = workspace();
    const path = join(at.path, 'tape.jsonl');
    const first = CassetteRecording.create(path, deps);
    first.begin(HEADER, []);
    first.write(called('tea'));
    first.write(called('torn'));
    first[Symbol.dispose]();
    truncateSync(path, statSync(path).size - 10);
    expect((await Replay.open(path, SCRUB)).flaw).toBe('its recording was cut off');
    using second = await CassetteRecording.continue(path, deps);
    second.begin(HEADER, []);
    second.write(called('more'));
    second.conclude(undefined);
    expect(recordsIn(path).slice(1)).toEqual([called('tea'), called('more'), { kind: 'end', exchanges: 0, calls: 2 }]);
    expect((await Replay.open(path, SCRUB)).flaw).toBe(undefined);
  });

  it.each([
    ['', 'it is empty'],
    ['Hello\n', 'it is no cassette'],
    [`${JSON.stringify({ kind: 'cassette', format: 2 })}\n`, 'it is in format 2, and this version knows 1'],
    [`${JSON.stringify({ kind: 'cassette', format: 1 })}\nHello\n`, 'line 2 is no record of a cassette'],
  ])('that cannot be one is refused: %j', async (text, why) => {
    using at = workspace({ 'tape.jsonl': text });
    await expect(Replay.open(join(at.path, 'tape.jsonl'), SCRUB)).rejects.toMatchObject({
      exitCode: 65,
      message: expect.stringContaining(why),
    });
  });

  it('that is not there is asked for', async () => {
    await expect(Replay.open('nowhere.jsonl', SCRUB)).rejects.toThrow(
      'Cannot read the cassette nowhere.jsonl: there is no such file. Record one with --record nowhere.jsonl.',
    );
  });

  it('may be edited by hand', async () => {
    using at = workspace();
    const path = join(at.path, 'tape.jsonl');
    using recording = CassetteRecording.create(path, deps);
    recording.begin(HEADER, []);
    recording.write(exchange(asking('one'), 'first'));
    writeFileSync(path, readFileSync(path, 'utf8').replace('one', 'two'));
    appendFileSync(path, `\n${JSON.stringify({ kind: 'end', exchanges: 1, calls: 0 })}\n`);
    using replay = await Replay.open(path, SCRUB);
    const asked = { conversation: 'p1', model: 'test/m' };
    expect(replay.takeExchange({ ...asked, request: asking('two') }).ok).toBe(true);
    expect(replay.takeExchange({ ...asked, request: asking('one') }).ok).toBe(false);
  });

  it.runIf(existsSync('/dev/full'))('tells once that it cannot be written, and takes nothing away', () => {
    const problems: unknown[] = [];
    const recording = CassetteRecording.create('/dev/full', { ...deps, onFailure: (error) => problems.push(error) });
    recording.begin(HEADER, []);
    recording.write(called('tea'));
    expect(problems).toMatchObject([{ code: 'ENOSPC' }]);
    recording[Symbol.dispose]();
    expect(existsSync('/dev/full')).toBe(true);
  });
});
