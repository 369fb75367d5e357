import type {
  CassetteHeader,
  CassettePlayer,
  RecordedCall,
  RecordedDecision,
  RecordedExchange,
  RecordedTools,
  Taken,
} from '../../contract/cassette.ts';
import { CallReplay } from './call-replay.ts';
import { CassetteFile } from './cassette-file.ts';
import { ExchangeReplay } from './exchange-replay.ts';
import type { Placed } from './read-cassette.ts';
import { readCassette } from './read-cassette.ts';
import type { Scrub } from './scrub.ts';

/**
 * Answers from a cassette. Each recording answers once; what it says is read when it is its turn, so that a long cassette
 * takes little memory.
 */
export class Replay implements CassettePlayer, Disposable {
  readonly header: CassetteHeader;
  readonly #file: CassetteFile;
  readonly #scrub: Scrub;
  readonly #exchanges: ExchangeReplay;
  readonly #calls: CallReplay;
  readonly #decisions = new Map<string, RecordedDecision>();
  readonly #tools: RecordedTools['tools'][number][] = [];
  #flaw: string | undefined = 'its recording was cut off';

  private constructor(path: string, header: CassetteHeader, scrub: Scrub) {
    this.header = header;
    this.#file = new CassetteFile(path);
    this.#scrub = scrub;
    this.#exchanges = new ExchangeReplay(this.#file, scrub);
    this.#calls = new CallReplay(this.#file, scrub);
  }

  /** @throws {UserError} if there is no cassette, or it cannot be read */
  static async open(path: string, scrub: Scrub): Promise<Replay> {
    const records = readCassette(path);
    const first = await records.next();
    if (first.done || first.value.record.kind !== 'cassette') throw new Error('a cassette has its header first');
    const replay = new Replay(path, first.value.record, scrub);
    for await (const placed of records) replay.#add(placed);
    return replay;
  }

  /** Why it does not hold the whole of a run, if it does not. */
  get flaw(): string | undefined {
    return this.#flaw;
  }

  /** What servers offered. */
  get tools(): RecordedTools['tools'] {
    return this.#tools;
  }

  /** How many exchanges nobody asked for, of how many. */
  get unused(): { readonly exchanges: number; readonly of: number } {
    const { unused, size } = this.#exchanges.recordings;
    return { exchanges: unused, of: size };
  }

  /** Everything may be asked for again: the same work is done once more. */
  rewind(): void {
    this.#exchanges.recordings.rewind();
    this.#calls.recordings.rewind();
  }

  takeExchange(asked: Parameters<CassettePlayer['takeExchange']>[0]): Taken<RecordedExchange> {
    const taken = this.#exchanges.take(asked);
    if (taken.ok) return taken;
    // What is missing first is the reason for what differs later.
    const problem = this.#calls.problemIn(this.#scrub.value(asked.request)) ?? taken.problem;
    return {
      ok: false,
      problem: this.#flaw === undefined ? problem : `${problem} The cassette is incomplete: ${this.#flaw}.`,
    };
  }

  takeCall(asked: Parameters<CassettePlayer['takeCall']>[0]): Taken<RecordedCall> {
    return this.#calls.take(asked);
  }

  takeDecision(asked: Parameters<CassettePlayer['takeDecision']>[0]): RecordedDecision | undefined {
    return this.#decisions.get(decisionKey({ ...asked, conversation: this.#scrub.text(asked.conversation) }));
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }

  #add(placed: Placed): void {
    const { record } = placed;
    this.#flaw = 'its recording was cut off';
    switch (record.kind) {
      case 'exchange':
        this.#exchanges.add(record, placed);
        break;
      case 'tool':
        this.#calls.add(record, placed);
        break;
      case 'approval':
        this.#decisions.set(decisionKey(record), record);
        break;
      case 'tools':
        this.#tools.push(...record.tools);
        break;
      case 'end':
        this.#flaw = record.stopped === undefined ? undefined : `its recording was stopped by ${record.stopped}`;
        break;
      case 'cassette':
        break;
      default:
        record satisfies never;
    }
  }
}

function decisionKey({ conversation, callId, tool }: Parameters<CassettePlayer['takeDecision']>[0]): string {
  return JSON.stringify([conversation, callId, tool]);
}
