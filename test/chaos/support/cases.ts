/** A prompt and what its answer says. */
export interface Case {
  readonly prompt: string;
  /** In every answer. */
  readonly result: string;
  /** What each of the calls that may be done once contributes, unless it is uncertain. */
  readonly fromUnsafe: readonly string[];
}

/** Two turns, with one call that may be done once beside one that may be repeated. */
export const ONE: readonly Case[] = [
  {
    prompt: 'What is the weather in Oslo? What is 3 + 4?',
    result: '= 7.',
    fromUnsafe: ['Oslo: fine in Oslo'],
  },
];

/** The same calls in two conversations: the least that has everything. */
export const TWO: readonly Case[] = [
  { prompt: 'What is the weather in Oslo?', result: 'stand-in', fromUnsafe: ['Oslo: fine in Oslo'] },
  { prompt: 'What is 3 + 4?', result: '= 7.', fromUnsafe: [] },
];

/**
 * Conversations of three turns: two calls that may be done once beside one that may be repeated, then one that needs its
 * result, then the answer. One in twenty has a call in a process of its own, which are dear.
 */
export function manyCases(count: number): readonly Case[] {
  return Array.from({ length: count }, (_, index) => {
    const isolates = index % 20 === 1;
    const result = isolates ? (index + 4) * 5 : index + 4 + 5;
    return {
      prompt: `What is the weather in A${index} and B${index}? What is (${index} + 4) ${isolates ? '*' : '+'} 5?`,
      result: `= ${result}.`,
      fromUnsafe: [`A${index}: fine in A${index}`, `B${index}: fine in B${index}`],
    };
  });
}
