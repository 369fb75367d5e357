import type { BodyOf } from '../contract/event.ts';
import { shortForm } from './explain/short-form.ts';
import type { ShortExplanation } from './explain/split-recorder.ts';
import type { Judgement } from './judge-run.ts';
import { showCount, showCounted } from './show-number.ts';
import { showText } from './show-text.ts';
import { padEnd } from './text-width.ts';
import type { Theme } from './theme.ts';
import { thresholdLines } from './threshold-lines.ts';
import type { ModeTiming, RunTiming } from './timing.ts';
import { isSameWork, timingRows } from './timing-rows.ts';

/** What the end of a run says, in whole lines: how many conversations ended how, where the log is, where the time went. */
export function renderSummary(
  timing: RunTiming,
  end: BodyOf<'run_end'>,
  options: {
    readonly theme: Theme;
    readonly journalPath: string;
    readonly explanation?: ShortExplanation | undefined;
    readonly cassettePath?: string;
    readonly judgement?: Judgement;
  },
): string {
  const { theme, explanation, judgement } = options;
  const last = timing.modes.at(-1);
  const lines = [countsLine(last, end, theme, judgement), `log: ${showText(options.journalPath)}`];
  if (options.cassettePath !== undefined) lines.push(`cassette: ${showText(options.cassettePath)}`);
  if (last && last.modelCalls > 0) lines.push('', timingHeading(timing, theme), ...timingTable(timing));
  if (last && last.modelCalls > 0 && explanation) {
    lines.push('', `${theme.strong('Where the time went')}   more: agentpar explain`, ...shortForm(explanation));
  }
  if (judgement && judgement.thresholds.length > 0) lines.push('', ...thresholdLines(judgement.thresholds, theme));
  if (judgement && judgement.verdicts.missed > 0) lines.push('', ...missedLines(judgement, theme));
  const notes = notesOn(timing, end);
  if (notes.length > 0) lines.push('', ...notes);
  return `${lines.join('\n')}\n`;
}

function countsLine(last: ModeTiming | undefined, end: BodyOf<'run_end'>, theme: Theme, judgement?: Judgement): string {
  const { done, ...others } = last?.statuses ?? {};
  const missed = judgement?.verdicts.missed ?? 0;
  const parts = [
    ...(done ? [`${showCount(done)} ${theme.good('done')}`] : []),
    ...Object.entries(others).map(([status, count]) => `${showCount(count)} ${theme.bad(status)}`),
    ...(missed > 0 ? [`${showCount(missed)} ${theme.bad('not as expected')}`] : []),
    ...(end.counts.notStarted > 0 ? [`${showCount(end.counts.notStarted)} ${theme.warn('not started')}`] : []),
  ];
  return [showCounted(allPrompts(last, end), 'conversation'), parts.join(', ')].filter(Boolean).join(': ');
}

function timingHeading({ replay }: RunTiming, theme: Theme): string {
  const heading = theme.strong('Timing');
  if (!replay) return heading;
  const from = `replayed from ${showText(replay.cassette)}`;
  return replay.time === 'real'
    ? `${heading}   ${from}, with its delays`
    : `${heading}   virtual: ${from}; its delays passed at once, and this program's own work counts as none`;
}

function timingTable(timing: RunTiming): string[] {
  const rows = timingRows(timing);
  const labelWidth = Math.max(...rows.map(({ label }) => label.length));
  const numberWidth = Math.max(...rows.map(({ number }) => number?.length ?? 0));
  return rows.map(({ label, number, text }) => {
    const start = `  ${padEnd(label, labelWidth)}   `;
    return number === undefined ? start + text : `${start}${number.padStart(numberWidth)}   ${text}`;
  });
}

function missedLines({ verdicts }: Judgement, theme: Theme): string[] {
  const { firstMissed, missed } = verdicts;
  const lines = firstMissed.flatMap(({ conversation, problems }) => {
    return problems.map((problem) => `  ${showText(conversation)}   ${showText(problem)}`);
  });
  const more = missed - firstMissed.length;
  const rest = more > 0 ? [`  and ${showCounted(more, 'other conversation')}: see "missed" in results.jsonl`] : [];
  return [theme.strong('Not as expected'), ...lines, ...rest];
}

function notesOn(timing: RunTiming, end: BodyOf<'run_end'>): string[] {
  const last = timing.modes.at(-1);
  const notes: string[] = [];
  if (end.stopped !== undefined) {
    const left = end.counts.notStarted;
    const rest = left > 0 ? `: ${showCounted(left, 'conversation')} not started` : '';
    notes.push(
      `Stopped by ${showText(end.stopped.replace(/\.$/, ''))}${rest}. The times are of the part that was run.`,
    );
  }
  const unfinished = last ? last.conversations - (last.statuses.done ?? 0) : 0;
  if (last && unfinished > 0) {
    const of = `${showCount(unfinished)} of ${showCounted(last.conversations, 'conversation')}`;
    notes.push(`${of} did not succeed, so the times are of less than the whole work.`);
  }
  const [first, second] = timing.modes;
  if (first && second && !isSameWork(first, second)) {
    const both = [first, second].map((mode) => `${mode.mode}: ${workOf(mode)}`).join('; ');
    notes.push(`The two were not the same work, so their times are not compared (${both}).`);
  }
  return notes;
}

function allPrompts(last: ModeTiming | undefined, end: BodyOf<'run_end'>): number {
  const { done, failed, cancelled, notStarted } = end.counts;
  return last ? last.conversations + notStarted : done + failed + cancelled + notStarted;
}

function workOf(mode: ModeTiming): string {
  const calls = `${showCount(mode.modelCalls)} model and ${showCounted(mode.toolCalls, 'tool call')}`;
  return `${calls}, ${showCount(mode.statuses.done ?? 0)} of ${showCount(mode.conversations)} done`;
}
