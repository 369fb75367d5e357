import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { STAND_IN_NOTE, think } from '../../src/sim/brain/think.ts';
import type { HistoryEntry, OfferedTool } from '../../src/sim/brain/thought.ts';
import { converse, inShort } from './support/converse.ts';
import { MATH_TOOLS, WEATHER_TOOL } from './support/tools.ts';

describe('equations', () => {
  test.each([
    ['Find the roots of x^2 - 5x + 6 = 0.', 'x^2 - 5x + 6 = 0 has the roots x = 2 and x = 3.'],
    ['Solve x² = 4', 'x² = 4 has the roots x = -2 and x = 2.'],
    ['What are the roots of 2x^2 + 3x - 2?', '2x^2 + 3x - 2 = 0 has the roots x = -2 and x = 0.5.'],
    ['Solve 3x^2 - 2 = x^2 + 5x - 4', '3x^2 - 2 = x^2 + 5x - 4 has the roots x = 0.5 and x = 2.'],
    ['-1.5x² + 0.5x + 2 = 0', '-1.5x² + 0.5x + 2 = 0 has the roots x = -1 and x = 1.33333333333.'],
    ['(x-2)(x+3) = 0', '(x-2)(x+3) = 0 has the roots x = -3 and x = 2.'],
    ['Solve x^2 - 4x + 4 = 0', 'x^2 - 4x + 4 = 0 has one double root: x = 2.'],
    ['Solve t^2 + t + 1 = 0 for t', 't^2 + t + 1 = 0 has no real roots: its discriminant is -3, which is less than 0.'],
    ['2x + 6 = 0', '2x + 6 = 0 has the solution x = -3.'],
    ['x^3 = 8', 'I cannot solve x^3 = 8: I only know linear and quadratic equations in one unknown.'],
    ['x^2 = x^2', 'x^2 = x^2 is always true.'],
  ])('%s', (prompt, answer) => {
    expect(converse(prompt, MATH_TOOLS).answer).toBe(answer);
  });

  test('the steps that do not depend on each other share a turn', () => {
    const { turns } = converse('x^2 - 5x + 6 = 0', MATH_TOOLS);
    expect(turns.map(inShort)).toEqual([
      ['multiply_numbers(-5, -5)', 'multiply_numbers(4, 1)'],
      ['multiply_numbers(4, 6)'],
      ['subtract_numbers(25, 24)'],
      ['square_root(1)', 'multiply_numbers(2, 1)'],
      ['sum_numbers(5, 1)', 'subtract_numbers(5, 1)'],
      ['divide_numbers(6, 2)', 'divide_numbers(4, 2)'],
    ]);
  });

  test('any quadratic with whole roots is solved', () => {
    const root = fc.integer({ min: -20, max: 20 });
    fc.assert(
      fc.property(root, root, fc.integer({ min: 1, max: 9 }), fc.boolean(), (first, second, scale, negative) => {
        const a = negative ? -scale : scale;
        const [b, c] = [-a * (first + second), a * first * second];
        const { answer } = converse(`Solve ${a}x^2 + ${b}x + ${c} = 0`, MATH_TOOLS);
        const [low, high] = [Math.min(first, second), Math.max(first, second)];
        const expected = low === high ? `one double root: x = ${low}.` : `the roots x = ${low} and x = ${high}.`;
        expect(answer).toContain(expected);
      }),
    );
  });
});

