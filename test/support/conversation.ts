import type { ConversationBounds } from '../../src/agent/bounds.ts';
import { DEFAULT_BOUNDS } from '../../src/agent/bounds.ts';
import type { RequestBudget } from '../../src/agent/request-budget.ts';
import type { RestoredConversation } from '../../src/agent/restored-conversation.ts';
import { runConversation } from '../../src/agent/run-conversation.ts';
import type { TaskSettings } from '../../src/agent/tasks/task-settings.ts';
import type { Agent } from '../../src/contract/agent.ts';
import type { Clock } from '../../src/contract/clock.ts';
import type { ConversationEnd, RunEventBody } from '../../src/contract/event.ts';
import type { Model } from '../../src/contract/model.ts';
import type { Prompt } from '../../src/contract/prompt.ts';
import { FakeClock } from './fake-clock.ts';
import { openTurns } from './open-turns.ts';

/** What a test may set; the rest is as in a run. */
export interface Setting {
  readonly models: readonly Model[];
  readonly agent: Agent;
  readonly prompt?: Partial<Prompt>;
  readonly bounds?: Partial<ConversationBounds>;
  readonly clock?: Clock;
  readonly stopping?: AbortSignal;
  readonly signal?: AbortSignal;
  readonly toolConcurrency?: number;
  readonly eager?: boolean;
  readonly inOrder?: boolean;
  readonly budget?: RequestBudget;
  readonly restored?: RestoredConversation;
  readonly tasks?: TaskSettings;
  /** Called with each event as it happens. */
  readonly onEvent?: (event: RunEventBody) => void;
}

/** A conversation that runs, and all it told. */
export interface Conversing {
  readonly events: RunEventBody[];
  readonly ended: Promise<ConversationEnd>;
}

/** Starts a conversation over scripted models with the real tools around it. */
export function converse(setting: Setting): Conversing {
  const events: RunEventBody[] = [];
  const emit = (event: RunEventBody) => {
    events.push(event);
    setting.onEvent?.(event);
  };
  const clock = setting.clock ?? new FakeClock();
  const prompt: Prompt = { id: 'p1', index: 0, text: 'Hello', source: { file: 'test', line: 1 }, ...setting.prompt };
  const ended = runConversation(prompt, setting.agent, {
    model: (id) => {
      const model = setting.models.find((candidate) => candidate.id === id);
      if (!model) throw new Error(`there is no model ${id}`);
      return model;
    },
    defaultModel: setting.models[0]?.id ?? '',
    openTurn: openTurns(clock, emit, {
      toolConcurrency: setting.toolConcurrency ?? 64,
      eager: setting.eager ?? true,
      inOrder: setting.inOrder ?? false,
    }),
    emit,
    clock,
    bounds: { ...DEFAULT_BOUNDS, ...setting.bounds },
    stopping: setting.stopping ?? new AbortController().signal,
    signal: setting.signal ?? new AbortController().signal,
    queuedMs: 0,
    inOrder: setting.inOrder ?? false,
    ...(setting.budget ? { budget: setting.budget } : {}),
    ...(setting.tasks ? { tasks: setting.tasks } : {}),
    ...(setting.restored ? { restored: setting.restored } : {}),
  });
  return { events, ended };
}
