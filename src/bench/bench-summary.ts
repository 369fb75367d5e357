import { code, plain, thresholdSection } from '../report/formats/markdown-text.ts';
import { showCounted } from '../report/show-number.ts';
import type { BenchReport } from './bench-report.ts';
import { benchMarkdown } from './exports.ts';

/** A benchmark in Markdown, for the page of a job: how the settings compare, what was held to, and what to know about it. */
export function benchSummary(report: BenchReport): string {
  const { about, comparison, thresholds, notes } = report;
  const isWhole = about.stopped === undefined && comparison.settings.every(({ leftOut }) => leftOut.length === 0);
  const mark = isWhole && thresholds.every(({ isMet }) => isMet) ? '✅' : '❌';
  const what = [
    showCounted(about.conversations, 'conversation'),
    `model ${code(about.model)}`,
    about.files.map(code).join(', '),
    ...(about.replay ? [`replayed from ${code(about.replay.cassette)}`] : []),
  ].join(' · ');
  const listed = notes.map((note) => `- ${plain(note)}\n`).join('');
  return [
    `## ${mark} agentpar bench\n\n${what}\n\n${benchMarkdown(report)}`,
    thresholdSection(thresholds),
    listed === '' ? '' : `\n${listed}`,
  ].join('');
}
