import type { JsonObject } from '../../contract/json.ts';
import type { SimFault } from '../fault.ts';
import type { Frame } from '../reply.ts';
import { firstHalf } from '../reply.ts';
import { countTokens, splitJson, splitText } from '../tokens.ts';
import type { OutputItem } from './output-items.ts';
import type { ResponseState, ResponseText } from './response-text.ts';

/** All events of a response in the vendor's order, each with its sequence number. */
export function streamFrames(
  items: readonly OutputItem[],
  options: {
    readonly toText: ResponseText;
    readonly end: ResponseState;
    readonly fault: SimFault | undefined;
    readonly errorMessage: string;
  },
): readonly Frame[] {
  const { toText, end, fault } = options;
  const events = new EventWriter();
  for (const type of ['response.created', 'response.in_progress']) {
    events.addText(type, `"response":${toText({ status: 'in_progress' }, [])}`);
  }
  items.forEach((item, index) => {
    addItem(events, item, index);
  });
  if (fault?.kind === 'error-event' || end.status === 'failed') events.keepFirstHalf();
  if (fault?.kind === 'error-event') {
    events.addError(options.errorMessage, fault.eventLine !== false);
    return events.frames;
  }
  events.addText(`response.${end.status}`, `"response":${toText(end, end.status === 'failed' ? [] : items)}`, true);
  return events.frames;
}

class EventWriter {
  #frames: Frame[] = [];

  get frames(): readonly Frame[] {
    return this.#frames;
  }

  add(type: string, fields: JsonObject, tokens = 0): void {
    this.#push(type, JSON.stringify(fields).slice(1, -1), tokens);
  }

  /** `fields`: JSON text of the event's own members. */
  addText(type: string, fields: string, terminal = false): void {
    this.#push(type, fields, 0, terminal);
  }

  addError(message: string, eventLine: boolean): void {
    const text = this.#data('error', JSON.stringify({ code: 'server_error', message, param: null }).slice(1, -1));
    this.#frames.push({ text: eventLine ? `event: error\n${text}` : text, tokens: 0, terminal: true });
  }

  keepFirstHalf(): void {
    this.#frames = [...firstHalf(this.#frames)];
  }

  #push(type: string, fields: string, tokens: number, terminal = false): void {
    const text = `event: ${type}\n${this.#data(type, fields)}`;
    this.#frames.push(terminal ? { text, tokens, terminal } : { text, tokens });
  }

  #data(type: string, fields: string): string {
    return `data: {"type":"${type}","sequence_number":${this.#frames.length},${fields}}\n\n`;
  }
}

function addItem(events: EventWriter, item: OutputItem, output_index: number): void {
  switch (item.type) {
    case 'reasoning':
      // What is encrypted is only complete at the end.
      events.add('response.output_item.added', { output_index, item: { ...item, encrypted_content: 'gAAAA' } });
      break;
    case 'message':
      addMessage(events, item, output_index);
      break;
    case 'function_call':
      addCall(events, item, output_index);
      break;
  }
  events.add('response.output_item.done', { output_index, item });
}

function addMessage(events: EventWriter, item: OutputItem & { type: 'message' }, output_index: number): void {
  const [part] = item.content;
  const at = { item_id: item.id, output_index, content_index: 0 };
  events.add('response.output_item.added', { output_index, item: { ...item, status: 'in_progress', content: [] } });
  if (part.type === 'refusal') {
    events.add('response.content_part.added', { ...at, part: { type: 'refusal', refusal: '' } });
    for (const delta of splitText(part.refusal)) {
      events.add('response.refusal.delta', { ...at, delta }, countTokens(delta));
    }
    events.add('response.refusal.done', { ...at, refusal: part.refusal });
  } else {
    events.add('response.content_part.added', { ...at, part: { ...part, text: '' } });
    for (const delta of splitText(part.text)) {
      events.add('response.output_text.delta', { ...at, delta, logprobs: [] }, countTokens(delta));
    }
    events.add('response.output_text.done', { ...at, text: part.text, logprobs: [] });
  }
  events.add('response.content_part.done', { ...at, part });
}

function addCall(events: EventWriter, item: OutputItem & { type: 'function_call' }, output_index: number): void {
  const at = { item_id: item.id, output_index };
  const item_added = { ...item, status: 'in_progress', arguments: '' };
  events.add('response.output_item.added', { output_index, item: item_added }, countTokens(item.name));
  for (const delta of splitJson(item.arguments)) {
    events.add('response.function_call_arguments.delta', { ...at, delta }, countTokens(delta));
  }
  events.add('response.function_call_arguments.done', { ...at, arguments: item.arguments });
}
