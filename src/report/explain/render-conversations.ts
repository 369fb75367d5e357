import { showCount, showDuration } from '../show-number.ts';
import { TIME_STATES } from '../spans/time-states.ts';
import type { ConversationSplit } from './conversation-split.ts';
import type { ModeExplanation } from './explain-run.ts';
import { textTable } from './text-table.ts';
import { SHORT_MS, STATE_LABELS, showName } from './words.ts';

const MOST_CONVERSATIONS = 20;
const MOST_STRAGGLERS = 5;

/** A line for each straggler, with why. */
export function stragglerLines({ stragglers }: ModeExplanation, isWhole: boolean): string[] {
  const shown = isWhole ? stragglers : stragglers.slice(0, MOST_STRAGGLERS);
  const lines = shown.map(({ conversation, tookMs, usualMs, because, turns, usualTurns }) => {
    const times = (tookMs / Math.max(1, usualMs)).toFixed(1);
    const { state, ms, longest } = because;
    const call = longest
      ? `, longest ${showName(longest.name)} ${showDuration(longest.ms)} in turn ${longest.turn}`
      : '';
    const more = turns > usualTurns ? `, ${turns} turns instead of ${usualTurns}` : '';
    const why = `${STATE_LABELS[state]} ${showDuration(ms)} where ${showDuration(because.usualMs)} is usual${call}${more}`;
    return `  ${showName(conversation)}  ${showDuration(tookMs)}, ${times} times the median: ${why}`;
  });
  const left = stragglers.length - shown.length;
  return left > 0 ? [...lines, `  and ${left} more`] : lines;
}

/** Says so if they are not all shown. */
export function conversationTitle({ conversations }: ModeExplanation, isWhole: boolean): { readonly about?: string } {
  if (isWhole || conversations.length <= MOST_CONVERSATIONS) return {};
  const of = showCount(conversations.length);
  return { about: `the ${MOST_CONVERSATIONS} that took longest of ${of}; all with --verbose or --json` };
}

/** A row for each conversation; of many, those that took longest. */
export function conversationTable({ conversations }: ModeExplanation, isWhole: boolean): string[] {
  const isAll = isWhole || conversations.length <= MOST_CONVERSATIONS;
  const shown = isAll
    ? conversations
    : conversations.toSorted((one, other) => other.tookMs - one.tookMs).slice(0, MOST_CONVERSATIONS);
  const rows = shown.map((one) => {
    const { conversation, parent, status = 'open', queuedMs, tookMs, split } = one;
    const waitingMs = tookMs - split.model - split.tools - split.overhead;
    return [
      showName(conversation),
      status,
      parent === undefined ? showDuration(queuedMs) : '',
      ...[tookMs, split.model, split.tools, waitingMs, split.overhead].map((ms) => showDuration(Math.max(0, ms))),
      mostly(one, waitingMs),
    ];
  });
  return textTable([['', '', 'queued', 'took', 'model', 'tools', 'waiting', 'overhead'], ...rows], '<<>>>>>><');
}

/** What a conversation mostly waited for. */
function mostly({ split }: ConversationSplit, waitingMs: number): string {
  if (waitingMs < SHORT_MS) return '';
  const most = WAITING.reduce((so, state) => (split[state] > split[so] ? state : so));
  return `${showDuration(split[most])} ${STATE_LABELS[most]}`;
}

const WAITING = TIME_STATES.filter((state) => state !== 'model' && state !== 'tools' && state !== 'overhead');