describe('places', () => {
  test.each([
    ['What is the weather in Oslo, Lima and Rome?', ['Oslo', 'Lima', 'Rome']],
    ['Compare the weather in New York with Paris.', ['New York', 'Paris']],
    ['weather in oslo and lima today', ['oslo', 'lima']],
    ['Is it warmer in Rio de Janeiro or in St. Petersburg right now?', ['Rio de Janeiro', 'St. Petersburg']],
    ["What's the weather like in São Paulo today, and should I bring a coat?", ['São Paulo']],
    ['The temperature on the Isle of Man, in Ærø and in the capital of Norway', ['Ærø', 'Norway']],
    ['Weather for the Isle of Man and Åland', ['Isle of Man', 'Åland']],
    ['Weather of Oslo, and then Ho Chi Minh City', ['Oslo', 'Ho Chi Minh City']],
    ['Oslo weather, please', ['Oslo']],
    ['Which city is warmer: Oslo or Lima?', ['Oslo', 'Lima']],
    ['What will the weather be on 2024-05-01 in Frankfurt am Main?', ['Frankfurt am Main']],
    ['The weather in Oslo, Oslo and oslo', ['Oslo']],
    ['Tell me the weather in Oslo. Then in Rome on Monday.', ['Oslo', 'Rome']],
  ])('%s', (prompt, places) => {
    const { turns } = converse(prompt, [WEATHER_TOOL]);
    expect(turns).toEqual([places.map((city) => ({ name: 'get_weather', args: { city } }))]);
  });

  test('any list of names is asked for in one turn', () => {
    const name = fc
      .stringMatching(/^[A-Z][a-z]{3,8}$/)
      .filter(
        (word) =>
          !/^(?:with|than|from|like|near|them|what|this|that|then|also|each|city|case|town|next|there|right|place|places|cities|these|those|order|general|detail|degrees|following|between|around|against|versus|today|tonight|tomorrow|please|compare|which|give|show|tell|weather|celsius)$/i.test(
            word,
          ),
      );
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 20 }), (names) => {
        const list = names.length === 1 ? names[0] : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
        const { turns } = converse(`What is the weather in ${list}?`, [WEATHER_TOOL]);
        expect(turns[0]?.map(({ args }) => args['city'])).toEqual(names);
      }),
    );
  });

  test('the answer holds all results, failures too', () => {
    const run = ({ args }: { args: { readonly city?: unknown } }) =>
      args.city === 'Lima' ? { error: 'no such city' } : { city: String(args.city), temperature: 4, sky: 'rain' };
    const { answer } = converse('Weather in Oslo and Lima?', [WEATHER_TOOL], { run });
    expect(answer).toBe('Oslo: temperature 4, sky rain; Lima: unknown, get_weather failed: no such city.');
  });

  test('weather and arithmetic go out in one turn', () => {
    const { turns, answer } = converse('What is the weather in Oslo and what is 2 + 3?', [...MATH_TOOLS, WEATHER_TOOL]);
    expect(turns.map(inShort)).toEqual([['sum_numbers(2, 3)', 'get_weather(Oslo)']]);
    expect(answer).toBe('2 + 3 = 5. Oslo: 4 °C.');
  });

  test('a tool that only mentions weather but needs more than a place is left alone', () => {
    const fussy: OfferedTool = {
      ...WEATHER_TOOL,
      parameters: {
        type: 'object',
        properties: { city: { type: 'string' }, day: { type: 'string' } },
        required: ['city', 'day'],
      },
    };
    const { turns, answer } = converse('Weather in Oslo?', [fussy]);
    expect(turns).toEqual([]);
    expect(answer).toBe('I cannot look up the weather in Oslo: I need a tool for it.');
  });
});

