import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CassetteRecord, RecordedCall, RecordedExchange } from '../../../src/contract/cassette.ts';
import type { JsonValue } from '../../../src/contract/json.ts';
import { Redactor } from '../../../src/report/redactor.ts';
import { Scrubber } from '../../../src/report/scrubber.ts';
import { CassetteRecording } from '../../../src/run/cassette/cassette-recording.ts';
import { Replay } from '../../../src/run/cassette/replay.ts';
import type { Scrub } from '../../../src/run/cassette/scrub.ts';
import { workspace } from '../../support/run-agentpar.ts';

/** What keeps nothing out but what looks like a vendor's key. */
export const SCRUB: Scrub = new Scrubber(new Redactor());

export const HEADER = {
  version: '1.2.3',
  recordedAt: '2026-01-01T00:00:00.000Z',
  files: ['p.txt'],
  model: 'test/m',
  concurrency: 4,
};

/** A request of one message, as one of the vendors takes it. */
export function asking(text: string, more: Readonly<Record<string, JsonValue>> = {}): JsonValue {
  return { model: 'm', instructions: 'Be brief.', input: [{ role: 'user', content: text }], stream: true, ...more };
}

/** A recorded exchange whose answer is told apart by what it says. */
export function exchange(request: JsonValue, answer: string, more: Partial<RecordedExchange> = {}): RecordedExchange {
  return {
    kind: 'exchange',
    conversation: 'p1',
    model: 'test/m',
    request,
    response: { atMs: 1, status: 200, headers: { 'content-type': 'text/event-stream' } },
    body: [[2, `data: ${JSON.stringify(answer)}\n\n`]],
    end: { how: 'complete', atMs: 3 },
    ...more,
  };
}

/** A recorded call that returned `output`. */
export function called(output: string, more: Partial<RecordedCall> = {}): RecordedCall {
  return {
    kind: 'tool',
    conversation: 'p1',
    callId: 'call_1',
    tool: 'brew',
    arguments: { tea: 'green' },
    tookMs: 10,
    outcome: { kind: 'ok', output },
    ...more,
  };
}

/** A cassette with these recordings in a directory of its own, opened to be replayed. */
export async function replayOf(recordings: readonly Parameters<CassetteRecording['write']>[0][], scrub: Scrub = SCRUB) {
  const at = workspace();
  const path = join(at.path, 'tape.jsonl');
  using recording = CassetteRecording.create(path, { scrub, onFailure: (error) => expectNone(error) });
  recording.begin(HEADER, []);
  for (const recorded of recordings) recording.write(recorded);
  recording.conclude(undefined);
  const replay = await Replay.open(path, scrub);
  return {
    replay,
    path,
    /** What a request is answered with, or why it is not. */
    answer: (request: JsonValue, conversation = 'p1', model = 'test/m') => {
      const taken = replay.takeExchange({ conversation, model, request });
      return taken.ok ? taken.recorded.body.map(([, text]) => text).join('') : taken.problem.replaceAll(path, 'tape');
    },
    /** What a call comes to, or why it does not. */
    call: (more: Partial<Parameters<Replay['takeCall']>[0]> = {}) => {
      const asked = { conversation: 'p1', callId: 'call_1', tool: 'brew', arguments: { tea: 'green' } };
      const taken = replay.takeCall({ ...asked, changesNothing: false, ...more });
      return taken.ok ? taken.recorded.outcome : taken.problem.replaceAll(path, 'tape');
    },
    [Symbol.dispose]: () => {
      replay[Symbol.dispose]();
      at[Symbol.dispose]();
    },
  };
}

/** The records of a cassette's whole lines. */
export function recordsIn(path: string): readonly CassetteRecord[] {
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as CassetteRecord);
}

function expectNone(error: unknown): never {
  throw error;
}
