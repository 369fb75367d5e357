import { describe, expect, it } from 'vitest';
import { pairOutcomes } from '../../src/agent/pair-outcomes.ts';
import type { Message, ToolOutcome } from '../../src/contract/message.ts';
import { call } from '../support/scripted-model.ts';

const ok = (callId: string): ToolOutcome => ({ kind: 'ok', callId, output: callId });
const asked: Message = { role: 'assistant', text: '', calls: [call('a', 'x'), call('b', 'x')] };

describe('A history', () => {
  it('whose calls all have their outcome is left as it is', () => {
    const history: Message[] = [{ role: 'user', text: 'hi' }, asked, { role: 'tools', outcomes: [ok('a'), ok('b')] }];
    expect(pairOutcomes(history)).toEqual({ messages: history, repairs: [] });
  });

  it('that was interrupted gets an outcome for every open call', () => {
    const { messages, repairs } = pairOutcomes([asked, { role: 'tools', outcomes: [ok('b')] }]);
    expect(messages[1]).toMatchObject({ outcomes: [{ kind: 'failed', callId: 'a', code: 'not_run' }, ok('b')] });
    expect(repairs).toEqual(['call a had no outcome']);
    expect(pairOutcomes([asked]).messages).toHaveLength(2);
  });

  it('loses outcomes that are double or that nobody asked for', () => {
    const { messages, repairs } = pairOutcomes([
      { role: 'tools', outcomes: [ok('z')] },
      asked,
      { role: 'tools', outcomes: [ok('b'), ok('a'), ok('a'), ok('c')] },
    ]);
    expect(messages).toEqual([asked, { role: 'tools', outcomes: [ok('a'), ok('b')] }]);
    expect(repairs).toHaveLength(2);
  });
});
