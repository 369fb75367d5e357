import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  linkSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/contract/json.ts';
import { createFileTools } from '../../../src/tools/built-in/files.ts';
import { findInside, openInside } from '../../../src/tools/built-in/inside-root.ts';
import { listDirectory } from '../../../src/tools/built-in/list-directory.ts';
import { workspace } from '../../support/run-agentpar.ts';
import { runTool } from './run-tool.ts';

/** A root with the given files, and beside it a directory `outside` with a file `secret`. */
function setUp(files: Readonly<Record<string, string | Uint8Array>> = {}) {
  const at = workspace();
  const root = join(at.path, 'root');
  mkdirSync(join(at.path, 'outside'));
  writeFileSync(join(at.path, 'outside/secret'), 'secret');
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(root, name, '..'), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  mkdirSync(root, { recursive: true });
  const [readFile, listFiles] = createFileTools({ root });
  return {
    root,
    outside: join(at.path, 'outside'),
    read: (args: JsonObject) => runTool(readFile, args),
    list: (args: JsonObject = {}) => runTool(listFiles, args),
    [Symbol.dispose]: () => at[Symbol.dispose](),
  };
}

function makePipe(path: string): void {
  execFileSync('/usr/bin/env', ['mkfifo', path]);
}

describe('read_file', () => {
  it('reads a text file, by its path from the root or from the top', async () => {
    using at = setUp({ 'a/b.txt': 'Grüße\r\nsecond', '..odd': 'fine' });
    for (const path of ['a/b.txt', './a/../a//b.txt', join(at.root, 'a/b.txt')]) {
      expect(await at.read({ path })).toBe('Grüße\r\nsecond');
    }
    expect(await at.read({ path: '..odd' })).toBe('fine');
  });

  it.each([
    [{}, 'one\ntwo\n\nfour'],
    [{ offset: 1, limit: 1 }, 'one\n'],
    [{ offset: 2, limit: 2 }, 'two\n\n'],
    [{ offset: 3 }, '\nfour'],
    [{ offset: 4, limit: 9 }, 'four'],
  ])('reads the lines that %j chooses', async (range, text) => {
    using at = setUp({ 'lines.txt': 'one\ntwo\n\nfour' });
    expect(await at.read({ path: 'lines.txt', ...range })).toBe(text);
  });

  it('says so if there are not so many lines', async () => {
    using at = setUp({ 'lines.txt': 'one\ntwo', empty: '' });
    await expect(at.read({ path: 'lines.txt', offset: 3 })).rejects.toThrow('it ends before line 3');
    expect(await at.read({ path: 'empty' })).toBe('');
  });

  it('finds lines and characters that lie across what is read at once', async () => {
    const line = `${'ä€😀'.repeat(1111)}\n`;
    using at = setUp({ 'long.txt': line.repeat(60) });
    expect(await at.read({ path: 'long.txt', offset: 29, limit: 3 })).toBe(line.repeat(3));
    expect(await at.read({ path: 'long.txt' })).toBe(line.repeat(60));
  });

  it('reads 1 MiB and no more, but any part of a larger file', async () => {
    using at = setUp({ 'most.txt': 'x'.repeat(1024 * 1024), 'more.txt': `${'x'.repeat(99)}\n`.repeat(20_000) });
    expect(await at.read({ path: 'most.txt' })).toHaveLength(1024 * 1024);
    await expect(at.read({ path: 'more.txt' })).rejects.toThrow(
      'Cannot read "more.txt": that is more than 1048576 bytes; ask for fewer lines, by offset and limit.',
    );
    expect(await at.read({ path: 'more.txt', offset: 19_999 })).toHaveLength(200);
  });

  it.each([
    ['invalid UTF-8', Uint8Array.of(0x61, 0xff, 0x62)],
    ['a character that breaks off', Uint8Array.of(0x61, 0xe2, 0x82)],
    ['a NUL', 'a\0b'],
  ])('refuses a file with %s in it', async (_what, content) => {
    using at = setUp({ binary: content });
    await expect(at.read({ path: 'binary' })).rejects.toThrow('Cannot read "binary": it is no UTF-8 text.');
  });

  it('leaves out a byte order mark', async () => {
    using at = setUp({ 'bom.txt': '\ufeffHello' });
    expect(await at.read({ path: 'bom.txt' })).toBe('Hello');
  });

  it.each([
    '..',
    '../outside/secret',
    '../outside/none',
    'a/../../outside/secret',
    '/etc/passwd',
    '/',
    '../root-too/x',
  ])('does not leave the root for %s', async (path) => {
    using at = setUp({ 'a/b.txt': 'x' });
    await expect(at.read({ path })).rejects.toThrow('it is outside of the directory that may be read');
  });

  it('does not say what there is outside', async () => {
    using at = setUp();
    const answers = ['../outside/secret', '../outside/none'].map((path) =>
      at.read({ path }).catch((error: Error) => error.message.replaceAll(path, '…')),
    );
    expect(new Set(await Promise.all(answers)).size).toBe(1);
  });

  it('follows links inside of the root and none that leads out', async () => {
    using at = setUp({ 'a/b.txt': 'inside' });
    symlinkSync('a', join(at.root, 'to-a'));
    symlinkSync(at.outside, join(at.root, 'out'));
    symlinkSync('../outside/secret', join(at.root, 'secret'));
    symlinkSync('secret', join(at.root, 'to-secret'));
    symlinkSync('loop', join(at.root, 'loop'));
    expect(await at.read({ path: 'to-a/b.txt' })).toBe('inside');
    for (const path of ['out/secret', 'secret', 'to-secret', 'to-a/../secret']) {
      await expect(at.read({ path })).rejects.toThrow('it is outside');
    }
    await expect(at.read({ path: 'loop' })).rejects.toThrow('its links lead nowhere');
  });

  it('works where the root itself is reached by a link', async () => {
    using at = setUp({ 'b.txt': 'inside' });
    const link = join(at.outside, 'root');
    symlinkSync(at.root, link);
    const [readFile] = createFileTools({ root: link });
    expect(await runTool(readFile, { path: 'b.txt' })).toBe('inside');
    expect(await runTool(readFile, { path: join(link, 'b.txt') })).toBe('inside');
    expect(await runTool(readFile, { path: join(at.root, 'b.txt') })).toBe('inside');
  });

  it.each(['.env', '.env.local', 'a/.ENV', 'link'])(
    'leaves %s unread, for the keys that may be in it',
    async (path) => {
      using at = setUp({ '.env': 'KEY=1', '.env.local': 'KEY=2', 'a/.ENV': 'KEY=3', '.environment': 'fine' });
      symlinkSync('.env', join(at.root, 'link'));
      await expect(at.read({ path })).rejects.toThrow('files of that name hold secrets');
      expect(await at.read({ path: '.environment' })).toBe('fine');
    },
  );

  it.each([
    ['none', 'there is no such file or directory'],
    ['a', 'it is no file but a directory'],
    ['a/b.txt/c', 'a part of the path is no directory'],
    ['a\0b', 'it holds a NUL character'],
    ['x'.repeat(300), 'its name is too long'],
  ])('says of %s why it cannot be read', async (path, problem) => {
    using at = setUp({ 'a/b.txt': 'x' });
    await expect(at.read({ path })).rejects.toThrow(`Cannot read ${JSON.stringify(path)}: ${problem}`);
  });

  it('never waits for a pipe, a socket or a device', async () => {
    using at = setUp();
    makePipe(join(at.root, 'pipe'));
    await expect(at.read({ path: 'pipe' })).rejects.toThrow('it is no file but a pipe');
    const server = createServer().listen(join(at.root, 'socket'));
    await expect(at.read({ path: 'socket' })).rejects.toThrow('it is no file but a socket');
    server.close();
    const [readFile] = createFileTools({ root: '/dev' });
    await expect(runTool(readFile, { path: 'zero' })).rejects.toThrow('it is no file but a device');
  });

  it('stops reading when it is not wanted any more', async () => {
    using at = setUp({ 'a.txt': 'x' });
    const [readFile] = createFileTools({ root: at.root });
    const stopped = runTool(readFile, { path: 'a.txt' }, AbortSignal.abort(new Error('time is up')));
    await expect(stopped).rejects.toThrow('time is up');
  });
});

