import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { onAbort } from '../../src/async/on-abort.ts';

describe('Waiting for a signal', () => {
  it('takes one listener, however many wait, and none when nobody does any more', () => {
    const { signal } = new AbortController();
    const stops = [1, 2, 3].map(() => onAbort(signal, () => {}));
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    for (const stop of [...stops, ...stops]) stop();
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('calls back all who still wait, once, in the order in which they came', () => {
    const abort = new AbortController();
    const calls: string[] = [];
    const stopFirst = onAbort(abort.signal, () => calls.push('first'));
    onAbort(abort.signal, () => {
      calls.push('second');
      stopThird();
    });
    const stopThird = onAbort(abort.signal, () => calls.push('third'));
    onAbort(abort.signal, () => calls.push('fourth'));
    stopFirst();
    abort.abort();
    abort.abort();
    expect(calls).toEqual(['second', 'fourth']);
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
  });

  it('begins anew after all had stopped', () => {
    const abort = new AbortController();
    const calls: string[] = [];
    const stop = onAbort(abort.signal, () => calls.push('before'));
    stop();
    onAbort(abort.signal, () => calls.push('after'));
    stop();
    abort.abort();
    expect(calls).toEqual(['after']);
  });
});
