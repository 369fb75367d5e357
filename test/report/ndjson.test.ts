import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createNdjson } from '../../src/report/ndjson.ts';
import { fakeConversations } from './support/fake-conversations.ts';
import { fakeRun } from './support/fake-run.ts';
import { hostileIn, hostileText } from './support/hostile-text.ts';

it('writes each event as one line in one write, exact, with nothing hidden in it', () => {
  fc.assert(
    fc.property(fakeConversations(hostileText), (conversations) => {
      const events = fakeRun(conversations);
      const lines: string[] = [];
      const ndjson = createNdjson((text) => lines.push(text));
      for (const event of events) ndjson.handle(event);
      expect(lines.map((line) => JSON.parse(line))).toEqual(events);
      for (const line of lines) expect(hostileIn(line)).toEqual(['\n']);
    }),
    { numRuns: 40 },
  );
});
