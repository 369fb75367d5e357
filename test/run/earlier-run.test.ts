import { describe, expect, it } from 'vitest';
import { defineAgent } from '../../src/agent/define-agent.ts';
import type { RunEvent } from '../../src/contract/event.ts';
import type { Prompt } from '../../src/contract/prompt.ts';
import type { EarlierRunOptions } from '../../src/run/earlier-run.ts';
import { earlierRun } from '../../src/run/earlier-run.ts';
import { foldJournal } from '../../src/run/run-so-far.ts';
import { fakeRun } from '../report/support/fake-run.ts';

const TEXTS = ['Oslo?', 'Rome?', 'Lima?'];
const SAME = { prompts: '', agents: '', options: '' };

describe('A run whose prompts file has changed', () => {
  it('goes on with each prompt under the id and place that it was recorded with, wherever it stands now', async () => {
    const { named } = await goOn(['Lima?', 'Bonn?', 'Oslo?', 'Rome?']);
    expect(named).toEqual(['p3 at 2 done', 'p2-2 at 3 new', 'p1 at 0 done', 'p2 at 1 half done']);
  });

  it('takes up new prompts under ids and at places that are free', async () => {
    const { named } = await goOn(['Bonn?', ...TEXTS, 'Kyiv?']);
    expect(named).toEqual(['p1-2 at 3 new', 'p1 at 0 done', 'p2 at 1 half done', 'p3 at 2 done', 'p5 at 4 new']);
  });

  it('knows each of several prompts with one text', async () => {
    const { named } = await goOn(['Oslo?', 'Oslo?'], ['Oslo?', 'Oslo?', 'Oslo?']);
    expect(named).toEqual(['p1 at 0 done', 'p2 at 1 half done', 'gone: p3']);
  });

  it('is refused if prompts that were begun are gone, unless that is allowed', async () => {
    const refused = goOn(['Oslo?', 'Lima?'], TEXTS, { allowChanged: false });
    await expect(refused).rejects.toMatchObject({ exitCode: 65, message: expect.stringMatching(/\(p2\).*--allow/) });
    const { named } = await goOn(['Oslo?', 'Paris?', 'Lima?']);
    expect(named).toEqual(['p1 at 0 done', 'p2 at 1 new', 'p3 at 2 done', 'gone: p2']);
  });

  it('is refused if there are fewer than before, even if none of those that are gone was begun', async () => {
    const events = recorded(TEXTS).filter((event) => !('conversation' in event) || event.conversation === 'p1');
    const refused = goOn(['Oslo?', 'Lima?'], TEXTS, { events, allowChanged: false });
    await expect(refused).rejects.toMatchObject({ exitCode: 65, message: expect.stringContaining('2 instead of 3') });
    const { named } = await goOn(['Oslo?', 'Lima?'], TEXTS, { events });
    expect(named).toEqual(['p1 at 0 done', 'p2 at 1 new']);
  });

  it('says so in the journal, so that the next resume knows whose is what', async () => {
    const events = recorded(TEXTS);
    const { about } = await goOn(['Lima?', 'Oslo?', 'Rome?'], TEXTS, { events });
    expect(about.changed).toEqual({ conversations: 3, gone: [] });
    events.push({ kind: 'run_resume', ...about, seq: 99, atMs: 99 });
    const { named } = await goOn(TEXTS, TEXTS, { events, fingerprints: SAME });
    expect(named).toEqual(['p1 at 0 done', 'p2 at 1 half done', 'p3 at 2 done']);
  });

  it('is finished with those that are left', async () => {
    const events = recorded(TEXTS);
    const { about } = await goOn(['Oslo?', 'Lima?'], TEXTS, { events });
    events.push({ kind: 'run_resume', ...about, seq: 99, atMs: 99 });
    const counts = { done: 2, failed: 0, cancelled: 0, notStarted: 0 };
    events.push({ kind: 'run_end', tookMs: 1, counts, seq: 100, atMs: 100 });
    expect(await foldJournal(each(events))).toMatchObject({ isComplete: true, count: 2 });
  });
});

it('An unchanged run finds its prompts by their ids, and tells models what they say, which journals may not', async () => {
  const prompt = 'Oslo with [MY_TOKEN]?';
  const [half] = (await goOn(['Oslo with token-123?'], [prompt, prompt], { fingerprints: SAME, half: 'p1' })).restored;
  expect(half?.history[0]).toEqual({ role: 'user', text: 'Oslo with token-123?' });
  const redact = (text: string) => text.replace('token-123', '[MY_TOKEN]');
  const { named } = await goOn(['Rome?', 'Oslo with token-123?'], [prompt], { asRecorded: redact, half: 'p1' });
  expect(named).toEqual(['p1-2 at 1 new', 'p1 at 0 half done']);
});

type Changes = Partial<EarlierRunOptions> & { readonly events?: RunEvent[]; readonly half?: string };

/** What becomes of prompts, of which the second was interrupted in its first turn when the run had recorded the texts. */
async function goOn(now: readonly string[], before = TEXTS, { events, half, ...changes }: Changes = {}) {
  const soFar = await foldJournal(each(events ?? recorded(before, half)));
  if (!soFar) throw new Error('the run had not begun');
  const earlier = await earlierRun(soFar, {
    agentNamed: () => AGENT,
    agentOf: () => AGENT,
    defaultModel: 'sim/offline',
    onUncertain: 'tell',
    fitOutputs: (outputs) => outputs,
    version: '0.0.0',
    startedAt: '',
    prompts: () => each(now.map(prompt)),
    fingerprints: { prompts: 'another', agents: '', options: '' },
    asRecorded: (text) => text,
    allowChanged: true,
    ...changes,
  });
  const named: string[] = [];
  const restored = [];
  for await (const each of earlier.prompts()) {
    const begun = earlier.restored(each);
    if (begun) restored.push(begun);
    named.push(`${each.id} at ${each.index} ${earlier.finished(each) ?? (begun ? 'half done' : 'new')}`);
  }
  const { about } = earlier;
  return { about, restored, named: [...named, ...(about.changed?.gone ?? []).map((id) => `gone: ${id}`)] };
}

function recorded(texts: readonly string[], half = 'p2'): RunEvent[] {
  const turns = [{ modelMs: 1 }];
  const events = fakeRun(texts.map((text, index) => ({ id: `p${index + 1}`, prompt: text, turns })));
  const isLater = (event: RunEvent) => event.kind === 'model_end' || event.kind === 'conversation_end';
  return events.filter((event) => !(isLater(event) && event.conversation === half));
}

function prompt(text: string, index: number): Prompt {
  return { id: `p${index + 1}`, index, text, source: { file: 'p.txt', line: index + 1 } };
}

async function* each<T>(values: readonly T[]): AsyncGenerator<T, void, void> {
  yield* values;
}

const AGENT = defineAgent({ name: 'assistant', instructions: '', tools: [] });
