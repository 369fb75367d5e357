import type { ConversationStatus, RunEvent } from '../../contract/event.ts';
import type { ToolCall, ToolOutcome } from '../../contract/message.ts';

/** What was said, by the `seq` of the event that began the span it belongs to; each a value for attributes of that span. */
export type Contents = ReadonlyMap<number, Readonly<Record<string, string>>>;

/** Collects what spans leave out. Holds all that was said in the run. */
export async function contentsOf(events: AsyncIterable<RunEvent>): Promise<Contents> {
  const contents = new Map<number, Record<string, string>>();
  const open = new Map<string, number>();
  const begin = (key: string, seq: number, said: Record<string, string>) => {
    open.set(key, seq);
    contents.set(seq, said);
  };
  const add = (key: string, name: string, value: string) => {
    const said = contents.get(open.get(key) ?? -1);
    if (said) said[name] = value;
  };
  for await (const event of events) {
    if (!('conversation' in event) || event.conversation === undefined) continue;
    const whose = event.conversation;
    switch (event.kind) {
      case 'conversation_start':
        begin(`c ${whose}`, event.seq, { [INPUT]: JSON.stringify([message('user', [text(event.prompt)])]) });
        break;
      case 'conversation_end':
        add(
          `c ${whose}`,
          OUTPUT,
          JSON.stringify([{ ...message('assistant', textParts(event.answer)), finish_reason: finishOf(event.status) }]),
        );
        break;
      case 'model_start':
        begin(`m ${whose}`, event.seq, {});
        break;
      case 'model_end':
        if (event.result.ok) add(`m ${whose}`, OUTPUT, JSON.stringify([responseMessage(event.result)]));
        break;
      case 'tool_start':
        begin(`t ${whose} ${event.callId}`, event.seq, { 'gen_ai.tool.call.arguments': event.argumentsText });
        break;
      case 'tool_end':
        add(`t ${whose} ${event.callId}`, 'gen_ai.tool.call.result', outcomeText(event.outcome));
        break;
      default:
    }
  }
  return contents;
}

const INPUT = 'gen_ai.input.messages';
const OUTPUT = 'gen_ai.output.messages';

/** How a conversation ended, in the words of the conventions. */
function finishOf(status: ConversationStatus): string {
  if (status === 'done') return 'stop';
  if (status === 'truncated') return 'length';
  return status === 'blocked' || status === 'refused' ? 'content_filter' : 'error';
}

/** How a response ended, in the words of the conventions. */
function finishReason(stop: string, calls: number): string {
  if (stop === 'truncated') return 'length';
  if (stop === 'blocked' || stop === 'refused') return 'content_filter';
  return calls > 0 ? 'tool_call' : 'stop';
}

function responseMessage({
  text: answer,
  calls,
  stop,
}: {
  readonly text: string;
  readonly calls: readonly ToolCall[];
  readonly stop: string;
}) {
  const parts = [
    ...textParts(answer),
    ...calls.map(({ callId: id, name, argumentsText }) => ({
      type: 'tool_call',
      id,
      name,
      arguments: parsed(argumentsText),
    })),
  ];
  return { ...message('assistant', parts), finish_reason: finishReason(stop, calls.length) };
}

function message(role: string, parts: readonly object[]) {
  return { role, parts };
}

/** Who says nothing says no part. */
function textParts(content: string) {
  return content === '' ? [] : [text(content)];
}

function text(content: string) {
  return { type: 'text', content };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}

function outcomeText(outcome: ToolOutcome): string {
  return JSON.stringify(outcome.kind === 'ok' ? outcome.output : { error: outcome.message });
}
