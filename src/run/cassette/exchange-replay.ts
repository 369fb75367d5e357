import type { CassettePlayer, RecordedExchange, Taken } from '../../contract/cassette.ts';
import type { CassetteFile } from './cassette-file.ts';
import { differences } from './differences.ts';
import type { Placed } from './read-cassette.ts';
import type { Recording } from './recordings.ts';
import { Recordings } from './recordings.ts';
import { keyOfRequest } from './request-key.ts';
import type { Scrub } from './scrub.ts';

type Asked = Parameters<CassettePlayer['takeExchange']>[0];

/** How many differences are told. */
const TOLD = 3;

/** The recorded exchanges with models. Each is used once, by its own conversation if that asks for it. */
export class ExchangeReplay {
  readonly recordings = new Recordings<Recording>();
  readonly #file: CassetteFile;
  readonly #scrub: Scrub;

  constructor(file: CassetteFile, scrub: Scrub) {
    this.#file = file;
    this.#scrub = scrub;
  }

  add({ conversation, model, request, response }: RecordedExchange, { line, offset, length }: Placed): void {
    const { exact, loose, parts } = keyOfRequest(model, request);
    // A refusal of what was sent answers nothing else.
    const keys = response?.status === 200 ? [exact, looseKey(loose)] : [exact];
    this.recordings.add({ line, offset, length, conversation, parts }, keys);
  }

  take(asked: Asked): Taken<RecordedExchange> {
    const { conversation, model, request } = this.#scrubbed(asked);
    const { exact, loose, parts } = keyOfRequest(model, request);
    const fit = (recording: Recording) => (recording.conversation === conversation ? 1 : 0);
    const place = this.recordings.take(exact, fit) ?? this.recordings.take(looseKey(loose), fit);
    if (!place) return { ok: false, problem: this.#problem({ conversation, model, request }, exact, parts) };
    const recorded = this.#file.read<RecordedExchange>(place);
    return { ok: true, recorded, giveBack: () => this.recordings.giveBack(place) };
  }

  #scrubbed({ conversation, model, request }: Asked): Asked {
    return { conversation: this.#scrub.text(conversation), model, request: this.#scrub.value(request) };
  }

  #problem(asked: Asked, exact: string, parts: Uint32Array): string {
    const { path } = this.#file;
    const equal = this.recordings.of(exact);
    if (equal.length > 0) {
      const times = equal.length === 1 ? 'once' : `${equal.length} times`;
      return `Cannot replay this request: ${path} has it ${times} (line ${equal[0]?.line}), and it is asked for once more.`;
    }
    const place = this.recordings.nearest(parts, asked.conversation);
    if (!place) return `Cannot replay this request: ${path} has no requests to models.`;
    const recorded = this.#file.read<RecordedExchange>(place);
    const what = differences(asked, recorded).slice(0, TOLD).join('; ');
    const which = `line ${place.line}, of ${place.conversation || 'no conversation'}`;
    return `Cannot replay this request: ${path} has no recording of it. The nearest is in ${which}; what differs: ${what}.`;
  }
}

function looseKey(loose: string): string {
  return `loosely ${loose}`;
}
