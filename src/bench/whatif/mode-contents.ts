import type { EventOf, RunEvent } from '../../contract/event.ts';
import type { ToolOutcome } from '../../contract/message.ts';
import type { Prompt } from '../../contract/prompt.ts';
import { placeOf } from './recorded-work.ts';

/** What the spans of a mode leave out, by the `seq` of the event that began the span. */
export class ModeContents {
  readonly prompts: Prompt[] = [];
  readonly results = new Map<number, EventOf<'model_end'>['result']>();
  readonly retries = new Map<number, EventOf<'model_retry'>[]>();
  readonly calls = new Map<number, { readonly argumentsText: string; outcome?: ToolOutcome }>();
  /** Of each conversation, the agents that it was handed to. */
  readonly handoffs: EventOf<'handoff'>[] = [];
  readonly #asking = new Map<string, number>();
  readonly #calling = new Map<string, number>();

  add(event: RunEvent): void {
    switch (event.kind) {
      case 'conversation_start':
        if (event.parent === undefined && !event.resumed) this.prompts.push(promptOf(event));
        break;
      case 'model_start':
        this.#asking.set(event.conversation, event.seq);
        this.retries.set(event.seq, []);
        break;
      case 'model_retry':
        this.retries.get(this.#asking.get(event.conversation) ?? 0)?.push(event);
        break;
      case 'model_end':
        this.results.set(this.#asking.get(event.conversation) ?? 0, event.result);
        break;
      case 'tool_start':
        this.#calling.set(placeOf(event.conversation, event.callId), event.seq);
        this.calls.set(event.seq, { argumentsText: event.argumentsText });
        break;
      case 'tool_end': {
        const call = this.calls.get(this.#calling.get(placeOf(event.conversation, event.callId)) ?? 0);
        if (call) call.outcome = event.outcome;
        break;
      }
      case 'handoff':
        this.handoffs.push(event);
        break;
      default:
    }
  }
}

/** With the model that it began with, whoever had chosen that. */
function promptOf({ conversation, index, prompt, agent, model, source }: EventOf<'conversation_start'>): Prompt {
  return { id: conversation, index, text: prompt, agent, model, source };
}
