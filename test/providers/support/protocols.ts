/** How each protocol says the same things, byte for byte, and how its answers end. */
export interface ProtocolScript {
  /** `provider/name` of a model that is spoken to in it. */
  readonly id: string;
  /** What follows the origin in a base URL. */
  readonly basePath: string;
  readonly text: (delta: string) => object;
  readonly call: (id: string | undefined, name: string, argumentsText: string) => object;
  /** The events that end a response well. */
  readonly ending: readonly (object | string)[];
}

const responses: ProtocolScript = {
  id: 'openai/m',
  basePath: '/v1',
  text: (delta) => ({ type: 'response.output_text.delta', item_id: 'msg_1', output_index: 0, content_index: 0, delta }),
  call: (id, name, argumentsText) => ({
    type: 'response.output_item.done',
    output_index: 0,
    item: { type: 'function_call', id: `fc_${id}`, call_id: id, name, arguments: argumentsText, status: 'completed' },
  }),
  ending: [{ type: 'response.completed', response: { status: 'completed', output: [] } }],
};

const chat: ProtocolScript = {
  id: 'openai-chat/m',
  basePath: '/v1',
  text: (content) => chunk({ content }),
  call: (id, name, argumentsText) =>
    chunk({ tool_calls: [{ index: 0, id, type: 'function', function: { name, arguments: argumentsText } }] }),
  ending: [chunk({}, 'stop'), 'data: [DONE]\n\n'],
};

const gemini: ProtocolScript = {
  id: 'gemini/m',
  basePath: '',
  text: (text) => ({ candidates: [{ content: { role: 'model', parts: [{ text }] } }] }),
  call: (id, name, argumentsText) => ({
    candidates: [
      { content: { role: 'model', parts: [{ functionCall: { id, name, args: JSON.parse(argumentsText) } }] } },
    ],
  }),
  ending: [{ candidates: [{ content: { role: 'model', parts: [{ text: '' }] }, finishReason: 'STOP' }] }],
};

/** A chunk of Chat Completions. */
export function chunk(delta: object, finishReason: string | null = null): object {
  return { object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finishReason }] };
}

/** All three, by name. */
export const PROTOCOLS: readonly (readonly [string, ProtocolScript])[] = [
  ['Responses', responses],
  ['Chat Completions', chat],
  ['Gemini', gemini],
];
