import type { ModeExplanation } from '../explain/explain-run.ts';
import { explainRun } from '../explain/explain-run.ts';
import { timedOf } from '../spans/replay-words.ts';
import type { ConversationSpans, ModeSpans } from '../spans/run-spans.ts';
import type { ConversationRow } from './conversation-row.ts';
import { conversationRow } from './conversation-row.ts';
import type { ModeFigures } from './run-figures.ts';
import { modeFigures } from './run-figures.ts';
import type { StepCurve } from './step-curve.ts';
import { openAtOnce, stepsOf } from './step-curve.ts';
import type { PageRun } from './unpack-run.ts';

/** What went on at once in a mode, what was allowed, and when a provider refused. */
export interface Curves {
  readonly conversations: StepCurve;
  readonly requests: StepCurve;
  readonly toolCalls: StepCurve;
  readonly allowed: StepCurve;
  readonly limits: readonly { readonly model: string; readonly curve: StepCurve }[];
  readonly refusalsMs: readonly number[];
  readonly endMs: number;
}

/** One mode of a run as a page draws and tells it. */
export interface ModePicture {
  readonly spans: ModeSpans;
  readonly timed: 'measured' | 'virtual';
  readonly figures: ModeFigures;
  readonly explanation: ModeExplanation;
  readonly rows: readonly ConversationRow[];
  readonly curves: Curves;
  readonly texts: PageRun['texts'];
  readonly calls: PageRun['calls'];
}

/** The pictures of a run's modes, in their order. */
export function modePictures({ spans: run, texts, calls }: PageRun): readonly ModePicture[] {
  const { modes } = explainRun(run);
  return run.modes.flatMap((spans, at): ModePicture[] => {
    const explanation = modes[at];
    if (!explanation) return [];
    const drawn = { rows: rowsOf(spans), curves: curvesOf(spans) };
    return [{ spans, timed: timedOf(run), figures: modeFigures(spans), explanation, ...drawn, texts, calls }];
  });
}

/** In the order in which they started, those that were delegated right below who delegated them. */
function rowsOf({ conversations }: ModeSpans): readonly ConversationRow[] {
  const children = Map.groupBy(conversations, ({ parent }) => parent);
  const known = new Set(conversations.map(({ conversation }) => conversation));
  const rows: ConversationRow[] = [];
  const seen = new Set<ConversationSpans>();
  const add = (spans: ConversationSpans, depth: number) => {
    if (seen.has(spans)) return;
    seen.add(spans);
    rows.push(conversationRow(spans, depth));
    for (const child of children.get(spans.conversation) ?? []) add(child, depth + 1);
  };
  for (const spans of conversations) if (spans.parent === undefined || !known.has(spans.parent)) add(spans, 0);
  return rows;
}

function curvesOf({ conversations, allowed, limits, refusals, endMs }: ModeSpans): Curves {
  const own = conversations.filter(({ parent }) => parent === undefined);
  const byModel = Map.groupBy(limits, ({ model }) => model);
  return {
    conversations: openAtOnce(own.flatMap(({ stretches }) => stretches)),
    requests: openAtOnce(conversations.flatMap(({ models }) => models.flatMap(({ attempts }) => attempts))),
    toolCalls: openAtOnce(conversations.flatMap(({ tools }) => tools.filter(({ shared }) => !shared))),
    allowed: stepsOf(allowed.map(({ fromMs, concurrency }) => ({ atMs: fromMs, count: concurrency }))),
    limits: [...byModel].map(([model, marks]) => {
      return { model, curve: stepsOf(marks.map(({ atMs, limit }) => ({ atMs, count: limit }))) };
    }),
    refusalsMs: refusals.map(({ atMs }) => atMs),
    endMs,
  };
}
