import type { ConversationSpans, ModelSpan, ModeSpans, RunSpans, TaskSpan, ToolSpan } from '../spans/run-spans.ts';
import type {
  PackedConversation,
  PackedMode,
  PackedModel,
  PackedPatch,
  PackedRun,
  PackedTask,
  PackedTool,
} from './page-data.ts';
import type { CallTexts, ConversationTexts } from './run-texts.ts';

/** A run as a page works with it. */
export interface PageRun {
  readonly spans: RunSpans;
  /** By the `seq` of the conversation. */
  readonly texts: ReadonlyMap<number, ConversationTexts>;
  /** By the `seq` of the call. */
  readonly calls: ReadonlyMap<number, CallTexts>;
}

/** The spans and texts of a packed run. */
export function unpackRun({ head, names, modes }: PackedRun): PageRun {
  const { resumes, isOpen, ...rest } = head;
  const texts = new Map<number, ConversationTexts>();
  const calls = new Map<number, CallTexts>();
  for (const { conversations } of modes) {
    for (const packed of conversations) {
      texts.set(packed[1], { prompt: packed[16], answer: packed[17] });
      for (const call of packed[12]) calls.set(call[0], { argumentsText: call[15], outcome: call[16] });
    }
  }
  return {
    spans: {
      ...rest,
      resumes: resumes.map(([atMs, startedAt, finished]) => ({ atMs, startedAt, finished })),
      ending: isOpen ? 'open' : 'ended',
      modes: modes.map((mode) => unpackMode(mode, new Names(names))),
    },
    texts,
    calls,
  };
}

/** What a packed run is after a patch. */
export function patched(run: PackedRun, patch: PackedPatch): PackedRun {
  const modes = patch.modes.map((mode, at): PackedMode => {
    return { ...mode, conversations: [...(run.modes[at]?.conversations ?? [])] };
  });
  for (const [mode, index, conversation] of patch.changed) {
    (modes[mode]?.conversations as PackedConversation[])[index] = conversation;
  }
  return { head: patch.head, names: [...run.names.slice(0, patch.namesFrom), ...patch.names], modes };
}

class Names {
  readonly #names: readonly string[];

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  text(index: number): string {
    return this.#names[index] ?? '';
  }

  /** A word of a fixed set: whoever packed it took it from there. */
  word<Word extends string>(index: number): Word {
    return this.text(index) as Word;
  }

  /** A member that is there only if the name is. */
  optional<Key extends string, Word extends string>(key: Key, index: number): { readonly [K in Key]?: Word } {
    return (index === 0 ? {} : { [key]: this.word<Word>(index) }) as { readonly [K in Key]?: Word };
  }
}

function unpackMode(packed: PackedMode, names: Names): ModeSpans {
  const { mode, startMs, endMs, isOpen, allowed, limits, refusals, counts, conversations } = packed;
  const idOf = (index: number) => conversations[index]?.[0];
  return {
    mode,
    startMs,
    endMs,
    ending: isOpen ? 'open' : 'ended',
    allowed: allowed.map(([fromMs, concurrency, toolConcurrency]) => ({ fromMs, concurrency, toolConcurrency })),
    conversations: conversations.map((each) => unpackConversation(each, names, idOf)),
    limits: limits.map(([atMs, model, limit, reason]) => {
      return { atMs, model: names.text(model), limit, reason: names.text(reason) };
    }),
    refusals: refusals.map(([atMs, conversation, model]) => {
      return { atMs, conversation: idOf(conversation) ?? '', model: names.text(model) };
    }),
    ...(counts ? { counts: { done: counts[0], failed: counts[1], cancelled: counts[2], notStarted: counts[3] } } : {}),
  };
}

