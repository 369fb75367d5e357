import { expect, it } from 'vitest';
import { saltedModel } from '../../src/bench/salted-model.ts';
import { ScriptedModel, says } from '../support/scripted-model.ts';

it('A salted model begins the instructions of every request with the salt, and changes nothing else', async () => {
  const scripted = new ScriptedModel(says('Hello'));
  const model = saltedModel(scripted, 'abc');
  const { signal } = new AbortController();
  const request = { messages: [{ role: 'user', text: 'Hi' }], tools: [] } as const;
  {
    await using session = await model.open(signal);
    for (const instructions of ['Be brief.', '']) {
      const events = await Array.fromAsync(session.respond({ ...request, instructions }, signal));
      expect(events.at(-1)).toMatchObject({ kind: 'end', text: 'Hello' });
    }
  }
  expect(model.id).toBe(scripted.id);
  expect(scripted.sessions).toBe(0);
  expect(scripted.requests).toEqual([
    { ...request, instructions: '[run abc]\n\nBe brief.' },
    { ...request, instructions: '[run abc]' },
  ]);
});
