import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { untilAborted } from '../../src/async/until-aborted.ts';

describe('What is waited for until an abort', () => {
  it('gives its result or its failure, and leaves no listener', async () => {
    const { signal } = new AbortController();
    expect(await untilAborted(Promise.resolve('result'), signal)).toBe('result');
    await expect(untilAborted(Promise.reject('failure'), signal)).rejects.toBe('failure');
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('rejects with the reason of an abort that comes first, whatever becomes of it later', async () => {
    const abort = new AbortController();
    const late = Promise.withResolvers<never>();
    const waiting = untilAborted(late.promise, abort.signal);
    abort.abort('enough');
    await expect(waiting).rejects.toBe('enough');
    late.reject(new Error('which nobody hears of'));
  });

  it('does so too where the abort has come already', async () => {
    const late = Promise.withResolvers<never>();
    await expect(untilAborted(late.promise, AbortSignal.abort('before'))).rejects.toBe('before');
    await expect(untilAborted(Promise.resolve('result'), AbortSignal.abort('before'))).rejects.toBe('before');
    late.reject(new Error('which nobody hears of'));
  });
});
