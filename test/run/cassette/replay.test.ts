import { describe, expect, it } from 'vitest';
import { asking, called, exchange, replayOf } from './support.ts';

const said = (answer: string) => `data: ${JSON.stringify(answer)}\n\n`;

describe('A request that is replayed', () => {
  it('is answered by its recording, in whatever order its keys come', async () => {
    using tape = await replayOf([exchange(asking('one'), 'first'), exchange(asking('two'), 'second')]);
    expect(
      tape.answer({ stream: true, input: [{ content: 'two', role: 'user' }], instructions: 'Be brief.', model: 'm' }),
    ).toBe(said('second'));
    expect(tape.answer(asking('one'))).toBe(said('first'));
    expect(tape.replay.unused).toEqual({ exchanges: 0, of: 2 });
  });

  it('gets the recordings of equal requests in their order, each once, and then none', async () => {
    using tape = await replayOf([exchange(asking('one'), 'first'), exchange(asking('one'), 'second')]);
    expect([tape.answer(asking('one')), tape.answer(asking('one'))]).toEqual([said('first'), said('second')]);
    expect(tape.answer(asking('one'))).toBe(
      'Cannot replay this request: tape has it 2 times (line 2), and it is asked for once more.',
    );
    tape.replay.rewind();
    expect(tape.answer(asking('one'))).toBe(said('first'));
  });

  it('gets the recording of its own conversation, whoever asks first', async () => {
    const recorded = ['p1', 'p2', 'p3'].map((conversation) => exchange(asking('same'), conversation, { conversation }));
    using tape = await replayOf(recorded);
    for (const conversation of ['p3', 'p1', 'p2']) {
      expect(tape.answer(asking('same'), conversation)).toBe(said(conversation));
    }
  });

  it('gets that of another conversation where prompts have moved', async () => {
    using tape = await replayOf([exchange(asking('one'), 'first', { conversation: 'p7' })]);
    expect(tape.answer(asking('one'), 'p8')).toBe(said('first'));
  });

  it('gets back what it had not heard to the end', async () => {
    using tape = await replayOf([exchange(asking('one'), 'first')]);
    const asked = { conversation: 'p1', model: 'test/m', request: asking('one') };
    const taken = tape.replay.takeExchange(asked);
    if (!taken.ok) throw new Error(taken.problem);
    taken.giveBack();
    expect(tape.answer(asking('one'))).toBe(said('first'));
  });

  it('is found with and without what a server may have refused, but never by the refusal itself', async () => {
    const refused = { response: { atMs: 1, status: 400, headers: {} } };
    using tape = await replayOf([
      exchange(asking('one', { include: ['reasoning'] }), 'refusal', refused),
      exchange(asking('one'), 'first'),
      exchange(asking('two'), 'second'),
    ]);
    expect(tape.answer(asking('two', { include: ['reasoning'] }))).toBe(said('second'));
    expect(tape.answer(asking('one'))).toBe(said('first'));
    expect(tape.answer(asking('one'))).toContain('asked for once more');
    expect(tape.answer(asking('one', { include: ['reasoning'] }))).toBe(said('refusal'));
  });

  it('is found although background tasks took another time', async () => {
    const told = (seconds: number) => asking(`{"task":"t1","status":"done","took_seconds":${seconds}}`);
    using tape = await replayOf([exchange(told(1.1), 'first')]);
    expect(tape.answer(told(1.2))).toBe(said('first'));
  });

  it.each([
    [asking('What is 1 + 3?'), 'the last message: "What is 1 + 3?", recorded "What is 1 + 2?"'],
    [asking('What is 1 + 2?', { instructions: 'Be long.' }), 'the instructions: "Be long.", recorded "Be brief."'],
    [
      asking('What is 1 + 2?', { tools: [{ name: 'sum' }, { function: { name: 'add' } }] }),
      'the tools sum, add are new',
    ],
    [asking('What is 1 + 2?', { temperature: 1 }), '"temperature": "1", recorded nothing'],
    [
      asking('', {
        input: [
          { role: 'user', content: 'What is 1 + 2?' },
          { role: 'assistant', content: '3' },
        ],
      }),
      'it has 2 messages, not 1',
    ],
  ])('that has no recording is told the nearest one and what differs', async (request, difference) => {
    using tape = await replayOf([
      exchange(asking('Something else entirely?'), 'no', { conversation: 'p1' }),
      exchange(asking('What is 1 + 2?'), '3', { conversation: 'p2' }),
    ]);
    expect(tape.answer(request, 'p2')).toBe(
      `Cannot replay this request: tape has no recording of it. The nearest is in line 3, of p2; what differs: ${difference}.`,
    );
  });

  it('names another model, a changed tool, a missing one, and an earlier message', async () => {
    const tools = [{ functionDeclarations: [{ name: 'sum', description: 'Adds.' }, { name: 'brew' }] }];
    const contents = ['a', 'b', 'c'].map((text) => ({ parts: [{ text }] }));
    using tape = await replayOf([exchange({ contents, tools }, 'first')]);
    const changed = {
      contents: ['a', 'x', 'c'].map((text) => ({ parts: [{ text }] })),
      tools: [{ functionDeclarations: [{ name: 'sum', description: 'Sums.' }] }],
    };
    const problem = tape.answer(changed, 'p1', 'test/other');
    expect(problem).toContain('the model is test/other, not test/m');
    expect(problem).toContain('message 2 of 3: "x", recorded "b"');
    expect(problem).toContain('the tools brew are missing');
  });

  it('is not told of more than a little of long texts', async () => {
    using tape = await replayOf([exchange(asking(`${'a'.repeat(5000)}b${'c'.repeat(5000)}`), 'first')]);
    const problem = tape.answer(asking(`${'a'.repeat(5000)}x${'c'.repeat(5000)}`));
    expect(problem.length).toBeLessThan(500);
    expect(problem).toContain('…aaaaaaaaaaaaaaaaaaaax');
  });
});

