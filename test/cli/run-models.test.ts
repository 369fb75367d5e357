import { expect, test } from 'vitest';
import { defineAgent } from '../../src/agent/define-agent.ts';
import { chooseModels, startModel } from '../../src/cli/run-models.ts';
import { ask, endOf, providerOptions, respond } from '../providers/support/open-model.ts';
import { chunk } from '../providers/support/protocols.ts';
import { stream, WireServer } from '../providers/support/wire-server.ts';

const plain = defineAgent({ name: 'plain', instructions: 'Answer.' });
const choosy = defineAgent({ name: 'choosy', instructions: 'Answer.', model: 'openai-chat/qwen3' });

test('the model that a run starts with is the one that its agent names, else the one that was asked for', () => {
  const models = chooseModels('openai/gpt-test', providerOptions());
  expect(startModel(plain, models)).toMatchObject({ id: 'openai/gpt-test', reason: 'as asked for' });
  expect(startModel(choosy, models)).toEqual({ id: 'openai-chat/qwen3', reason: 'agent choosy names it' });
});

test('a base URL is that of the provider which was asked for or has a key, else of whichever is used', async () => {
  await using server = await WireServer.start(stream(chunk({ content: 'Hi.' }, 'stop')));
  const baseUrl = `${server.origin}/v1`;
  const without = chooseModels(undefined, providerOptions({ env: {}, baseUrl }));
  expect(endOf(await respond(without.get('openai-chat/qwen3'), ask('hello'))).text).toBe('Hi.');
  const asked = chooseModels('openai/gpt-test', providerOptions({ env: {}, baseUrl }));
  expect(() => asked.get('openai-chat/qwen3')).toThrow('OPENAI_API_KEY is not set');
});
