import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CallFragment } from '../../src/providers/openai-chat/call-accumulator.ts';
import { CallAccumulator } from '../../src/providers/openai-chat/call-accumulator.ts';

/** Everything that comes out, in order, with the number of the fragment after which it came. */
function accumulate(fragments: readonly CallFragment[], cutOff = false) {
  const accumulator = new CallAccumulator();
  const early = fragments.flatMap((fragment, at) => accumulator.add(fragment).map((call) => ({ ...call, at })));
  const late = accumulator.finish({ cutOff }).map((call) => ({ ...call, at: fragments.length }));
  return [...early, ...late];
}

const summary = (fragments: readonly CallFragment[]) =>
  accumulate(fragments).map(({ id, name, argumentsText }) => [id, name, argumentsText]);

test('a call comes out when a higher index begins', () => {
  const calls = accumulate([
    { index: 0, id: 'a', function: { name: 'f', arguments: '{"x"' } },
    { index: 0, function: { arguments: ':1}' } },
    { index: 1, id: 'b', function: { name: 'g', arguments: '' } },
    { index: 1, function: { arguments: '{}' } },
  ]);
  expect(calls).toMatchObject([
    { id: 'a', name: 'f', argumentsText: '{"x":1}', at: 2 },
    { id: 'b', name: 'g', argumentsText: '{}', at: 4 },
  ]);
});

test('calls that are all numbered 0 are told apart by their ids', () => {
  const fragments = [
    { index: 0, id: 'a', function: { name: 'f', arguments: '{"x":' } },
    { index: 0, id: 'a', function: { arguments: '1}' } },
    { index: 0, id: 'b', function: { name: 'f', arguments: '{"x":2}' } },
  ];
  expect(summary(fragments)).toEqual([
    ['a', 'f', '{"x":1}'],
    ['b', 'f', '{"x":2}'],
  ]);
});

test('a new id begins a call, also behind one whose arguments are missing or never close', () => {
  for (const argumentsText of ['', '{"x":']) {
    const fragments = [
      { index: 0, id: 'a', function: { name: 'f', arguments: argumentsText } },
      { index: 0, id: 'b', function: { name: 'f', arguments: '{}' } },
    ];
    expect(summary(fragments)).toEqual([
      ['a', 'f', argumentsText],
      ['b', 'f', '{}'],
    ]);
  }
});

test('calls numbered 0 without ids, or with the same one, are told apart by a new name after whole arguments', () => {
  for (const id of [undefined, '', 'same']) {
    const fragments = [
      { index: 0, id: id ?? null, function: { name: 'f', arguments: '{"x":1}' } },
      { index: 0, id: id ?? null, function: { name: 'f', arguments: '{"x":2}' } },
    ];
    expect(summary(fragments).map(([, , argumentsText]) => argumentsText)).toEqual(['{"x":1}', '{"x":2}']);
  }
});

test('a name that is repeated while the arguments are open begins nothing', () => {
  const fragments = [
    { index: 0, id: 'a', function: { name: 'f', arguments: '{"x":' } },
    { index: 0, id: 'a', function: { name: 'f', arguments: '1}' } },
  ];
  expect(summary(fragments)).toEqual([['a', 'f', '{"x":1}']]);
});

test('a call without arguments is not swallowed by the next one', () => {
  const fragments = [
    { index: 0, function: { name: 'now', arguments: '' } },
    { index: 0, function: { name: 'look', arguments: '{}' } },
  ];
  expect(summary(fragments)).toEqual([
    ['', 'now', ''],
    ['', 'look', '{}'],
  ]);
});

test('arguments may be an object, and the index may be missing', () => {
  const fragments = [
    { id: 'a', function: { name: 'f', arguments: { x: 1 } } },
    { function: { name: 'g', arguments: null } },
  ];
  expect(summary(fragments)).toEqual([
    ['a', 'f', '{"x":1}'],
    ['', 'g', ''],
  ]);
});

test('of a response that was cut off only whole calls come out', () => {
  const fragments = [
    { index: 0, id: 'a', function: { name: 'f', arguments: '{}' } },
    { index: 1, id: 'b', function: { name: 'f', arguments: '{"x"' } },
  ];
  expect(accumulate(fragments, true).map(({ id }) => id)).toEqual(['a']);
});

const calls = fc.array(
  fc.record({ name: fc.constantFrom('f', 'g', 'h'), args: fc.dictionary(fc.string(), fc.jsonValue()) }),
  {
    minLength: 1,
    maxLength: 6,
  },
);

/** Cuts a text into pieces at most `size` long, at least one. */
function cut(text: string, size: number): readonly string[] {
  return text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [''];
}

test('whatever calls are streamed in whatever pieces come out whole, once, in order', () => {
  fc.assert(
    fc.property(calls, fc.integer({ min: 1, max: 12 }), fc.boolean(), fc.boolean(), (wanted, size, indexed, named) => {
      const fragments = wanted.flatMap(({ name, args }, number) =>
        cut(JSON.stringify(args), size).map((piece, at) => ({
          index: indexed ? number : 0,
          id: named && at === 0 ? `call_${number}` : null,
          function: { name: at === 0 ? name : null, arguments: piece },
        })),
      );
      const out = accumulate(fragments);
      expect(out.map(({ name, argumentsText }) => ({ name, args: JSON.parse(argumentsText) }))).toEqual(
        wanted.map(({ name, args }) => ({ name, args: JSON.parse(JSON.stringify(args)) })),
      );
    }),
  );
});

test('calls whose pieces are interleaved by index come out whole and in order', () => {
  fc.assert(
    fc.property(calls, fc.integer({ min: 1, max: 12 }), fc.infiniteStream(fc.nat()), (wanted, size, choices) => {
      const queues = wanted.map(({ name, args }, index) =>
        cut(JSON.stringify(args), size).map((piece, at) => ({
          index,
          id: at === 0 ? `call_${index}` : null,
          function: { name: at === 0 ? name : null, arguments: piece },
        })),
      );
      // Calls begin in order; after that any of those begun may go on.
      const fragments: CallFragment[] = queues.flatMap((queue) => queue.splice(0, 1));
      for (
        let open = queues.filter((queue) => queue.length > 0);
        open.length > 0;
        open = open.filter((queue) => queue.length > 0)
      ) {
        fragments.push(...(open[choices.next().value % open.length]?.splice(0, 1) ?? []));
      }
      expect(accumulate(fragments).map(({ id }) => id)).toEqual(wanted.map((_, index) => `call_${index}`));
    }),
  );
});
