import type { JsonValue } from '../../../src/contract/json.ts';
import { STAND_IN_NOTE, think } from '../../../src/sim/brain/think.ts';
import type { HistoryEntry, OfferedTool, PlannedCall } from '../../../src/sim/brain/thought.ts';
import { runTool } from './tools.ts';

/** The calls of every turn, and the answer without the note on who gave it. */
export interface Conversed {
  readonly turns: readonly (readonly PlannedCall[])[];
  readonly answer: string;
}

/** Talks with the brain until it answers, running its calls. */
export function converse(
  prompt: string,
  tools: readonly OfferedTool[],
  options: { readonly run?: (call: PlannedCall) => JsonValue; readonly onlyFirstCall?: boolean } = {},
): Conversed {
  const { run = runTool, onlyFirstCall = false } = options;
  const history: HistoryEntry[] = [{ role: 'user', text: prompt }];
  const turns: (readonly PlannedCall[])[] = [];
  for (let turn = 0; turn < 100; turn++) {
    const thought = think({ instructions: '', tools, history });
    const calls = onlyFirstCall ? thought.calls.slice(0, 1) : thought.calls;
    if (calls.length === 0) return { turns, answer: thought.text.replace(` ${STAND_IN_NOTE}`, '') };
    turns.push(calls);
    for (const call of calls) history.push({ role: 'result', call, output: run(call) });
  }
  throw new Error(`no answer to ${prompt} after 100 turns`);
}

/** The calls of a turn in short. */
export function inShort(calls: readonly PlannedCall[] | undefined): readonly string[] {
  return (calls ?? []).map(({ name, args }) => `${name}(${Object.values(args).join(', ')})`);
}
