import type { ConversationStatus } from '../contract/event.ts';
import type { Usage } from '../contract/model.ts';
import { NO_USAGE } from '../contract/model.ts';
import { showCount, showCounted } from '../report/show-number.ts';
import type { ModeTiming } from '../report/timing.ts';
import type { Verdicts } from '../report/verdicts.ts';
import type { Turn } from './turns.ts';

/** What one run of a benchmark came to. */
export interface Sample extends Turn {
  /** The run's own directory. */
  readonly run: string;
  readonly wallMs: number;
  readonly modelCalls: number;
  readonly toolCalls: number;
  readonly failedAttempts: number;
  /** What model calls waited between attempts, but for rate limits; and what they waited for those. */
  readonly waitedMs: number;
  readonly rateMs: number;
  readonly usage: Usage;
  /** At list price; absent where one of its models has none. */
  readonly costUsd?: number;
  readonly conversations: number;
  /** Of those, how many ended as they should. */
  readonly right: number;
  /** How long each conversation took, if that matters. */
  readonly durationsMs?: readonly number[];
  /** Why its numbers are of less than the whole work, if they are: then it is not compared. */
  readonly problem?: string;
}

/** What is known of a run beside its times. */
export interface RunFacts {
  /** The run's own directory. */
  readonly run: string;
  /** How many conversations there should have been. */
  readonly conversations: number;
  readonly verdicts: Verdicts;
  /** What was wrong with the first conversation that had a problem. */
  readonly firstProblem?: string | undefined;
  /** Whether something ended it early. */
  readonly isStopped: boolean;
}

/** A run's sample, from the times of the one mode that it ran. */
export function sampleOf(
  { round, setting, isRecorded }: Turn,
  timing: ModeTiming | undefined,
  facts: RunFacts,
): Sample {
  const costUsd = costOf(timing);
  const problem = problemOf(timing?.statuses ?? {}, facts);
  return {
    round,
    setting,
    ...(isRecorded ? { isRecorded } : {}),
    run: facts.run,
    wallMs: timing?.wallMs ?? 0,
    modelCalls: timing?.modelCalls ?? 0,
    toolCalls: timing?.toolCalls ?? 0,
    failedAttempts: timing?.failedAttempts ?? 0,
    waitedMs: timing?.waitedMs ?? 0,
    rateMs: timing?.rateMs ?? 0,
    usage: timing?.usage ?? NO_USAGE,
    ...(costUsd === undefined ? {} : { costUsd }),
    conversations: facts.conversations,
    right: facts.verdicts.right,
    ...(facts.verdicts.durationsMs.length > 0 ? { durationsMs: facts.verdicts.durationsMs } : {}),
    ...(problem === undefined ? {} : { problem }),
  };
}

function costOf(timing: ModeTiming | undefined): number | undefined {
  let sum: number | undefined;
  for (const { costUsd } of timing?.models.values() ?? []) {
    if (costUsd === undefined) return undefined;
    sum = (sum ?? 0) + costUsd;
  }
  return sum;
}

type Statuses = Readonly<Partial<Record<ConversationStatus, number>>>;

/** A conversation that ended as it should, or only said something else than expected, did its work. */
function problemOf(
  statuses: Statuses,
  { conversations, verdicts, firstProblem, isStopped }: RunFacts,
): string | undefined {
  if (isStopped) return 'it was stopped';
  const { done = 0, ...others } = statuses;
  if (done + verdicts.otherwise >= conversations) return undefined;
  const parts = Object.entries(others).map(([status, count]) => `${showCount(count)} ${status}`);
  const why = firstProblem === undefined ? '' : ` (${firstProblem})`;
  return `${parts.join(', ')} of ${showCounted(conversations, 'conversation')}${why}`;
}
