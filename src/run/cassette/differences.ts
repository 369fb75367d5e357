import type { RecordedExchange } from '../../contract/cassette.ts';
import type { JsonValue } from '../../contract/json.ts';
import { isList } from '../../contract/json.ts';
import { isSame } from './request-key.ts';

type Asked = Pick<RecordedExchange, 'model' | 'request'>;

/** What vendors call the parts of a request, in the order in which a person wants to hear of them. */
const INSTRUCTIONS = ['instructions', 'systemInstruction'];
const MESSAGES = ['input', 'messages', 'contents'];
const TOOLS = ['tools'];

/** How much of a text is shown, and how much of that from before the difference. */
const SHOWN = 60;
const SHOWN_BEFORE = 20;

/** In what a request differs from a recorded one, most telling first, each as a part of a sentence. */
export function differences(asked: Asked, recorded: Asked): readonly string[] {
  const found: string[] = [];
  if (asked.model !== recorded.model) found.push(`the model is ${asked.model}, not ${recorded.model}`);
  const [own, other] = [membersOf(asked.request), membersOf(recorded.request)];
  const names = new Set([...INSTRUCTIONS, ...MESSAGES, ...TOOLS, ...Object.keys(own), ...Object.keys(other)]);
  for (const name of names) {
    if (isSame(own[name], other[name]) || (name === 'model' && found.length > 0)) continue;
    if (MESSAGES.includes(name)) found.push(...messageDifferences(listOf(own[name]), listOf(other[name])));
    else if (TOOLS.includes(name)) found.push(...toolDifferences(toolsOf(own[name]), toolsOf(other[name])));
    else found.push(`${labelOf(name)}: ${whatDiffers(own[name], other[name])}`);
  }
  return found;
}

/** The two values where they first differ, shortened to what is around that. */
export function whatDiffers(asked: JsonValue | undefined, recorded: JsonValue | undefined): string {
  const [own, other] = firstDifference(asked, recorded);
  return `${excerpt(own, other)}, recorded ${excerpt(other, own)}`;
}

function labelOf(name: string): string {
  return INSTRUCTIONS.includes(name) ? 'the instructions' : `"${name}"`;
}

function messageDifferences(asked: readonly JsonValue[], recorded: readonly JsonValue[]): readonly string[] {
  const found: string[] = [];
  if (asked.length !== recorded.length) found.push(`it has ${asked.length} messages, not ${recorded.length}`);
  const index = asked.findIndex((message, at) => at < recorded.length && !isSame(message, recorded[at]));
  if (index < 0) return found;
  const which = index === asked.length - 1 ? 'the last message' : `message ${index + 1} of ${asked.length}`;
  return [...found, `${which}: ${whatDiffers(asked[index], recorded[index])}`];
}

function toolDifferences(
  asked: ReadonlyMap<string, JsonValue>,
  recorded: ReadonlyMap<string, JsonValue>,
): readonly string[] {
  const more = [...asked.keys()].filter((name) => !recorded.has(name));
  const less = [...recorded.keys()].filter((name) => !asked.has(name));
  const changed = [...asked].find(([name, tool]) => recorded.has(name) && !isSame(tool, recorded.get(name)));
  const found = [
    ...(more.length > 0 ? [`the tools ${more.join(', ')} are new`] : []),
    ...(less.length > 0 ? [`the tools ${less.join(', ')} are missing`] : []),
    ...(changed ? [`the tool ${changed[0]}: ${whatDiffers(changed[1], recorded.get(changed[0]))}`] : []),
  ];
  return found.length > 0 ? found : ['the tools come in another order'];
}

/** All protocols name tools somewhere; one of them wraps the list. */
function toolsOf(value: JsonValue | undefined): ReadonlyMap<string, JsonValue> {
  const tools = listOf(value).flatMap((tool) => {
    const { functionDeclarations } = membersOf(tool);
    return isList(functionDeclarations) ? functionDeclarations : [tool];
  });
  return new Map(
    tools.map((tool, index) => {
      const { name, function: inner } = membersOf(tool);
      const found = name ?? membersOf(inner)['name'];
      return [typeof found === 'string' ? found : `number ${index + 1}`, tool];
    }),
  );
}

function firstDifference(one: JsonValue | undefined, other: JsonValue | undefined): readonly (JsonValue | undefined)[] {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return [one, other];
  if (isList(one) !== isList(other)) return [one, other];
  const [own, others] = [membersOf(one), membersOf(other)];
  const name = [...Object.keys(own), ...Object.keys(others)].find((key) => !isSame(own[key], others[key]));
  return name === undefined ? [one, other] : firstDifference(own[name], others[name]);
}

function excerpt(value: JsonValue | undefined, other: JsonValue | undefined): string {
  if (value === undefined) return 'nothing';
  const [text, compared] = [value, other].map((each) => (typeof each === 'string' ? each : JSON.stringify(each ?? '')));
  let same = 0;
  while (same < (text ?? '').length && text?.[same] === compared?.[same]) same += 1;
  const from = Math.max(0, same - SHOWN_BEFORE);
  const shown = (text ?? '').slice(from, from + SHOWN);
  const isCut = from + SHOWN < (text ?? '').length;
  return JSON.stringify(`${from > 0 ? '…' : ''}${shown}${isCut ? '…' : ''}`);
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return isList(value) ? value : value === undefined ? [] : [value];
}

/** Those of an object, or of a list by their places; of anything else none. */
function membersOf(value: JsonValue | undefined): Readonly<Record<string, JsonValue>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, JsonValue>>) : {};
}
