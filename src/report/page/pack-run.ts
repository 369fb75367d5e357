import type { ConversationSpans, ModelSpan, ModeSpans, RunSpans, TaskSpan, ToolSpan } from '../spans/run-spans.ts';
import type {
  PackedConversation,
  PackedHead,
  PackedModeHead,
  PackedModel,
  PackedPatch,
  PackedRun,
  PackedTask,
  PackedTool,
  PackedWaits,
} from './page-data.ts';
import type { RunTexts } from './run-texts.ts';

/** Makes of a run's spans what a page is sent; for a page that is shown while the run goes on, again and again. */
export class RunPacker {
  readonly #names: string[] = [''];
  readonly #indexes = new Map<string, number>([['', 0]]);
  readonly #texts: RunTexts;
  /** How many names the patches so far have told. */
  #toldNames = 0;

  constructor(texts: RunTexts) {
    this.#texts = texts;
  }

  /** All of it. */
  pack(spans: RunSpans): PackedRun {
    const modes = spans.modes.map((mode) => {
      const places = placesOf(mode);
      const conversations = mode.conversations.map((each) => this.#conversation(each, places));
      return { ...this.#mode(mode, places), conversations };
    });
    return { head: headOf(spans), names: [...this.#names], modes };
  }

  /** The conversations that have changed in each mode, and all that is not of one conversation. */
  patch(spans: RunSpans, changedIn: (mode: number) => ReadonlySet<string> | undefined): PackedPatch {
    const namesFrom = this.#toldNames;
    const conversations: PackedPatch['changed'][number][] = [];
    const modes = spans.modes.map((mode, at) => {
      const places = placesOf(mode);
      const changed = changedIn(at);
      mode.conversations.forEach((each, index) => {
        if (!changed?.has(each.conversation)) return;
        conversations.push([at, index, this.#conversation(each, places)]);
      });
      return this.#mode(mode, places);
    });
    this.#toldNames = this.#names.length;
    return { head: headOf(spans), namesFrom, names: this.#names.slice(namesFrom), modes, changed: conversations };
  }

  #name(text: string | undefined): number {
    const known = this.#indexes.get(text ?? '');
    if (known !== undefined) return known;
    this.#indexes.set(text ?? '', this.#names.length);
    return this.#names.push(text ?? '') - 1;
  }

  #mode(mode: ModeSpans, places: Places): PackedModeHead {
    const { done, failed, cancelled, notStarted } = mode.counts ?? {};
    return {
      mode: mode.mode,
      startMs: short(mode.startMs),
      endMs: short(mode.endMs),
      isOpen: mode.ending === 'open',
      allowed: mode.allowed.map(({ fromMs, concurrency, toolConcurrency }) => {
        return [short(fromMs), concurrency, toolConcurrency] as const;
      }),
      limits: mode.limits.map(({ atMs, model, limit, reason }) => {
        return [short(atMs), this.#name(model), limit, this.#name(reason)] as const;
      }),
      refusals: mode.refusals.map(({ atMs, conversation, model }) => {
        return [short(atMs), places.get(conversation) ?? -1, this.#name(model)] as const;
      }),
      ...(mode.counts ? { counts: [done ?? 0, failed ?? 0, cancelled ?? 0, notStarted ?? 0] as const } : {}),
    };
  }

  #conversation(spans: ConversationSpans, places: Places): PackedConversation {
    const { prompt, answer } = this.#texts.conversation(spans.seq);
    return [
      spans.conversation,
      spans.seq,
      spans.parent === undefined ? -1 : (places.get(spans.parent) ?? -1),
      spans.index,
      this.#name(spans.agent),
      this.#name(spans.model),
      short(spans.startMs),
      short(spans.endMs),
      this.#name(spans.status),
      spans.problem ?? 0,
      spans.stretches.map(({ startMs, endMs, queuedMs, ending, slot = -1, slotFrom }) => {
        const from = slotFrom === undefined ? -1 : (places.get(slotFrom) ?? -1);
        return [short(startMs), short(endMs), short(queuedMs), this.#name(ending), slot, from] as const;
      }),
      spans.models.map((each) => this.#model(each)),
      spans.tools.map((each) => this.#tool(each)),
      spans.tasks.map((each) => this.#task(each)),
      spans.handoffs.map(({ seq, atMs, turn, from, to, failed }) => {
        return [seq, short(atMs), turn, this.#name(from), this.#name(to), failed ? 1 : 0] as const;
      }),
      spans.messages.map(({ seq, atMs }) => [seq, short(atMs)] as const),
      prompt,
      answer,
      spans.unstarted.map(({ turn, callId, name, askedMs, endMs }) => {
        return [turn, callId, this.#name(name), short(askedMs), short(endMs)] as const;
      }),
      spans.missed?.map(({ what, problem }) => [this.#name(what), problem] as const) ?? 0,
    ];
  }

  #model(span: ModelSpan): PackedModel {
    const { usage } = span;
    return [
      span.seq,
      span.turn,
      this.#name(span.agent),
      this.#name(span.model),
      short(span.startMs),
      short(span.endMs),
      this.#name(span.ending),
      short(span.budgetMs),
      short(span.firstTokenMs ?? -1),
      this.#name(span.failure),
      usage ? [usage.inputTokens, usage.cachedInputTokens, usage.outputTokens, usage.reasoningTokens] : [],
      span.costUsd ?? -1,
      span.calls,
      span.attempts.map(({ startMs, endMs, failure }) => [short(startMs), short(endMs), this.#name(failure)] as const),
      this.#waits(span.waits),
    ];
  }

  #tool(span: ToolSpan): PackedTool {
    const { shared } = span;
    const { argumentsText, outcome } = this.#texts.call(span.seq);
    return [
      span.seq,
      span.turn,
      span.callId,
      this.#name(span.name),
      this.#name(span.effect),
      short(span.askedMs),
      short(span.startMs),
      short(span.endMs),
      this.#name(span.ending),
      short(span.ranMs),
      span.retries,
      span.eager ? 1 : 0,
      this.#name(span.failure),
      this.#waits(span.waits),
      shared ? [shared.conversation, shared.callId, short(shared.savedMs)] : 0,
      argumentsText,
      outcome,
    ];
  }

  #task({ seq, task, what, startMs, endMs, ending, failure }: TaskSpan): PackedTask {
    return [seq, task, this.#name(what), short(startMs), short(endMs), this.#name(ending), this.#name(failure)];
  }

  #waits(waits: ModelSpan['waits'] | ToolSpan['waits']): PackedWaits {
    return waits.map(({ reason, startMs, endMs }) => [this.#name(reason), short(startMs), short(endMs)] as const);
  }
}

/** Where each conversation of a mode stands among the others. */
type Places = ReadonlyMap<string, number>;

function placesOf({ conversations }: ModeSpans): Places {
  return new Map(conversations.map(({ conversation }, index) => [conversation, index]));
}

function headOf({ resumes, endMs, ending, stopped, modes: _, ...rest }: RunSpans): PackedHead {
  return {
    ...rest,
    resumes: resumes.map(({ atMs, startedAt, finished }) => [short(atMs), startedAt, finished] as const),
    endMs: short(endMs),
    isOpen: ending === 'open',
    ...(stopped === undefined ? {} : { stopped }),
  };
}

/** To the hundredth of a millisecond. What came before something else still does not come after it. */
function short(ms: number): number {
  return Math.round(ms * 100) / 100;
}
