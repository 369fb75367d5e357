import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/contract/event.ts';
import type { LogOptions } from '../../src/report/log.ts';
import { createLog } from '../../src/report/log.ts';
import { textWidth } from '../../src/report/text-width.ts';
import { createTheme } from '../../src/report/theme.ts';
import { fakeConversations } from './support/fake-conversations.ts';
import type { FakeConversation } from './support/fake-run.ts';
import { fakeRun } from './support/fake-run.ts';
import { hostileIn, hostileText } from './support/hostile-text.ts';
import { ToldRun } from './support/told-run.ts';

const oslo: FakeConversation = {
  id: 'p1',
  prompt: 'Weather in Oslo?',
  turns: [
    { modelMs: 50, calls: [{ name: 'get_weather', ms: 1003, argumentsText: '{"city":"Oslo"}', output: '4 °C, rain' }] },
    { modelMs: 60, text: 'It rains.\nTake a coat.' },
  ],
};

describe('the log', () => {
  it('begins with what is run, how wide, with which model and why', () => {
    const [header] = written(fakeRun([oslo]));
    expect(header).toBe(
      'agentpar run prompts/cities.txt   1 conversation, 4 at once, sim/offline: ' +
        'no OPENAI_API_KEY or GEMINI_API_KEY is set, so a rule-based stand-in answers\n\n',
    );
  });

  it('gives the reason a line of its own where the terminal is too narrow', () => {
    const [header] = written(fakeRun([oslo]), { width: 100 });
    expect(header).toMatch(/, sim\/offline\nsim\/offline: no OPENAI_API_KEY .* answers\n\n$/);
  });

  it('has a line for each model response, tool start, tool end and conversation end', () => {
    expect(
      written(fakeRun([oslo]))
        .slice(1)
        .join(''),
    ).toBe(
      [
        '00:00.051  p1  model                        0.05 s  210 in / 48 out',
        '00:00.051  p1  tool     get_weather        started  {"city":"Oslo"}',
        '00:01.054  p1  tool     get_weather         1.00 s  "4 °C, rain"',
        '00:01.114  p1  model                        0.06 s  210 in / 48 out',
        '00:01.114  p1  end      done                1.11 s  It rains. Take a coat.',
        '',
      ].join('\n'),
    );
  });

  it('shows starts, prompts, text and queue time when verbose, and cuts nothing', () => {
    const output = 'x'.repeat(5000);
    const call = { name: 'get_weather', ms: 5, output, queuedMs: 400 };
    const lines = written(fakeRun([{ ...oslo, turns: [{ modelMs: 5, text: 'hm', calls: [call] }] }]), {
      verbose: true,
      width: 80,
    });
    expect(lines).toContain('00:00.001  p1  start    assistant          started  "Weather in Oslo?"\n');
    expect(lines).toContain('00:00.001  p1  model                       started  sim/offline\n');
    expect(lines).toContain('00:00.006  p1  model                        0.01 s  210 in / 48 out  "hm"\n');
    expect(lines).toContain('00:00.406  p1  tool     get_weather        started  {}  after 0.40 s for a slot\n');
    expect(lines.some((line) => line.includes(output))).toBe(true);
  });

  it('writes nothing when quiet', () => {
    expect(written(fakeRun([oslo]), { quiet: true })).toEqual([]);
  });

  it('says that a tool failed, and why', () => {
    const failure = { code: 'threw', message: 'Cannot divide\nby zero.' } as const;
    const lines = written(
      fakeRun([{ id: 'p1', turns: [{ modelMs: 1, calls: [{ name: 'divide', ms: 1, failure }] }] }]),
    );
    expect(lines).toContain('00:00.003  p1  tool     divide              0.00 s  failed: Cannot divide by zero.\n');
  });

  it('says with whom a result is shared, and a failure', () => {
    const share = (event: RunEvent): RunEvent =>
      event.kind === 'tool_end' ? { ...event, shared: { conversation: 'p3', callId: 'c', savedMs: 9 } } : event;
    const failing = {
      ...oslo,
      turns: [{ modelMs: 5, calls: [{ name: 'f', ms: 1, failure: { code: 'threw', message: 'no' } }] }],
    } as const;
    const text = [oslo, failing].flatMap((one) => written(fakeRun([one]).map(share))).join('');
    expect(text).toContain('1.00 s  shared with p3  "4 °C, rain"');
    expect(text).toContain('0.00 s  failed, shared with p3: no');
  });

  it('says that a model call failed, and how the conversation ended', () => {
    const turns = [{ modelMs: 90, failure: '500 from the server' }];
    const lines = written(fakeRun([{ id: 'p1', turns, status: 'failed', problem: 'No response.' }]));
    expect(lines).toContain('00:00.091  p1  model                        0.09 s  failed: 500 from the server\n');
    expect(lines).toContain('00:00.091  p1  end      failed              0.09 s  No response.\n');
  });

  it('shows a retry with the wait before it, and the wait in the response that came', () => {
    const turns = [{ modelMs: 300, retries: [{ afterMs: 120, waitMs: 2000, message: '429 slow down' }] }];
    const lines = written(fakeRun([{ id: 'p1', turns }]));
    expect(lines[1]).toBe(
      '00:00.121  p1  retry                     in 2.00 s  rate_limited: 429 slow down (attempt 1)\n',
    );
    expect(lines[2]).toContain(' 2.42 s  210 in / 48 out, 2.00 s of it waiting to retry');
  });

  it('shows what a response was kept waiting for by rate limits, and if asked to when that begins', () => {
    const run = new ToldRun().mode(0).start(0, 'p1').ask(0, 'p1').wait(0, 'p1').waited(2000, 'p1');
    run.answer(2500, 'p1', { tookMs: 2500, waitedMs: 2000, rateMs: 2000 });
    expect(written(run.events).at(-1)).toContain('2.50 s  0 in / 0 out, 2.00 s of it waiting for rate limits');
    expect(written(run.events, { verbose: true }).join('')).toContain('waits  for rate limits');
  });

  it('shows a handoff, and from then on who speaks', () => {
    const turns = [{ modelMs: 10, handoffTo: 'maths' }, { modelMs: 10, handoffTo: 'assistant' }, { modelMs: 20 }];
    const lines = written(fakeRun([{ id: 'p1', turns }]));
    expect(lines).toContain('00:00.011  p1  handoff  assistant → maths\n');
    expect(lines).toContain('00:00.021  p1  model    maths               0.01 s  210 in / 48 out\n');
    expect(lines).toContain('00:00.041  p1  model                        0.02 s  210 in / 48 out\n');
  });

  it('names the arguments again at the end of calls of one tool that ran at the same time', () => {
    const calls = [
      { name: 'get_weather', ms: 20, argumentsText: '{"city":"Oslo"}', output: 4 },
      { name: 'get_weather', ms: 10, argumentsText: '{"city":"Lima"}', output: 19 },
      { name: 'get_time', ms: 15, argumentsText: '{"city":"Lima"}', output: 'noon' },
    ];
    const ends = written(fakeRun([{ id: 'p1', turns: [{ modelMs: 0, calls }] }])).filter((line) =>
      / 0\.0[12] s /.test(line),
    );
    expect(ends.map((line) => line.slice(line.indexOf(' s  ') + 4))).toEqual([
      '{"city":"Lima"} → 19\n',
      '"noon"\n',
      '{"city":"Oslo"} → 4\n',
    ]);
  });

  it('fits even where the arguments leave little room for the word that stands out', () => {
    const failure = { code: 'cancelled', message: '' } as const;
    const call = { name: 'get_weather', ms: 1, argumentsText: '{"city":"Reykjavik"}', failure };
    const run = fakeRun([{ id: 'reykjavik1', turns: [{ modelMs: 0, calls: [call, call] }] }]);
    const lines = written(run, { width: 80 }).filter((line) => line.includes('cancelled'));
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(textWidth(line.trimEnd())).toBeLessThanOrEqual(80);
  });

  it('marks a call as slow that took much longer than the ones before, and says what is usual', () => {
    const tool = (ms: number) => ({ modelMs: 1, calls: [{ name: 'get_weather', ms, output: 4 }] });
    const lines = written(
      fakeRun([{ id: 'p1', turns: [...[1000, 1010, 990, 1005, 995].map(tool), tool(1900), tool(2600)] }]),
    );
    expect(lines.filter((line) => line.includes('slow'))).toEqual([
      expect.stringContaining('2.60 s  slow (usually 1.01 s)  4'),
    ]);
  });

  it('marks a first call as slow after ten seconds', () => {
    const tool = (ms: number) => ({ modelMs: 1, calls: [{ name: 'fetch', ms, output: 4 }] });
    const lines = written(fakeRun([{ id: 'p1', turns: [tool(9_900), tool(10_100)] }]));
    expect(lines.filter((line) => line.includes('slow'))).toEqual([expect.stringContaining('10.10 s  slow  4')]);
  });

  it('takes a wait before a retry for no slowness of the model', () => {
    const retries = [{ afterMs: 0, waitMs: 20_000, message: '429' }];
    const lines = written(fakeRun([{ id: 'p1', turns: [{ modelMs: 100, retries }, { modelMs: 10_100 }] }]));
    expect(lines.filter((line) => line.includes('slow'))).toEqual([expect.stringContaining('10.10 s  slow  210 in')]);
  });

  it('puts a heading over each mode where there are two', () => {
    const lines = written(fakeRun([oslo], { modes: ['sequential', 'parallel'] }));
    expect(lines[1]).toBe('sequential   one conversation and one tool call at a time, in file order\n');
    expect(lines).toContain('\nparallel   4 conversations and 16 tool calls at once\n');
  });

  it('keeps conversations apart whose long ids differ at the end', () => {
    const turns = [{ modelMs: 1 }];
    const ids = ['question-about-cities-0001', 'question-about-cities-0002'];
    const text = written(fakeRun(ids.map((id) => ({ id, turns })))).join('');
    expect(text).toContain('  question…es-0001  model');
    expect(text).toContain('  question…es-0002  model');
  });

  it('shows a notice without a conversation', () => {
    const notice: RunEvent = { seq: 1, atMs: 5, kind: 'notice', message: 'Stopping:\nno new conversation starts.' };
    expect(written([notice])).toEqual(['00:00.005      note     Stopping: no new conversation starts.\n']);
  });

  it('colours status words and nothing else', () => {
    const text = written(fakeRun([oslo]), { theme: createTheme(true) }).join('');
    const coloured = text.split('\u001b[').flatMap((part) => /^(?:1|2|3[0-8])m(.*)/.exec(part)?.[1] ?? []);
    expect(coloured).toEqual(['agentpar run prompts/cities.txt', 'started', 'done']);
  });

  it('is whole lines that fit and hold nothing hostile, whatever models and tools say', () => {
    fc.assert(
      fc.property(fakeConversations(hostileText), fc.integer({ min: 80, max: 200 }), (conversations, width) => {
        const events = fakeRun(conversations);
        const [, ...lines] = written(events, { width });
        const shown = ['model_retry', 'model_end', 'tool_start', 'tool_end', 'handoff', 'conversation_end'];
        expect(lines.length).toBe(events.filter(({ kind }) => shown.includes(kind)).length);
        for (const line of lines) {
          expect(line.indexOf('\n')).toBe(line.length - 1);
          expect(hostileIn(line.slice(0, -1))).toEqual([]);
          expect(textWidth(line.slice(0, -1))).toBeLessThanOrEqual(width);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('has columns that only ever grow, as wide as what stands in them', () => {
    const name = fc.stringMatching(/^[a-z_]{1,30}$/);
    fc.assert(
      fc.property(fakeConversations(name), (conversations) => {
        const started = new Set<string>([`p${conversations.length}`]);
        const log: string[] = [];
        const reporter = createLog(optionsFor((text) => log.push(text)));
        for (const event of fakeRun(conversations)) {
          if (event.kind === 'conversation_start') started.add(event.conversation);
          const before = log.length;
          reporter.handle(event);
          if (event.kind === 'run_start' || log.length === before) continue;
          const width = Math.min(16, Math.max(...[...started].map((id) => id.length)));
          expect(log.at(-1)).toMatch(
            new RegExp(`^\\d\\d:\\d\\d\\.\\d{3}  .{${width}}  (model|tool|handoff|retry|end) *\\b`),
          );
          expect(log.at(-1)?.slice(9 + 2 + width, 9 + 2 + width + 2)).toBe('  ');
        }
      }),
      { numRuns: 60 },
    );
  });
});

function written(events: readonly RunEvent[], options: Partial<LogOptions> = {}): string[] {
  const texts: string[] = [];
  const log = createLog({ ...optionsFor((text) => texts.push(text)), ...options });
  for (const event of events) log.handle(event);
  return texts;
}

function optionsFor(write: (text: string) => void): LogOptions {
  return { write, theme: createTheme(false), width: undefined, verbose: false, quiet: false };
}
