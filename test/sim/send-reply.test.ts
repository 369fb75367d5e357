import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Frame } from '../../src/sim/reply.ts';
import { sendReply } from '../../src/sim/send-reply.ts';
import { DEFAULT_SIM_SETTINGS } from '../../src/sim/settings.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** A response whose writes are told with their times instead of being sent. */
function recorded() {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  const startedAt = performance.now();
  const writes: (readonly [atMs: number, text: string])[] = [];
  const record = (text: unknown) => writes.push([Math.round(performance.now() - startedAt), String(text)]);
  vi.spyOn(response, 'write').mockImplementation((text: unknown) => record(text) > 0);
  vi.spyOn(response, 'end').mockImplementation((text: unknown) => {
    record(`${String(text)}.`);
    return response;
  });
  return { response, writes };
}

const FRAMES: readonly Frame[] = [
  { text: 'head ', tokens: 0 },
  { text: 'one ', tokens: 1 },
  { text: 'three ', tokens: 2 },
  { text: 'end', tokens: 0, terminal: true },
];
const STREAM = { kind: 'stream', frames: FRAMES } as const;

test('at unlimited speed everything goes out in one write when the first token is due', () => {
  const { response, writes } = recorded();
  sendReply(response, STREAM, undefined, { ...DEFAULT_SIM_SETTINGS, firstTokenMs: 50 });
  vi.advanceTimersByTime(1000);
  expect(writes).toEqual([[50, 'head one three end.']]);
});

test('at a limited speed each piece goes out when its tokens are written', () => {
  const { response, writes } = recorded();
  sendReply(response, STREAM, undefined, { ...DEFAULT_SIM_SETTINGS, firstTokenMs: 50, tokensPerSecond: 10 });
  vi.advanceTimersByTime(1000);
  expect(writes).toEqual([
    [50, 'head '],
    [150, 'one '],
    [350, 'three end.'],
  ]);
});

test('an error takes no time', () => {
  const { response, writes } = recorded();
  sendReply(response, { kind: 'whole', status: 400, text: '{}', tokens: 0 }, undefined, DEFAULT_SIM_SETTINGS);
  expect(writes).toEqual([[0, '{}.']]);
});

test('nothing more is written for a client that has gone', () => {
  const { response, writes } = recorded();
  sendReply(response, STREAM, undefined, { ...DEFAULT_SIM_SETTINGS, firstTokenMs: 0, tokensPerSecond: 10 });
  vi.advanceTimersByTime(120);
  expect(writes).toHaveLength(2);
  response.emit('close');
  vi.advanceTimersByTime(10_000);
  expect(writes).toHaveLength(2);
  expect(vi.getTimerCount()).toBe(0);
});

test('a stalled stream writes half and then keeps still', () => {
  const { response, writes } = recorded();
  sendReply(response, STREAM, { kind: 'stall' }, { ...DEFAULT_SIM_SETTINGS, firstTokenMs: 0 });
  vi.advanceTimersByTime(10_000);
  expect(writes).toEqual([[0, 'head one ']]);
});