describe('handoffs', () => {
  const to = (name: string, description: string): OfferedTool => ({
    name: `transfer_to_${name}`,
    description: `Hand the conversation over to ${name}: ${description}`,
    parameters: { type: 'object', properties: { reason: { type: 'string' } }, additionalProperties: false },
  });
  const team = [
    to('meteorologist', 'Answers questions about the weather in cities.'),
    to('mathematician', 'Calculates: arithmetic, equations and their roots.'),
    to('billing', 'Handles refunds and invoices.'),
  ];

  test.each([
    ['What is 2 + 3?', 'transfer_to_mathematician'],
    ['Find the roots of x^2 - 5x + 6 = 0.', 'transfer_to_mathematician'],
    ['How cold is it in Oslo?', 'transfer_to_meteorologist'],
    ['I want my invoice refunded', 'transfer_to_billing'],
  ])('%s goes to %s', (prompt, name) => {
    expect(think({ instructions: '', tools: team, history: [{ role: 'user', text: prompt }] }).calls).toEqual([
      { name, args: {} },
    ]);
  });

  test('what its own tools can do is not handed off', () => {
    expect(inShort(converse('2 + 3', [...team, ...MATH_TOOLS]).turns[0])).toEqual(['sum_numbers(2, 3)']);
  });

  test('what nobody fits is answered', () => {
    expect(converse('Sing!', team).answer).toMatch(/^I cannot answer that/);
  });

  test('the agent that was handed to carries on, and what was found before is kept', () => {
    const history: HistoryEntry[] = [{ role: 'user', text: 'Weather in Oslo, and 2 + 3?' }];
    const turn = (tools: readonly OfferedTool[], output: (name: string) => string | number) => {
      const { calls, text } = think({ instructions: '', tools, history });
      for (const call of calls) history.push({ role: 'result', call, output: output(call.name) });
      return calls.length > 0 ? inShort(calls) : text;
    };
    expect(turn([WEATHER_TOOL, ...team], () => '4 °C')).toEqual(['get_weather(Oslo)']);
    expect(turn([WEATHER_TOOL, ...team], () => 'ok')).toEqual(['transfer_to_mathematician()']);
    expect(turn(MATH_TOOLS, () => 5)).toEqual(['sum_numbers(2, 3)']);
    expect(turn(MATH_TOOLS, () => 0)).toBe(`2 + 3 = 5. Oslo: 4 °C. ${STAND_IN_NOTE}`);
  });

  test('nobody is handed to twice, and agents that can do nothing do not pass a conversation round', () => {
    const history: HistoryEntry[] = [
      { role: 'user', text: 'What is 2 + 3?' },
      { role: 'result', call: { name: 'transfer_to_mathematician', args: {} }, output: { assistant: 'mathematician' } },
    ];
    const back = to('triage', 'Sends arithmetic to the mathematician.');
    const instructions = 'You calculate: arithmetic, numbers and sums.';
    expect(think({ instructions, tools: [back], history }).calls).toEqual([]);
    expect(think({ instructions: '', tools: team, history }).calls).toEqual([]);
  });

  test('a required text of a handoff is filled with the prompt', () => {
    const handoff: OfferedTool = {
      name: 'handoff_to_math',
      description: 'Maths',
      parameters: { type: 'object', properties: { task: { type: 'string' } }, required: ['task'] },
    };
    expect(converse('2 + 3', [handoff], { run: () => 'ok' }).turns[0]).toEqual([
      { name: 'handoff_to_math', args: { task: '2 + 3' } },
    ]);
  });
});

describe('anything else', () => {
  const lookup: OfferedTool = {
    name: 'lookup_order',
    description: 'Looks an order up.',
    parameters: { type: 'object', properties: { order_id: { type: 'string' } }, required: ['order_id'] },
  };
  const reverse: OfferedTool = {
    name: 'reverse_text',
    description: 'Reverses a text.',
    parameters: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
  };

  test('the one tool that the prompt names is called with what the prompt says', () => {
    const run = () => ({ status: 'sent' });
    expect(converse('Where is my order 1234?', [lookup, reverse], { run })).toEqual({
      turns: [[{ name: 'lookup_order', args: { order_id: '1234' } }]],
      answer: 'lookup_order: status sent.',
    });
    expect(converse('Please reverse "hello there"', [lookup, reverse], { run }).turns).toEqual([
      [{ name: 'reverse_text', args: { text: 'hello there' } }],
    ]);
  });

  test('a tool whose parameters the prompt cannot fill is not called', () => {
    const book: OfferedTool = {
      name: 'book_flight',
      description: 'Books.',
      parameters: { type: 'object', properties: { passengers: { type: 'array' } }, required: ['passengers'] },
    };
    expect(converse('Book a flight', [book]).turns).toEqual([]);
  });

  test('every final answer says once who gave it', () => {
    const first = think({ instructions: '', tools: [], history: [{ role: 'user', text: 'Hello' }] });
    expect(first.text).toContain(STAND_IN_NOTE);
    const again = think({
      instructions: '',
      tools: [],
      history: [
        { role: 'user', text: 'Hello' },
        { role: 'assistant', text: first.text },
        { role: 'user', text: 'And again' },
      ],
    });
    expect(again.text).not.toContain(STAND_IN_NOTE);
  });

  test('nothing that a person may write makes it throw', () => {
    const tools = [...MATH_TOOLS, WEATHER_TOOL, lookup];
    const words = fc.constantFrom(
      '(',
      ')',
      'x',
      '=',
      '^',
      '2',
      '-',
      '*',
      ' ',
      'sqrt',
      'weather in',
      'Oslo',
      '1e999',
      '.',
      ',',
      '√',
      '0',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'grapheme' }),
          fc.array(words).map((list) => list.join('')),
        ),
        (prompt) => {
          expect(converse(prompt, tools).answer).not.toBe('');
        },
      ),
      { numRuns: 500 },
    );
    expect(converse(`${'('.repeat(5000)}1+2`, tools).answer).not.toBe('');
  });
});
