import type { RunEvent } from '../../contract/event.ts';
import type { ToolOutcome } from '../../contract/message.ts';
import type { Reporter } from '../../contract/reporter.ts';

/** What was said in a conversation. */
export interface ConversationTexts {
  prompt: string;
  answer: string;
}

/** What a tool was asked, and what came of it. */
export interface CallTexts {
  argumentsText: string;
  outcome: string;
}

const MOST_PROMPT = 4000;
const MOST_ANSWER = 20_000;
const MOST_CALL = 400;

/** Keeps what a page shows of the texts of a run, by the `seq` of what they belong to: beginnings of those that are long. */
export class RunTexts implements Reporter {
  readonly #conversations = new Map<number, ConversationTexts>();
  readonly #calls = new Map<number, CallTexts>();
  /** Of one mode, by conversation: in another mode they begin anew. */
  #open = new Map<string, ConversationTexts>();
  #openCalls = new Map<string, CallTexts>();

  handle(event: RunEvent): void {
    switch (event.kind) {
      case 'mode_start':
        this.#open = new Map();
        this.#openCalls = new Map();
        break;
      case 'conversation_start': {
        if (this.#open.has(event.conversation)) break;
        const texts = { prompt: beginning(event.prompt, MOST_PROMPT), answer: '' };
        this.#open.set(event.conversation, texts);
        this.#conversations.set(event.seq, texts);
        break;
      }
      case 'tool_start': {
        const texts = { argumentsText: beginning(event.argumentsText, MOST_CALL), outcome: '' };
        this.#openCalls.set(keyOf(event), texts);
        this.#calls.set(event.seq, texts);
        break;
      }
      case 'tool_end': {
        const texts = this.#openCalls.get(keyOf(event));
        if (texts) texts.outcome = beginning(outcomeText(event.outcome), MOST_CALL);
        this.#openCalls.delete(keyOf(event));
        break;
      }
      case 'conversation_end': {
        const texts = this.#open.get(event.conversation);
        if (texts) texts.answer = beginning(event.answer, MOST_ANSWER);
        break;
      }
      default:
    }
  }

  conversation(seq: number): ConversationTexts {
    return this.#conversations.get(seq) ?? { prompt: '', answer: '' };
  }

  call(seq: number): CallTexts {
    return this.#calls.get(seq) ?? { argumentsText: '', outcome: '' };
  }
}

function keyOf({ conversation, callId }: { readonly conversation: string; readonly callId: string }): string {
  return JSON.stringify([conversation, callId]);
}

function outcomeText(outcome: ToolOutcome): string {
  return outcome.kind === 'ok' ? JSON.stringify(outcome.output) : `${outcome.code}: ${outcome.message}`;
}

function beginning(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length).toWellFormed()}…`;
}
