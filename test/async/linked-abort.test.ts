import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { linkedAbort } from '../../src/async/linked-abort.ts';

describe('A linked abort', () => {
  it('comes with the wider one, for the same reason, or by itself', () => {
    const wider = new AbortController();
    const [first, second] = [linkedAbort(wider.signal), linkedAbort(wider.signal)];
    first.abort(new Error('own'));
    expect([first.signal.reason, second.signal.aborted]).toEqual([new Error('own'), false]);
    wider.abort('all');
    expect([first.signal.reason, second.signal.reason]).toEqual([new Error('own'), 'all']);
  });

  it('has come already where the wider one has', () => {
    expect(linkedAbort(AbortSignal.abort('before')).signal.reason).toBe('before');
  });

  it('hears of nothing once it is unlinked, and leaves no listener', () => {
    const wider = new AbortController();
    const linked = linkedAbort(wider.signal);
    linked.unlink();
    expect(getEventListeners(wider.signal, 'abort')).toEqual([]);
    wider.abort('all');
    expect(linked.signal.aborted).toBe(false);
  });
});
