import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { askAtTerminal } from '../../src/cli/ask-at-terminal.ts';
import type { ToolCall } from '../../src/contract/message.ts';
import { settle } from '../support/fake-clock.ts';
import { call } from '../support/scripted-model.ts';

/** A terminal with a person who types, and what is seen of it. */
function terminal() {
  const [input, output] = [new PassThrough(), new PassThrough()].map((stream) =>
    Object.assign(stream, { isTTY: true }),
  );
  if (!input || !output) throw new Error('there are two');
  const stopping = new AbortController();
  let seen = '';
  output.on('data', (chunk) => {
    seen += chunk;
  });
  const pauses: string[] = [];
  const pause = () => {
    pauses.push('pause');
    return () => void pauses.push('go on');
  };
  const onInterrupt = () => stopping.abort(new Error('stopped'));
  const ask = askAtTerminal({ input, output, pause, onInterrupt }, stopping.signal);
  const type = async (keys: string) => {
    await settle();
    input.write(keys);
  };
  const asked = (toolCall: ToolCall, signal = new AbortController().signal) => ask(toolCall, 'p1', signal);
  return { input, asked, type, pauses, stopping, seen: () => seen };
}

describe('A person at a terminal', () => {
  it('is asked with the call and its arguments, and nothing else is shown meanwhile', async () => {
    const { asked, type, pauses, seen } = terminal();
    const answer = asked(call('c', 'send_mail', { to: 'Ada' }));
    await settle();
    expect(seen()).toContain('p1 wants to run send_mail {"to":"Ada"}');
    expect(pauses).toEqual(['pause']);
    await type('y\r');
    expect(await answer).toBe('yes');
    expect(pauses).toEqual(['pause', 'go on']);
  });

  it.each([
    ['Y', 'yes'],
    [' yes ', 'yes'],
    ['n', 'no'],
    ['', 'no'],
    ['what?', 'no'],
  ])('who types "%s" says %s', async (keys, said) => {
    const { asked, type } = terminal();
    const answer = asked(call('c', 'send'));
    await type(`${keys}\r`);
    expect(await answer).toBe(said);
  });

  it('is not asked again about a tool that may always run', async () => {
    const { asked, type, pauses } = terminal();
    const first = asked(call('c', 'send'));
    await type('a\r');
    expect([await first, await asked(call('d', 'send'))]).toEqual(['yes', 'yes']);
    expect(pauses).toEqual(['pause', 'go on']);
    const other = asked(call('e', 'delete'));
    await type('n\r');
    expect(await other).toBe('no');
  });

  it('can stop the run with Ctrl-C instead, and is asked no more then', async () => {
    const { asked, type, stopping, pauses } = terminal();
    const answer = asked(call('c', 'send'));
    answer.catch(() => {});
    await type('\u0003');
    await expect(answer).rejects.toThrow();
    expect(stopping.signal.aborted).toBe(true);
    await expect(asked(call('d', 'send'))).rejects.toThrow('stopped');
    expect(pauses).toEqual(['pause', 'go on']);
  });

  it('who ends the input is nobody any more', async () => {
    const { asked, input, seen } = terminal();
    const answer = asked(call('c', 'send'));
    await settle();
    input.end();
    expect(await answer).toBe('nobody');
    await settle();
    expect(seen()).toMatch(/lways: [^\n]*\n$/);
  });

  it('is no longer asked once nobody wants the call', async () => {
    const { asked, seen } = terminal();
    const abort = new AbortController();
    const answer = asked(call('c', 'send'), abort.signal);
    answer.catch(() => {});
    await settle();
    abort.abort(new Error('too late'));
    await expect(answer).rejects.toThrow();
    await settle();
    expect(seen()).toMatch(/lways: [^\n]*\n$/);
  });
});
