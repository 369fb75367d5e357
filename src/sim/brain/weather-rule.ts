import { findPlaces, WEATHER_WORD } from './find-places.ts';
import { parametersOf, takes, wordsOfName } from './parameters.ts';
import type { CallResult } from './results.ts';
import { describeOutput, failureIn, findResult, sentence } from './results.ts';
import type { Finding, OfferedTool, PlannedCall } from './thought.ts';

/** Asks a weather-like tool for every place in the prompt, all in one turn, and says what it found. */
export function weatherRule(
  prompt: string,
  tools: readonly OfferedTool[],
  results: readonly CallResult[],
): readonly Finding[] {
  if (!WEATHER_WORD.test(prompt)) return [];
  const places = findPlaces(prompt);
  const ask = tools.map(toAsk).find((candidate) => candidate !== undefined);
  const found = places.map((place) => ({ place, call: ask?.(place), result: resultFor(place, ask?.(place), results) }));
  const open = found.filter(({ result }) => !result);
  if (places.length === 0) {
    const text =
      'I cannot tell which places to look up the weather of: name them, for example "the weather in Oslo and Lima".';
    return ask ? [{ kind: 'answer', text }] : [unable('I cannot look up the weather: I need a tool for it.')];
  }
  if (!ask && open.length > 0) {
    return [unable(`I cannot look up the weather in ${places.join(', ')}: I need a tool for it.`)];
  }
  if (open.length > 0) return [{ kind: 'calls', calls: open.flatMap(({ call }) => (call ? [call] : [])) }];
  const reports = found.flatMap(({ place, result }) => (result ? [report(place, result)] : []));
  return [{ kind: 'answer', text: sentence(reports.join('; ')) }];
}

function unable(text: string): Finding {
  return { kind: 'unable', text, words: ['weather', 'forecast', 'temperature', 'climate', 'city', 'meteorology'] };
}

/** How to ask a tool for a place: if it is about weather and a text is all that it needs. */
function toAsk(tool: OfferedTool): ((place: string) => PlannedCall) | undefined {
  if (!WEATHER_WORD.test(wordsOfName(tool.name).join(' ')) && !WEATHER_WORD.test(tool.description)) return undefined;
  const parameters = parametersOf(tool);
  const required = parameters.filter((parameter) => parameter.required);
  const texts = parameters.filter(({ schema }) => takes(schema, 'string') && schema['enum'] === undefined);
  const candidates = required.length > 0 ? required : texts;
  const [text] = candidates;
  const isOnly = text !== undefined && candidates.length === 1 && texts.includes(text);
  return isOnly ? (place) => ({ name: tool.name, args: { [text.name]: place } }) : undefined;
}

/** Also where the tool that was asked is no longer offered. */
function resultFor(
  place: string,
  call: PlannedCall | undefined,
  results: readonly CallResult[],
): CallResult | undefined {
  if (call) return findResult(results, call);
  return results.findLast(
    (result) =>
      WEATHER_WORD.test(wordsOfName(result.call.name).join(' ')) && Object.values(result.call.args).includes(place),
  );
}

function report(place: string, { output, call }: CallResult): string {
  const failure = failureIn(output);
  return failure === undefined
    ? `${place}: ${describeOutput(output, place)}`
    : `${place}: unknown, ${call.name} failed: ${failure}`;
}
