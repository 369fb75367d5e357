import type { RecordedCall, RecordedDecision, RecordedExchange, RecordedPiece } from '../../contract/cassette.ts';
import type { JsonValue } from '../../contract/json.ts';
import { isList } from '../../contract/json.ts';

/** Keeps secrets out of what is recorded. Doing it twice is doing it once. */
export interface Scrub {
  text(text: string): string;
  /** The same for all texts in a value of JSON. */
  value<T>(value: T): T;
  /** The same for a text that comes in pieces, also where a secret is spread over several. */
  pieces(pieces: readonly string[]): readonly string[];
}

/** A record without secrets. */
export function scrubRecord(
  record: RecordedExchange | RecordedCall | RecordedDecision,
  scrub: Scrub,
): RecordedExchange | RecordedCall | RecordedDecision {
  switch (record.kind) {
    case 'exchange':
      return scrubExchange(record, scrub);
    case 'tool':
      return scrubCall(record, scrub);
    case 'approval':
      return { ...record, conversation: scrub.text(record.conversation) };
  }
}

function scrubExchange(exchange: RecordedExchange, scrub: Scrub): RecordedExchange {
  const { conversation, request, body, end } = exchange;
  return {
    ...exchange,
    conversation: scrub.text(conversation),
    request: scrub.value(request),
    body: scrubBody(body, scrub),
    end: end.how === 'failed' ? { ...end, message: scrub.text(end.message) } : end,
  };
}

function scrubCall(call: RecordedCall, scrub: Scrub): RecordedCall {
  const { conversation, outcome } = call;
  return {
    ...call,
    conversation: scrub.text(conversation),
    arguments: scrub.value(call.arguments),
    outcome:
      outcome.kind === 'ok'
        ? { kind: 'ok', output: scrub.value(outcome.output) }
        : outcome.kind === 'failed'
          ? { ...outcome, message: scrub.text(outcome.message) }
          : outcome,
  };
}

/** A line of a stream, and the event that it holds if it holds one. */
interface Line {
  readonly text: string;
  event?: JsonValue;
  isChanged: boolean;
}

/** One text in an event. */
interface Leaf {
  readonly text: string;
  readonly replace: (text: string) => void;
}

/** Texts at the same place of all events are one text in pieces: an answer, the arguments of a call. */
function scrubBody(body: readonly RecordedPiece[], scrub: Scrub): readonly RecordedPiece[] {
  const pieces = body.map(([atMs, text]) => ({ atMs, lines: text.split('\n').map(readLine) }));
  const texts = new Map<string, Leaf[]>();
  for (const line of pieces.flatMap(({ lines }) => lines)) {
    if (line.event !== undefined) collect(line, line, 'event', '', texts);
  }
  for (const leaves of texts.values()) {
    const scrubbed = scrub.pieces(leaves.map(({ text }) => text));
    for (const [index, { text, replace }] of leaves.entries()) {
      const shown = scrubbed[index] ?? '';
      if (shown !== text) replace(shown);
    }
  }
  return pieces.map(({ atMs, lines }) => [atMs, lines.map((line) => scrub.text(textOf(line))).join('\n')]);
}

function readLine(text: string): Line {
  const line = { text, isChanged: false };
  if (!text.startsWith(DATA)) return line;
  try {
    return { ...line, event: JSON.parse(text.slice(DATA.length)) };
  } catch {
    return line;
  }
}

function textOf({ text, event, isChanged }: Line): string {
  return isChanged ? `${DATA} ${JSON.stringify(event)}` : text;
}

const DATA = 'data:';

/** A copy of what has come, and comes, in pieces. */
const COPY = 'response';

/** What tells which text a piece belongs to. */
const WHICH = ['index', 'output_index', 'content_index', 'item_id'];

function collect(line: Line, holder: object, key: string, path: string, texts: Map<string, Leaf[]>): void {
  const value: unknown = Reflect.get(holder, key);
  if (typeof value === 'string') {
    const replace = (text: string) => {
      Reflect.set(holder, key, text);
      line.isChanged = true;
    };
    const leaves = texts.get(path);
    if (leaves) leaves.push({ text: value, replace });
    else texts.set(path, [{ text: value, replace }]);
  } else if (typeof value === 'object' && value !== null) {
    const which = isList(value) ? '' : WHICH.map((name) => Reflect.get(value, name)).join();
    for (const inner of Object.keys(value)) {
      if (inner !== COPY) collect(line, value, inner, `${path}(${which})/${inner}`, texts);
    }
  }
}
