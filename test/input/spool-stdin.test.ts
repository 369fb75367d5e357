import { readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { spoolInput } from '../../src/input/spool-stdin.ts';
import { temporaryDirectory } from './prompt-files.ts';

describe.concurrent('piped input', () => {
  test('is kept byte for byte in a file that only its owner may read', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'stdin');
    const chunks = [Buffer.from([0xc3]), Buffer.from([0xa9, 0, 0xff]), Buffer.alloc(0), Buffer.alloc(100_000, 'x')];
    await spoolInput(streamOf(chunks), path);
    expect((await readFile(path)).equals(Buffer.concat(chunks))).toBe(true);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test('is an empty file if nothing is piped', async () => {
    await using directory = await temporaryDirectory();
    await spoolInput(streamOf([]), join(directory.path, 'stdin'));
    expect((await stat(join(directory.path, 'stdin'))).size).toBe(0);
  });

  test('is not asked for its next chunk before the last one is written', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'stdin');
    const sizes: number[] = [];
    const stream = async function* () {
      for (let chunk = 0; chunk < 5; chunk++) {
        sizes.push((await stat(path)).size);
        yield Buffer.alloc(1000);
      }
    };
    await spoolInput(stream(), path);
    expect(sizes).toEqual([0, 1000, 2000, 3000, 4000]);
  });

  test('never goes into something that is there already', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'stdin');
    await writeFile(path, 'precious');
    await symlink(path, join(directory.path, 'link'));
    for (const taken of [path, join(directory.path, 'link')]) {
      await expect(spoolInput(streamOf([Buffer.from('x')]), taken)).rejects.toMatchObject({
        exitCode: 74,
        message: expect.stringMatching(/^Cannot keep the piped prompts: .*EEXIST.* Write them to a file/),
      });
    }
    expect(await readFile(path, 'utf8')).toBe('precious');
  });

  test('leaves nothing behind if it breaks off', async () => {
    await using directory = await temporaryDirectory();
    const stream = async function* () {
      yield Buffer.from('half');
      throw new Error('the pipe broke');
    };
    await expect(spoolInput(stream(), join(directory.path, 'stdin'))).rejects.toMatchObject({
      exitCode: 74,
      message: 'Cannot keep the piped prompts: the pipe broke. Write them to a file and name that.',
    });
    expect(await readdir(directory.path)).toEqual([]);
  });
});

async function* streamOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
