import { showCount, showCounted, showDuration } from '../report/show-number.ts';
import { shorten, showText } from '../report/show-text.ts';
import type { Comparison, Measured } from './compare.ts';
import type { Sample } from './sample.ts';
import type { Setting } from './setting.ts';
import { nameOf } from './setting.ts';
import { median } from './statistics.ts';
import { showRatio } from './verdict.ts';

/** What to know about the numbers, and what to do about it: a line each. */
export function notesOn(comparison: Comparison, about: { readonly salted: boolean }): readonly string[] {
  const { settings } = comparison;
  return [
    ...settings.flatMap(leftOutNotes),
    ...settings.flatMap(missedNotes),
    ...outlierNotes(settings),
    ...settings.flatMap(waitNotes),
    ...differentWork(settings),
    ...cachedTokens(settings, about.salted),
  ];
}

function leftOutNotes({ setting, leftOut }: Measured): string[] {
  const shown = leftOut.slice(0, MOST_LEFT_OUT_SHOWN).map(({ round, problem, run }) => {
    return `Left out: ${nameOf(setting)}, round ${round}: ${shorten(showText(problem ?? ''), PROBLEM_WIDTH)}. See ${showText(run)}`;
  });
  const more = leftOut.length - shown.length;
  return more > 0 ? [...shown, `Left out: ${nameOf(setting)}: ${showCounted(more, 'other run')}.`] : shown;
}

function missedNotes({ setting, samples }: Measured): string[] {
  const all = samples.reduce((sum, { conversations }) => sum + conversations, 0);
  const wrong = all - samples.reduce((sum, { right }) => sum + right, 0);
  if (wrong === 0) return [];
  return [`Not as expected: ${nameOf(setting)}: ${showCount(wrong)} of ${showCounted(all, 'conversation')}.`];
}

const MOST_LEFT_OUT_SHOWN = 3;
const PROBLEM_WIDTH = 160;

function outlierNotes(settings: readonly Measured[]): string[] {
  const notes = settings.flatMap((measured) => {
    const { setting, outliers, medianMs } = measured;
    return outliers.map((sample) => {
      const times = `${showDuration(sample.wallMs)}, ${showRatio(sample.wallMs / medianMs)} times the median`;
      return `Outlier: ${nameOf(setting)}, round ${sample.round}: ${times}${reasonFor(sample, measured)}.`;
    });
  });
  return notes.length > 0 ? [...notes, ABOUT_OUTLIERS] : [];
}

const ABOUT_OUTLIERS =
  'Outliers stay in: medians are hardly moved by them. Without a reason given, close what else uses the machine and the network and repeat, or take more --runs.';

/** What the run itself says of why it was unlike the others, and what to do about that. */
function reasonFor(sample: Sample, { samples }: Measured): string {
  const isMore = (of: (each: Sample) => number) => of(sample) > 1.5 * median(samples.map(of));
  if (sample.rateMs >= WORTH_SAYING_MS && isMore(({ rateMs }) => rateMs)) {
    return `; its model calls waited ${showDuration(sample.rateMs)} for rate limits: lower -j, or keep to --rpm`;
  }
  if (isMore(({ failedAttempts }) => failedAttempts)) {
    const attempts = `${showCounted(sample.failedAttempts, 'attempt')} at model calls failed`;
    return `; ${attempts}, with ${showDuration(sample.waitedMs)} of waiting: repeat it when the provider is well`;
  }
  if (isMore(({ modelCalls, toolCalls }) => modelCalls + toolCalls)) {
    return `; the model asked for more: ${showCount(sample.modelCalls)} model and ${showCounted(sample.toolCalls, 'tool call')}`;
  }
  return sample.round === 1 ? '; in the first round: warm up with more of --warmup' : '';
}

const WORTH_SAYING_MS = 100;

function waitNotes({ setting, samples }: Measured): string[] {
  const rateMs = median(samples.map((sample) => sample.rateMs));
  if (!(rateMs >= WORTH_SAYING_MS)) return [];
  return [`${nameOf(setting)}: model calls waited ${showDuration(rateMs)} for rate limits, in the median run.`];
}

function differentWork(settings: readonly Measured[]): string[] {
  const samples = settings.flatMap((measured) => measured.samples);
  const models = rangeOf(samples.map(({ modelCalls }) => modelCalls));
  const tools = rangeOf(samples.map(({ toolCalls }) => toolCalls));
  if (!models.includes(' ') && !tools.includes(' ')) return [];
  return [
    `The model did not do the same in every run: ${models} model and ${tools} tool calls. More --runs even that out.`,
  ];
}

function rangeOf(counts: readonly number[]): string {
  if (counts.length === 0) return '0';
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return least === most ? showCount(least) : `${showCount(least)} to ${showCount(most)}`;
}

/** How much of the input the provider had at hand already, which makes it faster and cheaper. */
function cachedTokens(settings: readonly Measured[], salted: boolean): string[] {
  const shares = settings
    .filter(({ samples }) => samples.length > 0)
    .map(({ setting, samples }) => {
      const share = median(samples.map(({ usage }) => usage.cachedInputTokens / Math.max(1, usage.inputTokens)));
      return { setting, share };
    });
  if (!shares.some(({ share }) => share > 0)) return [];
  const shown = shares.map(({ setting, share }) => `${nameOf(setting)} ${Math.round(share * 100)} %`).join(', ');
  const why = salted
    ? 'no run can have found those of another'
    : 'without a salt a run may have found those of the one before';
  return [`Input tokens that the provider had cached: ${shown}; ${why}.`];
}

/** Which run is on the cassette, if one was recorded. */
export function recordedNotes(
  settings: readonly Setting[],
  samples: readonly Sample[],
  cassette: string | undefined,
): readonly string[] {
  const recorded = samples.find(({ isRecorded }) => isRecorded);
  const setting = settings[recorded?.setting ?? -1];
  if (!recorded || !setting || cassette === undefined) return [];
  const { problem } = recorded;
  const flaw = problem === undefined ? '' : `, and is not whole: ${shorten(showText(problem), PROBLEM_WIDTH)}`;
  const how = `the first run, ${nameOf(setting)}, which counts in no time above${flaw}`;
  return [`Recorded: ${how}. To compare settings on just this work: --replay ${showText(cassette)}`];
}
