import type { ModeExplanation } from '../explain/explain-run.ts';
import { explainRun } from '../explain/explain-run.ts';
import { showAdvice } from '../explain/show-advice.ts';
import { totalOf } from '../explain/split.ts';
import { STATE_LABELS, showShare } from '../explain/words.ts';
import { showCost, showCount, showCounted, showDuration } from '../show-number.ts';
import { replayWords } from '../spans/replay-words.ts';
import { TIME_STATES } from '../spans/time-states.ts';
import { timingRows } from '../timing-rows.ts';
import { code, plain, section, table, thresholdSection } from './markdown-text.ts';
import type { RecordedRun } from './recorded-run.ts';
import { faultsOf, unfinishedOf } from './verdict.ts';

type Row = RecordedRun['rows'][number];

/** So many are shown, in a comment on a pull request nobody reads more. */
const MOST_FAULTY = 50;
const MOST_ROWS = 100;
/** What is shown as 0.00 s says nothing. */
const SHORT_MS = 5;

/** A summary of a run in Markdown, for a pull request or the page of a job: what came of it, and where the time went. */
export async function* markdownReport(run: RecordedRun): AsyncIterable<string> {
  const last = explainRun(run.spans).modes.at(-1);
  yield `${headline(run)}\n\n${about(run)}\n`;
  yield thresholdSection(run.thresholds);
  yield timing(run);
  if (last) yield whereTheTimeWent(last);
  yield faulty(run);
  yield conversations(run);
}

function headline({ spans, rows, thresholds }: RecordedRun): string {
  const right = rows.filter((row) => faultsOf(row).length === 0).length;
  const isRight = thresholds.every(({ isMet }) => isMet) && (right === spans.prompts || allowsFailures(thresholds));
  const mark = isRight ? '✅' : '❌';
  return `## ${mark} agentpar: ${showCount(right)} of ${showCounted(spans.prompts, 'conversation')} succeeded`;
}

function about(run: RecordedRun): string {
  const { spans } = run;
  const mode = spans.modes.at(-1);
  const { open, notStarted } = unfinishedOf(run);
  const parts = [
    ...(mode ? [`${showDuration(mode.endMs - mode.startMs)}, ${mode.allowed.at(-1)?.concurrency ?? 1} at once`] : []),
    `model ${code(spans.model)}`,
    `agent ${code(spans.agent)}`,
    spans.files.map((file) => code(file)).join(', '),
    ...replayWords(spans).map(plain),
    ...(spans.stopped === undefined ? [] : [`stopped by ${code(spans.stopped)}`]),
    ...(open.length > 0 ? [`${showCount(open.length)} not ended`] : []),
    ...(notStarted > 0 ? [`${showCount(notStarted)} not started`] : []),
  ];
  return parts.join(' · ');
}

/** A threshold of failures says how many there may be. */
function allowsFailures(thresholds: RecordedRun['thresholds']): boolean {
  return thresholds.some(({ threshold }) => threshold.metric === 'failed');
}

function timing(run: RecordedRun): string {
  const rows = timingRows(run.timing).map(({ label, number, text }) => [label, number ?? '', plain(text)]);
  return rows.length === 0 ? '' : section('Timing', table(['', '', ''], '<><', rows));
}

function whereTheTimeWent(mode: ModeExplanation): string {
  const sumMs = totalOf(mode.split);
  const rows = TIME_STATES.filter((state) => mode.split[state] >= SHORT_MS).map((state) => [
    STATE_LABELS[state],
    showDuration(mode.split[state]),
    showShare(mode.split[state] / sumMs || 0),
  ]);
  if (rows.length === 0) return '';
  const advice = mode.advice.map((each) => `- ${plain(showAdvice(each))}\n`).join('');
  return section(
    'Where the time went',
    `${table(['', 'summed', 'share'], '<>>', rows)}${advice === '' ? '' : `\n${advice}`}`,
  );
}

function faulty({ rows }: RecordedRun): string {
  const all = rows.filter((row) => faultsOf(row).length > 0);
  if (all.length === 0) return '';
  const shown = all
    .slice(0, MOST_FAULTY)
    .flatMap((row) =>
      faultsOf(row).map(({ kind, message }) => [code(row.id), plain(kind), code(message), code(place(row))]),
    );
  const left = all.length - MOST_FAULTY;
  return section('Not succeeded', `${table(['', '', 'why', 'where'], '<<<<', shown)}${more(left)}`);
}

function conversations({ rows }: RecordedRun): string {
  if (rows.length === 0) return '';
  const shown = rows.slice(0, MOST_ROWS).map((row) => {
    const { id, status, times, turns, toolCalls, tokens, costUsd } = row;
    return [
      code(id),
      plain(status),
      showDuration(times.tookMs),
      showDuration(times.modelMs),
      showDuration(times.toolMs),
      showCount(turns),
      showCount(toolCalls),
      showCount(tokens.input + tokens.output),
      costUsd === null ? '' : plain(showCost(costUsd)),
    ];
  });
  const head = ['', '', 'took', 'model', 'tools', 'turns', 'calls', 'tokens', 'cost'];
  const body = `${table(head, '<<>>>>>>>', shown)}${more(rows.length - MOST_ROWS)}`;
  return `\n<details>\n<summary>${showCounted(rows.length, 'conversation')}</summary>\n\n${body}\n</details>\n`;
}

function place({ source: { file, line } }: Row): string {
  return file === '' ? '' : `${file}:${line}`;
}

function more(left: number): string {
  return left > 0 ? `\nand ${showCount(left)} more\n` : '';
}
