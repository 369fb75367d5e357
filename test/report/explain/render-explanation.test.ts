import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../src/contract/event.ts';
import { explainRun } from '../../../src/report/explain/explain-run.ts';
import { renderExplanation } from '../../../src/report/explain/render-explanation.ts';
import { SpanRecorder } from '../../../src/report/spans/span-recorder.ts';
import { createTheme } from '../../../src/report/theme.ts';
import { anyToldRun } from '../support/any-told-run.ts';
import type { FakeConversation } from '../support/fake-run.ts';
import { fakeRun } from '../support/fake-run.ts';
import { hostileIn, hostileText } from '../support/hostile-text.ts';
import { ToldRun } from '../support/told-run.ts';

describe('An explanation', () => {
  it('says where the time went, what made it, what was in the way, and what to do', () => {
    const turns = [{ modelMs: 100, calls: [{ name: 'get_weather', ms: 1000 }] }, { modelMs: 60 }];
    const events = fakeRun(named(5, turns), { concurrency: 4 });
    expect(shown(events)).toBe(`agentpar explain run   5 conversations, 4 at once, sim/offline

Where the time went   summed over 5 conversations, each in one state at a time
  model         0.80 s   14 %  0.34 at once
  tools         5.00 s   86 %  2.16 at once
  our overhead  0.00 s    0 %  0.00 at once
  together      5.80 s  100 %  2.50 at once, of 4 allowed, in 2.32 s
  queued        1.16 s         before their start; in no number above

Slots   conversations at once, on average and over time
  │${'█'.repeat(30)}${'▂'.repeat(30)}│
  2.50  working: with the model or in tools
  1.50  empty: no more prompts, the last ones ran
  4.00  allowed

Critical path   what made the 2.32 s, step by step
  00:00.001  0.10 s  p1  model  sim/offline, turn 1
  00:00.101  1.00 s  p1  tools  get_weather, turn 1
  00:01.101  0.06 s  p1  model  sim/offline, turn 2
  00:01.161  0.10 s  p5  model  sim/offline, turn 1
  00:01.261  1.00 s  p5  tools  get_weather, turn 1
  00:02.261  0.06 s  p5  model  sim/offline, turn 2
  in sum: 2.00 s get_weather (86 %), 0.32 s model (14 %)

Ceiling   the least that it could take: the longest conversation with nothing in its way
  1.16 s   estimated for p1: models and tools are taken to be as fast with everything at once
  in the way, along the critical path: 1.16 s other conversations in the same slot
  try -j 5: about 1.16 s, estimated, if the model and the tools keep up

Latencies   from the start, and from when it was asked for: with all waiting
                               p50     p90     p99     max
  conversation  from start  1.16 s  1.16 s  1.16 s  1.16 s
                from asked  1.16 s  2.32 s  2.32 s  2.32 s
  model call    from start  0.06 s  0.10 s  0.10 s  0.10 s
                from asked  0.06 s  0.10 s  0.10 s  0.10 s

Tools
               calls  failed     p50     p90     p99     max  asked p90
  get_weather      5       0  1.00 s  1.00 s  1.00 s  1.00 s     1.00 s

Models
               calls  failed     p50     p90     p99     max  asked p90  first token p50
  sim/offline     10       0  0.06 s  0.10 s  0.10 s  0.10 s     0.10 s

Conversations
            queued    took   model   tools  waiting  overhead
  p1  done  0.00 s  1.16 s  0.16 s  1.00 s   0.00 s    0.00 s
  p2  done  0.00 s  1.16 s  0.16 s  1.00 s   0.00 s    0.00 s
  p3  done  0.00 s  1.16 s  0.16 s  1.00 s   0.00 s    0.00 s
  p4  done  0.00 s  1.16 s  0.16 s  1.00 s   0.00 s    0.00 s
  p5  done  1.16 s  1.16 s  0.16 s  1.00 s   0.00 s    0.00 s
`);
  });

  it('shows of a run in two modes the split of both, and the last one in full', () => {
    const text = shown(fakeRun(named(2, [{ modelMs: 100 }]), { modes: ['sequential', 'parallel'] }));
    expect(text.match(/^Where the time went, \w+/gm)).toEqual([
      'Where the time went, sequential',
      'Where the time went, parallel',
    ]);
    expect(text.match(/^Critical path/gm)).toHaveLength(1);
  });

  it('shortens what is long, and shows all of it on demand', () => {
    const events = fakeRun(named(300, [{ modelMs: 100, calls: [{ name: 'look_up', ms: 50 }] }]), { concurrency: 5 });
    const text = shown(events);
    expect(text).toMatch(/^ {2}00:00.001 {2}0.15 s {2}p1 +0.10 s model \(67 %\), 0.05 s look_up \(33 %\)$/m);
    expect(text).toMatch(/^ {2}… +5\.40 s {2}36 more$/m);
    expect(text).toContain('Conversations   the 20 that took longest of 300; all with --verbose or --json');
    expect(text.split('\n').length).toBeLessThan(100);
    const whole = shown(events, true);
    expect(whole).toContain('p123 ');
    expect(whole.match(/look_up, turn 1$/gm)).toHaveLength(60);
  });

  it('says if the run did not come to its end, was stopped, or has been gone on with', () => {
    const run = new ToldRun().mode(0).start(0, 'p1').ask(0, 'p1');
    const open = shown(run.events);
    expect(open).toContain('It has not come to its end: what is open is taken to end where the journal does');
    expect(open).not.toContain('Latencies');
    expect(open).toMatch(/sim\/offline +0 +0\n/);
    run.resume(100).start(100, 'p1', { resumed: true }).end(150, 'p1').modeEnd(150).runEnd(150, { stopped: 'SIGINT' });
    expect(shown(run.events)).toContain('Stopped by SIGINT.\nResumed 1 time; ');
    expect(shown(new ToldRun().runEnd(1).events)).toBe(
      'agentpar explain run   1 conversation, sim/offline\n\nNothing was run.\n',
    );
  });

  it('names why a straggler is one', () => {
    const slow = { id: 'slow', turns: [{ modelMs: 60, calls: [{ name: 'crawl', ms: 5000 }] }, { modelMs: 50 }] };
    const text = shown(fakeRun([...named(5, [{ modelMs: 1000 }]), slow]));
    const why = 'tools 5.00 s where 0.00 s is usual, longest crawl 5.00 s in turn 1, 2 turns instead of 1';
    expect(text).toContain(`  slow  5.11 s, 5.1 times the median: ${why}\n`);
  });

  it('can be made of any run, and holds nothing hostile, whatever names there are', () => {
    fc.assert(
      fc.property(anyToldRun(), hostileText, (run, text) => {
        const events = run.events.map((event): RunEvent => {
          if ('name' in event) return { ...event, name: text };
          if (event.kind === 'model_start') return { ...event, model: text };
          if (event.kind === 'run_start') return { ...event, runId: text, model: text };
          return 'conversation' in event ? ({ ...event, conversation: text + event.conversation } as RunEvent) : event;
        });
        expect(hostileIn(shown(events, true), '\n')).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});

function named(count: number, turns: FakeConversation['turns']): FakeConversation[] {
  return Array.from({ length: count }, (_, index) => ({ id: `p${index + 1}`, turns }));
}

function shown(events: readonly RunEvent[], isWhole = false): string {
  const recorder = new SpanRecorder();
  for (const event of events) recorder.handle(event);
  const spans = recorder.spans();
  return spans ? renderExplanation(explainRun(spans), { theme: createTheme(false), isWhole }) : '';
}
