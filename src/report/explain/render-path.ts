import { showCounted, showDuration, showMoment } from '../show-number.ts';
import { lengthOf } from '../spans/length-of.ts';
import type { TimeState } from '../spans/time-states.ts';
import type { PathStep } from './conversation-path.ts';
import type { ModeExplanation } from './explain-run.ts';
import { BEHIND_OTHERS } from './split.ts';
import { textTable } from './text-table.ts';
import { SHORT_MS, STATE_LABELS, showName, showShare } from './words.ts';

const MOST_STEPS = 24;

/** The critical path: each step, or where there are many of them each conversation; and what it is made of. */
export function renderPath({ path, wallMs }: ModeExplanation, isWhole: boolean): string[] {
  const shown = path.filter(({ startMs, endMs }) => endMs - startMs >= SHORT_MS);
  const rows = isWhole ? path.map(stepRow) : shown.length <= MOST_STEPS ? shown.map(stepRow) : holderRows(path);
  const hiddenMs = wallMs - lengthOf(shown);
  const hidden =
    !isWhole && shown.length <= MOST_STEPS && hiddenMs >= SHORT_MS
      ? [
          `  and ${showCounted(path.length - shown.length, 'step')} of less than 0.01 s: ${showDuration(hiddenMs)} in all`,
        ]
      : [];
  return [...textTable(rows, '<><<<'), ...hidden, `  in sum: ${partsOf(path, wallMs)}`];
}

/** What stood in the way of the ceiling, along the critical path. */
export function inTheWay({ path }: ModeExplanation): string {
  const last = path.findLast(({ holder }) => holder !== undefined)?.holder;
  const isBehind = ({ state }: PathStep) => BEHIND_OTHERS.includes(state as TimeState);
  const others = lengthOf(path.filter((step) => step.holder !== undefined && step.holder !== last && !isBehind(step)));
  const parts = [
    ...(others >= SHORT_MS ? [`${showDuration(others)} other conversations in the same slot`] : []),
    ...[...BEHIND_OTHERS, 'starting' as const].flatMap((state) => {
      const ms = lengthOf(path.filter((step) => step.state === state));
      return ms >= SHORT_MS ? [`${showDuration(ms)} ${STATE_LABELS[state]}`] : [];
    }),
  ];
  return parts.join(', ');
}

function stepRow({ startMs, endMs, state, conversation = '', name = '', turn }: PathStep): readonly string[] {
  const about = [showName(name), ...(turn === undefined ? [] : [`turn ${turn}`])];
  return [
    showMoment(startMs),
    showDuration(endMs - startMs),
    showName(conversation),
    STATE_LABELS[state],
    about.filter(Boolean).join(', '),
  ];
}

/** A row for each conversation in the chain; of many, the first and the last ones. */
function holderRows(path: readonly PathStep[]): readonly (readonly string[])[] {
  const groups: PathStep[][] = [];
  for (const step of path) {
    const group = groups.at(-1);
    if (group && group[0]?.holder === step.holder) group.push(step);
    else if (step.holder !== undefined || step.endMs - step.startMs >= SHORT_MS) groups.push([step]);
  }
  const half = MOST_STEPS / 2;
  if (groups.length <= MOST_STEPS) return groups.map(groupRow);
  const left = groups.slice(half, -half);
  const between = ['…', showDuration(lengthOf(left.flat())), `${left.length} more`];
  return [...groups.slice(0, half).map(groupRow), between, ...groups.slice(-half).map(groupRow)];
}

function groupRow(steps: readonly PathStep[]): readonly string[] {
  const holder = showName(steps[0]?.holder ?? '');
  const lengthMs = lengthOf(steps);
  return [showMoment(steps[0]?.startMs ?? 0), showDuration(lengthMs), holder, partsOf(steps, lengthMs)];
}

/** What steps are made of, the most first: `2.00 s get_weather (87 %), 0.26 s model`. */
function partsOf(steps: readonly PathStep[], wholeMs: number): string {
  const sums = new Map<string, number>();
  for (const { state, name, startMs, endMs } of steps) {
    const what = state === 'tools' && name !== undefined ? showName(name) : STATE_LABELS[state];
    sums.set(what, (sums.get(what) ?? 0) + endMs - startMs);
  }
  return [...sums]
    .filter(([, ms]) => ms >= SHORT_MS)
    .sort(([, one], [, other]) => other - one)
    .map(([what, ms]) => `${showDuration(ms)} ${what} (${showShare(ms / wholeMs)})`)
    .join(', ');
}
