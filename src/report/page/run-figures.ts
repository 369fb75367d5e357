import type { Usage } from '../../contract/model.ts';
import { addUsage, NO_USAGE } from '../../contract/model.ts';
import { fateOf } from '../spans/fate.ts';
import { lengthOf } from '../spans/length-of.ts';
import type { ConversationSpans, ModelSpan, ModeSpans } from '../spans/run-spans.ts';

/** One mode in figures. All `...Ms` are milliseconds. */
export interface ModeFigures {
  readonly wallMs: number;
  /** An estimate: its model and tool calls laid end to end. */
  readonly sequentialMs: number;
  readonly modelMs: number;
  readonly toolMs: number;
  readonly modelCalls: number;
  readonly toolCalls: number;
  /** Of prompts, by status; those that came to no end are `open`. */
  readonly statuses: ReadonlyMap<string, number>;
  /** Of prompts, those that came to what they should not; and those that were expected to come to something else. */
  readonly wrong: number;
  readonly missed: number;
  readonly failedCalls: number;
  readonly refusals: number;
  readonly handoffs: number;
  readonly tasks: number;
  readonly usage: Usage;
  /** At list price; nothing where the price of any response is not known. */
  readonly costUsd?: number;
}

/** Adds a mode up. */
export function modeFigures({ startMs, endMs, conversations, refusals }: ModeSpans): ModeFigures {
  const models = conversations.flatMap((each) => each.models);
  const tools = conversations.flatMap((each) => each.tools);
  const own = conversations.filter(({ parent }) => parent === undefined);
  const modelMs = models.reduce((sum, model) => sum + lengthOf(knownAttempts(model)), 0);
  const toolMs = tools.reduce((sum, { ranMs }) => sum + ranMs, 0);
  return {
    wallMs: endMs - startMs,
    sequentialMs: modelMs + toolMs,
    modelMs,
    toolMs,
    modelCalls: models.length,
    toolCalls: tools.length,
    statuses: statusesOf(conversations),
    wrong: own.filter((each) => fateOf(each).isWrong).length,
    missed: own.filter(({ missed = [] }) => missed.length > 0).length,
    failedCalls: tools.filter(({ failure }) => failure !== undefined).length,
    refusals: refusals.length,
    handoffs: conversations.reduce((sum, { handoffs }) => sum + handoffs.length, 0),
    tasks: conversations.reduce((sum, { tasks }) => sum + tasks.length, 0),
    ...usageOf(conversations),
  };
}

/** The attempts that are over. The last of a call that goes on may still wait to be made: nobody is told before it ends. */
export function knownAttempts({ ending, attempts }: ModelSpan): ModelSpan['attempts'] {
  return ending === 'open' ? attempts.slice(0, -1) : attempts;
}

/** What the responses of some conversations took. */
export function usageOf(conversations: readonly ConversationSpans[]): Pick<ModeFigures, 'usage' | 'costUsd'> {
  const told = conversations.flatMap(({ models }) => models).filter(({ usage }) => usage !== undefined);
  const usage = told.reduce((sum, each) => (each.usage ? addUsage(sum, each.usage) : sum), NO_USAGE);
  const isPriced = told.length > 0 && told.every(({ costUsd }) => costUsd !== undefined);
  return { usage, ...(isPriced ? { costUsd: told.reduce((sum, { costUsd = 0 }) => sum + costUsd, 0) } : {}) };
}

function statusesOf(conversations: readonly ConversationSpans[]): ReadonlyMap<string, number> {
  const statuses = new Map<string, number>();
  for (const { parent, status = 'open' } of conversations) {
    if (parent === undefined) statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  return statuses;
}