describe('A tool call that is replayed', () => {
  it('comes to what it came to, whatever the order of its arguments and of the calls', async () => {
    const args = { tea: 'green', cups: 2 };
    using tape = await replayOf([
      called('for p1', { callId: 'a', arguments: args }),
      called('for p2', { callId: 'b', arguments: args, conversation: 'p2' }),
      called('for the other of p2', { callId: 'c', arguments: args, conversation: 'p2' }),
    ]);
    const asked = { arguments: { cups: 2, tea: 'green' } };
    expect(tape.call({ ...asked, callId: 'c', conversation: 'p2' })).toEqual({
      kind: 'ok',
      output: 'for the other of p2',
    });
    expect(tape.call({ ...asked, callId: 'b', conversation: 'p2' })).toEqual({ kind: 'ok', output: 'for p2' });
    expect(tape.call({ ...asked, callId: 'a' })).toEqual({ kind: 'ok', output: 'for p1' });
  });

  it('gets the attempts at it in their order, and then no more unless it changes nothing', async () => {
    const threw = { kind: 'failed', code: 'threw', message: 'no water' } as const;
    using tape = await replayOf([called('', { outcome: threw }), called('tea')]);
    expect([tape.call(), tape.call()]).toEqual([threw, { kind: 'ok', output: 'tea' }]);
    expect(tape.call()).toBe(
      'Cannot replay this call of brew: tape has it 2 times (line 2), and it is made once more.',
    );
    expect(tape.call({ changesNothing: true })).toEqual({ kind: 'ok', output: 'tea' });
  });

  it('gets one that was cancelled only if there is no other', async () => {
    using tape = await replayOf([called('', { outcome: { kind: 'cancelled' } }), called('tea', { callId: 'other' })]);
    expect(tape.call()).toEqual({ kind: 'ok', output: 'tea' });
    expect(tape.call()).toEqual({ kind: 'cancelled' });
  });

  it('that has no recording is told the nearest, and so is the request that tells of it', async () => {
    using tape = await replayOf([
      exchange(asking('one'), 'first'),
      called('tea'),
      called('', { tool: 'pour', arguments: {} }),
    ]);
    const problem = tape.call({ arguments: { tea: 'bl"ack' } });
    expect(problem).toBe(
      'Cannot replay this call of brew: tape has no recording of it. The nearest is in line 3; what differs: "bl\\"ack", recorded "green".',
    );
    expect(tape.call({ tool: 'boil', arguments: {} })).toContain('it is a call of');
    const outcome = JSON.stringify({
      error: tape
        .call({ arguments: { tea: 'bl"ack' } })
        .toString()
        .replace('tape', tape.path),
    });
    expect(tape.answer(asking('one', { input: [{ type: 'function_call_output', output: outcome }] }))).toBe(problem);
  });
});
