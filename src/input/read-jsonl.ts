import { messageOf } from '../contract/errors.ts';
import { checkEntry } from './check-entry.ts';
import type { Found } from './entry.ts';
import { visible } from './quote.ts';
import type { Line } from './split-lines.ts';
import { splitLines } from './split-lines.ts';

/** Reads JSON Lines: on each line an object of fields, or a text that is the prompt; blank lines are skipped. */
export async function* readJsonl(
  open: () => AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<readonly Found[]> {
  for await (const lines of splitLines(open(), { maxBytes })) {
    const found: Found[] = [];
    for (const line of lines) {
      if (line.ok && line.text.trimStart().startsWith('[')) {
        // What follows are the array's lines, each of which would be a problem of its own.
        return yield [...found, { ok: false, line: line.number, problem: IS_ARRAY }];
      }
      found.push(...readLine(line));
    }
    yield found;
  }
}

function readLine(line: Line): Found[] {
  if (!line.ok) return [{ ok: false, line: line.number, problem: line.problem }];
  if (!/\S/.test(line.text)) return [];
  const checked = parse(line.text);
  if (typeof checked === 'string') return [{ ok: false, line: line.number, problem: checked }];
  const entry = checkEntry(checked.value);
  if (entry.ok) return [{ ok: true, entry: { line: line.number, fields: entry.fields } }];
  return entry.problems.map(({ problem }) => ({ ok: false, line: line.number, problem }));
}

function parse(text: string): { readonly value: unknown } | string {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    const reason = messageOf(error);
    const shown = visible(reason).replace(/ at position \d+ \(line 1 (column \d+)\)$/, ' at $1');
    return `Cannot read the line as JSON: ${shown}. Write a whole object on each line, such as {"prompt": "Hello"}.`;
  }
}

const IS_ARRAY =
  "Cannot read the line as an entry: it starts a JSON array. Put each object on a line of its own: jq -c '.[]' file.json";
