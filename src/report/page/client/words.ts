import { STATE_LABELS } from '../../explain/words.ts';
import { showMissed } from '../../show-missed.ts';
import { showCost, showCount, showUsage } from '../../show-number.ts';
import { fateOf } from '../../spans/fate.ts';
import type { ModelSpan, TaskSpan, ToolSpan } from '../../spans/run-spans.ts';
import type { TimeState } from '../../spans/time-states.ts';
import type { Bar, BarSpan, ConversationRow } from '../conversation-row.ts';
import type { ModePicture } from '../mode-picture.ts';
import type { CallTexts } from '../run-texts.ts';
import { showTime } from '../show-time.ts';
import { countAt } from '../step-curve.ts';
import type { Told } from './tooltip.ts';

/** What a bar is. */
export function tellBar(bar: Bar, { spans }: ConversationRow, { calls }: Pick<ModePicture, 'calls'>): Told {
  const { span } = bar;
  const what = tellSpan(span, calls);
  const wait = bar.kind === 'wait' ? [`here: waits for ${waitedFor(bar.reason ?? '')}, ${length(bar)}`] : [];
  const place = 'turn' in span ? `${spans.conversation}, turn ${span.turn}` : spans.conversation;
  return {
    title: what.title,
    lines: [
      ...wait,
      ...what.lines,
      `${place}; from ${showTime('startMs' in span ? span.startMs : span.askedMs)} to ${showTime(span.endMs)}`,
    ],
  };
}

function tellSpan(span: BarSpan, calls: ModePicture['calls']): Told {
  if ('attempts' in span) return tellModel(span);
  if ('task' in span) return tellTask(span);
  if ('ranMs' in span) return tellTool(span, calls.get(span.seq));
  return { title: `tool ${span.name}`, lines: ['asked for, and never started'] };
}

/** What a conversation came to. */
export function tellRow({ spans }: ConversationRow): Told {
  const { conversation, problem, missed = [], startMs, endMs, models, tools, agent } = spans;
  return {
    title: `${conversation}: ${fateOf(spans).words}`,
    lines: [
      ...(problem === undefined ? [] : [problem]),
      ...missed.map((each) => `expected ${showMissed(each)}`),
      `${showTime(endMs - startMs)}, from ${showTime(startMs)} to ${showTime(endMs)}`,
      `${showCount(models.length)} model and ${showCount(tools.length)} tool calls; began with ${agent}`,
    ],
  };
}

/** What went on at a moment. */
export function tellMoment({ curves, spans }: ModePicture, ms: number): Told {
  const nearMs = Math.max(1, (spans.endMs - spans.startMs) / 400);
  const refused = curves.refusalsMs.filter((atMs) => Math.abs(atMs - ms) <= nearMs).length;
  const limits = curves.limits.flatMap(({ model, curve }) => {
    const limit = countAt(curve, ms);
    return limit === undefined ? [] : [`${model} is held to take ${showCount(limit)} requests at once`];
  });
  const isOver = ms > curves.endMs;
  const now = (count: number | undefined) => showCount(isOver ? 0 : (count ?? 0));
  return {
    title: `at ${showTime(ms)}`,
    lines: [
      `${now(countAt(curves.conversations, ms))} conversations, of ${now(countAt(curves.allowed, ms))} allowed`,
      `${now(countAt(curves.requests, ms))} requests with models, ${now(countAt(curves.toolCalls, ms))} tool calls`,
      ...limits,
      ...(refused > 0 ? [`${showCount(refused)} refused for rate limits (429) about then`] : []),
    ],
  };
}

/** What a model call came to. */
export function tellModel(span: ModelSpan): Told {
  const { model, agent, attempts, failure, firstTokenMs, usage, costUsd, ending, waits } = span;
  const last = attempts.at(-1);
  const tries = attempts.length > 1 ? [`${attempts.length} attempts`] : [];
  const first =
    firstTokenMs === undefined || !last ? [] : [`first token after ${showTime(firstTokenMs - last.startMs)}`];
  const cost = costUsd === undefined ? [] : [`${showCost(costUsd)} at list price`];
  return {
    title: `model ${model}  ${length(span)}`,
    lines: [
      ...(failure === undefined ? [] : [`failed: ${failure}`]),
      ...endings(ending),
      [...tries, ...first].join('; '),
      ...waits.map((wait) => `waited ${length(wait)} for ${waitedFor(wait.reason)}`),
      [...(usage ? [`${showUsage(usage)} tokens`] : []), ...cost].join('; '),
      `agent ${agent}`,
    ].filter((line) => line !== ''),
  };
}

/** What a tool call came to. */
export function tellTool(span: ToolSpan, texts: CallTexts | undefined): Told {
  const { name, failure, ending, waits, retries, eager, effect, shared, ranMs } = span;
  return {
    title: `tool ${name}  ${showTime(ranMs)}`,
    lines: [
      ...(failure === undefined ? [] : [`failed: ${failure}`]),
      ...endings(ending),
      ...(texts?.argumentsText ? [`→ ${texts.argumentsText}`] : []),
      ...(texts?.outcome ? [`← ${texts.outcome}`] : []),
      ...(shared
        ? [`answered with the result of an equal call of ${shared.conversation}: ${showTime(shared.savedMs)} saved`]
        : []),
      ...waits.map((wait) => `waited ${length(wait)} for ${waitedFor(wait.reason)}`),
      ...(retries > 0 ? [`${retries} failed attempts before`] : []),
      [...(effect ? [effect] : []), ...(eager ? ['started before the response was complete'] : [])].join('; '),
    ].filter((line) => line !== ''),
  };
}

function tellTask(span: TaskSpan): Told {
  const { task, what, failure, ending } = span;
  return {
    title: `background task ${task}: ${what}  ${length(span)}`,
    lines: [...(failure === undefined ? [] : [`failed: ${failure}`]), ...endings(ending)],
  };
}

function endings(ending: ModelSpan['ending']): readonly string[] {
  if (ending === 'ended') return [];
  return [ending === 'open' ? 'not ended' : 'interrupted: the process ended'];
}

function waitedFor(reason: string): string {
  return Object.hasOwn(STATE_LABELS, reason) ? STATE_LABELS[reason as TimeState] : reason;
}

function length({ startMs, endMs }: { readonly startMs: number; readonly endMs: number }): string {
  return showTime(endMs - startMs);
}
