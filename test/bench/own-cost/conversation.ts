/** A call of a tool as the Responses API has it. */
interface FunctionCall {
  readonly type: 'function_call';
  readonly call_id: string;
  readonly arguments: string;
}

type Item = FunctionCall | { readonly type: string };

/** What a hand-written loop asks with: as little as a conversation needs. */
export type Body = {
  readonly model: string;
  readonly stream: true;
  readonly store: false;
  readonly instructions: string;
  readonly tools: readonly object[];
  readonly input: readonly object[];
};

const TOOL = {
  type: 'function',
  name: 'get_weather',
  description: 'The weather in a city.',
  strict: false,
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};

/**
 * Runs `COUNT` conversations, `AT_ONCE` of them at once, with nothing but the loop: no log, no journal, no limits. `ask`
 * gives the items of a response; a tool takes `TOOL_MS`.
 */
export async function runConversations(ask: (body: Body) => Promise<readonly object[]>): Promise<void> {
  const toolMs = Number(process.env['TOOL_MS']);
  const count = Number(process.env['COUNT']);
  let next = 0;
  const converse = async (text: string) => {
    const input: object[] = [{ role: 'user', content: text }];
    for (;;) {
      const items = (await ask({
        model: 'x',
        stream: true,
        store: false,
        instructions: '',
        tools: [TOOL],
        input,
      })) as Item[];
      const calls = items.filter((item) => item.type === 'function_call') as FunctionCall[];
      if (calls.length === 0) return;
      const outcomes = await Promise.all(
        calls.map(async ({ call_id, arguments: json }) => {
          const { city } = JSON.parse(json) as { city: string };
          await new Promise((resolve) => setTimeout(resolve, toolMs));
          return { type: 'function_call_output', call_id, output: `fine in ${city}` };
        }),
      );
      input.push(...items, ...outcomes);
    }
  };
  const work = async () => {
    while (next < count) {
      const n = next++;
      await converse(`What is the weather in A${n} and B${n}?`);
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: Number(process.env['AT_ONCE']) }, work));
  process.stdout.write(`${JSON.stringify({ wallMs: performance.now() - startedAt })}\n`);
}