function unpackConversation(
  packed: PackedConversation,
  names: Names,
  idOf: (index: number) => string | undefined,
): ConversationSpans {
  const [conversation, seq, parent, index, agent, model, startMs, endMs, status, problem, ...rest] = packed;
  const [stretches, models, tools, tasks, handoffs, messages, , , unstarted, missed] = rest;
  const parentId = idOf(parent);
  return {
    seq,
    conversation,
    ...(parentId === undefined ? {} : { parent: parentId }),
    index,
    agent: names.text(agent),
    model: names.text(model),
    startMs,
    endMs,
    ...names.optional<'status', NonNullable<ConversationSpans['status']>>('status', status),
    ...(problem === 0 ? {} : { problem }),
    ...(missed === 0 ? {} : { missed: missed.map(([what, why]) => ({ what: names.word(what), problem: why })) }),
    stretches: stretches.map(([fromMs, toMs, queuedMs, ending, slot, slotFrom]) => {
      const from = idOf(slotFrom);
      return {
        startMs: fromMs,
        endMs: toMs,
        queuedMs,
        ending: names.word(ending),
        ...(slot < 0 ? {} : { slot }),
        ...(from === undefined ? {} : { slotFrom: from }),
      };
    }),
    models: models.map((each) => unpackModel(each, names)),
    tools: tools.map((each) => unpackTool(each, names)),
    unstarted: unstarted.map(([turn, callId, name, askedMs, untilMs]) => {
      return { turn, callId, name: names.text(name), askedMs, endMs: untilMs };
    }),
    tasks: tasks.map((each) => unpackTask(each, names)),
    handoffs: handoffs.map(([handoffSeq, atMs, turn, from, to, isRefused]) => {
      return { seq: handoffSeq, atMs, turn, from: names.text(from), to: names.text(to), failed: isRefused === 1 };
    }),
    messages: messages.map(([messageSeq, atMs]) => ({ seq: messageSeq, atMs })),
  };
}

function unpackModel(packed: PackedModel, names: Names): ModelSpan {
  const [seq, turn, agent, model, startMs, endMs, ending, budgetMs, firstTokenMs, failure, usage, ...rest] = packed;
  const [costUsd, calls, attempts, waits] = rest;
  const [inputTokens, cachedInputTokens = 0, outputTokens = 0, reasoningTokens = 0] = usage;
  return {
    seq,
    turn,
    agent: names.text(agent),
    model: names.text(model),
    startMs,
    endMs,
    ending: names.word(ending),
    budgetMs,
    attempts: attempts.map(([fromMs, toMs, why]) => {
      return {
        startMs: fromMs,
        endMs: toMs,
        ...names.optional<'failure', NonNullable<ModelSpan['failure']>>('failure', why),
      };
    }),
    waits: waits.map(([reason, fromMs, toMs]) => ({ reason: names.word(reason), startMs: fromMs, endMs: toMs })),
    ...(firstTokenMs < 0 ? {} : { firstTokenMs }),
    ...names.optional<'failure', NonNullable<ModelSpan['failure']>>('failure', failure),
    ...(inputTokens === undefined ? {} : { usage: { inputTokens, cachedInputTokens, outputTokens, reasoningTokens } }),
    ...(costUsd < 0 ? {} : { costUsd }),
    calls,
  };
}

function unpackTool(packed: PackedTool, names: Names): ToolSpan {
  const [seq, turn, callId, name, effect, askedMs, startMs, endMs, ending, ranMs, ...rest] = packed;
  const [retries, isEager, failure, waits, shared] = rest;
  return {
    seq,
    turn,
    callId,
    name: names.text(name),
    ...names.optional<'effect', NonNullable<ToolSpan['effect']>>('effect', effect),
    askedMs,
    startMs,
    endMs,
    ending: names.word(ending),
    ranMs,
    waits: waits.map(([reason, fromMs, toMs]) => ({ reason: names.word(reason), startMs: fromMs, endMs: toMs })),
    retries,
    eager: isEager === 1,
    ...(shared ? { shared: { conversation: shared[0], callId: shared[1], savedMs: shared[2] } } : {}),
    ...names.optional<'failure', NonNullable<ToolSpan['failure']>>('failure', failure),
  };
}

function unpackTask([seq, task, what, startMs, endMs, ending, failure]: PackedTask, names: Names): TaskSpan {
  return {
    seq,
    task,
    what: names.text(what),
    startMs,
    endMs,
    ending: names.word(ending),
    ...names.optional<'failure', NonNullable<TaskSpan['failure']>>('failure', failure),
  };
}
