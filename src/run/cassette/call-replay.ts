import type { CassettePlayer, RecordedCall, Taken } from '../../contract/cassette.ts';
import type { CassetteFile } from './cassette-file.ts';
import { whatDiffers } from './differences.ts';
import type { Placed } from './read-cassette.ts';
import type { Recording } from './recordings.ts';
import { Recordings } from './recordings.ts';
import { keyOfCall, partsOfCall } from './request-key.ts';
import type { Scrub } from './scrub.ts';

type Asked = Parameters<CassettePlayer['takeCall']>[0];

interface CallPlace extends Recording {
  readonly callId: string;
  readonly isCancelled: boolean;
}

/** The recorded tool calls. Each is used once, by the call that it was recorded from if that is made again. */
export class CallReplay {
  readonly recordings = new Recordings<CallPlace>();
  readonly #file: CassetteFile;
  readonly #scrub: Scrub;
  readonly #problems = new Set<string>();

  constructor(file: CassetteFile, scrub: Scrub) {
    this.#file = file;
    this.#scrub = scrub;
  }

  add(call: RecordedCall, { line, offset, length }: Placed): void {
    const { conversation, callId, tool, outcome } = call;
    const isCancelled = outcome.kind === 'cancelled';
    const parts = partsOfCall(tool, call.arguments);
    this.recordings.add({ line, offset, length, conversation, parts, callId, isCancelled }, [
      keyOfCall(tool, call.arguments),
    ]);
  }

  take(asked: Asked): Taken<RecordedCall> {
    const args = this.#scrub.value(asked.arguments);
    const key = keyOfCall(asked.tool, args);
    const fit = fitFor(asked.callId, this.#scrub.text(asked.conversation));
    const place = this.recordings.take(key, fit);
    if (place) {
      const giveBack = () => this.recordings.giveBack(place);
      return { ok: true, recorded: this.#file.read(place), giveBack };
    }
    const again = asked.changesNothing
      ? this.recordings.of(key).findLast(({ isCancelled }) => !isCancelled)
      : undefined;
    if (again) return { ok: true, recorded: this.#file.read(again), giveBack: () => {} };
    const problem = this.#problem({ ...asked, arguments: args }, key);
    this.#problems.add(problem);
    return { ok: false, problem };
  }

  /** The problem of a call that a request to a model tells of, if there is one. */
  problemIn(request: unknown): string | undefined {
    if (this.#problems.size === 0) return undefined;
    // However deep it is quoted there.
    const plain = (text: string) => text.replaceAll('\\', '');
    const text = plain(JSON.stringify(request));
    return [...this.#problems].find((problem) => text.includes(plain(problem)));
  }

  #problem({ tool, conversation, arguments: args }: Asked, key: string): string {
    const { path } = this.#file;
    const equal = this.recordings.of(key);
    if (equal.length > 0) {
      const times = equal.length === 1 ? 'once' : `${equal.length} times`;
      return `Cannot replay this call of ${tool}: ${path} has it ${times} (line ${equal[0]?.line}), and it is made once more.`;
    }
    const place = this.recordings.nearest(partsOfCall(tool, args), conversation);
    if (!place) return `Cannot replay this call of ${tool}: ${path} has no tool calls.`;
    const recorded = this.#file.read<RecordedCall>(place);
    const what =
      recorded.tool === tool
        ? whatDiffers(args, recorded.arguments)
        : `it is a call of ${recorded.tool}, not of ${tool}`;
    return `Cannot replay this call of ${tool}: ${path} has no recording of it. The nearest is in line ${place.line}; what differs: ${what}.`;
  }
}

/** How well a recording fits a call: its own best, then one of its conversation. One that tells nothing is the last resort. */
function fitFor(callId: string, conversation: string): (recording: CallPlace) => number {
  return (recording) => {
    const isOwn = recording.callId === callId;
    const isNear = recording.conversation === conversation;
    return (recording.isCancelled ? 0 : 4) + (isOwn ? 2 : 0) + (isNear ? 1 : 0);
  };
}