describe('What was found inside of the root', () => {
  it.each<[string, (root: string, outside: string) => void]>([
    ['a link that leads out', (root, outside) => symlinkSync(join(outside, 'secret'), join(root, 'a/file'))],
    ['another file', (root, outside) => linkSync(join(outside, 'secret'), join(root, 'a/file'))],
    ['a pipe', (root) => makePipe(join(root, 'a/file'))],
  ])('is not opened once its place was taken by %s', async (_what, take) => {
    using at = setUp({ 'a/file': 'inside' });
    const found = await findInside(at.root, 'a/file');
    // Kept, so that its number is not given to what takes its place.
    renameSync(join(at.root, 'a/file'), join(at.root, 'kept'));
    take(at.root, at.outside);
    await expect(openInside(found)).rejects.toThrow('exchanged');
  });

  it('is neither opened nor listed once a directory in its path is a link', async () => {
    using at = setUp({ 'a/file': 'inside' });
    const file = await findInside(at.root, 'a/file');
    const directory = await findInside(at.root, 'a');
    renameSync(join(at.root, 'a'), join(at.outside, 'a'));
    symlinkSync(join(at.outside, 'a'), join(at.root, 'a'));
    await expect(openInside(file)).rejects.toThrow('exchanged');
    await expect(listDirectory(directory, 1, 10, new AbortController().signal)).rejects.toThrow('exchanged');
  });

  it('is opened although it grew in the meantime', async () => {
    using at = setUp({ log: 'one' });
    const found = await findInside(at.root, 'log');
    appendFileSync(join(at.root, 'log'), ' two');
    await using handle = await openInside(found);
    expect(await handle.readFile('utf8')).toBe('one two');
    expect(found.root).toBe(realpathSync(at.root));
  });
});

describe('list_files', () => {
  it('lists a directory in order, with what everything is and how large files are', async () => {
    using at = setUp({ 'b.txt': '12345', 'a/x.txt': '1', 'a/deep/y.txt': '12', '.hidden': '' });
    symlinkSync(at.outside, join(at.root, 'link'));
    expect(await at.list()).toEqual({
      entries: [
        { path: '.hidden', type: 'file', size: 0 },
        { path: 'a', type: 'directory' },
        { path: 'b.txt', type: 'file', size: 5 },
        { path: 'link', type: 'link' },
      ],
      more: false,
    });
  });

  it('goes as deep as it is told and follows no links', async () => {
    using at = setUp({ 'a/x.txt': '1', 'a/deep/y.txt': '12' });
    symlinkSync('..', join(at.root, 'a/up'));
    const paths = async (args: JsonObject) =>
      ((await at.list(args)) as { entries: { path: string }[] }).entries.map(({ path }) => path);
    expect(await paths({ path: 'a' })).toEqual(['a/deep', 'a/up', 'a/x.txt']);
    expect(await paths({ path: '.', depth: 2 })).toEqual(['a', 'a/deep', 'a/up', 'a/x.txt']);
    expect(await paths({ depth: 20 })).toEqual(['a', 'a/deep', 'a/deep/y.txt', 'a/up', 'a/x.txt']);
  });

  it('lists at most 1,000, those nearer to the top first, and says that there is more', async () => {
    using at = setUp({ 'z.txt': '' });
    for (let directory = 0; directory < 4; directory++) {
      mkdirSync(join(at.root, `d${directory}`));
      for (let file = 0; file < 300; file++) linkSync(join(at.root, 'z.txt'), join(at.root, `d${directory}/${file}`));
    }
    const { entries, more } = (await at.list({ depth: 2 })) as { entries: { path: string }[]; more: boolean };
    expect(more).toBe(true);
    expect(entries).toHaveLength(1000);
    expect(entries.at(-1)).toEqual({ path: 'z.txt', type: 'file', size: 0 });
    expect(entries.map(({ path }) => path)).toEqual(entries.map(({ path }) => path).toSorted());
  });

  it('lists a directory of exactly 1,000 without saying that there is more', async () => {
    using at = setUp({ '0': '' });
    for (let file = 1; file < 1000; file++) linkSync(join(at.root, '0'), join(at.root, `${file}`));
    expect(await at.list()).toMatchObject({ more: false, entries: { length: 1000 } });
  });

  it.each([
    ['../outside', 'it is outside'],
    ['out', 'it is outside'],
    ['none', 'there is no such file or directory'],
    ['b.txt', 'it is no directory'],
  ])('does not list %s', async (path, problem) => {
    using at = setUp({ 'b.txt': '' });
    symlinkSync(at.outside, join(at.root, 'out'));
    await expect(at.list({ path })).rejects.toThrow(`Cannot list "${path}": ${problem}`);
  });

  it('says so if the root is gone', async () => {
    using at = setUp();
    rmSync(at.root, { recursive: true });
    await expect(at.list()).rejects.toThrow('there is no such file or directory');
  });
});
