import { showCounted, showDuration } from '../report/show-number.ts';
import type { Comparison, Measured } from './compare.ts';
import type { PairedRatio } from './paired-ratio.ts';
import { FEWEST_PAIRS } from './paired-ratio.ts';
import { isModester, sayingOf } from './setting.ts';

/** What came out of it, in a sentence that a person can repeat. */
export function verdictOn(comparison: Comparison, about: { readonly conversations: number }): string {
  const { reference, best, settings } = comparison;
  const work = about.conversations === 1 ? 'This prompt' : `These ${showCounted(about.conversations, 'prompt')}`;
  if (!best) return 'Nothing can be said: no run did the whole work.';
  if (settings.length === 1) return alone(best, work);
  if (reference.samples.length === 0) {
    return `Nothing can be compared: no run of ${nameForm(reference)} did the whole work.`;
  }
  // Where nothing is faster than the reference, the next best shows by how little.
  const other = best === reference ? fastestBut(reference, settings) : best;
  if (!other?.faster) return 'Nothing can be compared: no two runs side by side did the whole work.';
  return `${compared(other, reference, other.faster, work)}${moreAtOnce(other, settings)}`;
}

/** A ratio to the precision that has a meaning: two decimals below ten, one below a hundred. */
export function showRatio(ratio: number): string {
  if (ratio < 9.995) return ratio.toFixed(2);
  return ratio < 99.95 ? ratio.toFixed(1) : String(Math.round(ratio));
}

/** An interval as `2.51 to 2.55`. */
export function showInterval({ low, high }: { readonly low: number; readonly high: number }): string {
  return `${showRatio(low)} to ${showRatio(high)}`;
}

function alone({ setting, medianMs, samples }: Measured, work: string): string {
  const times = samples.map(({ wallMs }) => wallMs);
  const range = `${showDuration(Math.min(...times))} to ${showDuration(Math.max(...times))}`;
  const how = setting.mode === 'sequential' ? sayingOf(setting) : `with ${sayingOf(setting)}`;
  const took = `${work} took ${showDuration(medianMs)} ${how}`;
  return samples.length === 1 ? `${took} in one run.` : `${took}, the median of ${samples.length} runs (${range}).`;
}

function compared(other: Measured, reference: Measured, { ratio, interval, pairs }: PairedRatio, work: string): string {
  const runs = `${showCounted(pairs, 'run')} each`;
  const isSlower = ratio < 1;
  const sure = interval && (isSlower ? { low: 1 / interval.high, high: 1 / interval.low } : interval);
  const [name, than] = [nameForm(other), nameForm(reference)];
  if (sure && sure.low <= 1) {
    const times = `${name} came out ${showRatio(ratio)} times as fast as ${than}`;
    return `No difference is certain: ${times}, and the 95 % interval is ${showInterval(interval)} (${runs}). More --runs may tell.`;
  }
  const times = `${showRatio(isSlower ? 1 / ratio : ratio)} times ${isSlower ? 'slower' : 'faster'}`;
  const medians = `a median of ${showDuration(other.medianMs)} instead of ${showDuration(reference.medianMs)}`;
  const certainty = sure
    ? `95 % interval ${showInterval(sure)} times, ${runs}`
    : `${runs}, too few for an interval: --runs ${FEWEST_PAIRS}`;
  const how = other.setting.mode === 'sequential' ? name : `with ${name}`;
  const thanHow = reference.setting.mode === 'sequential' ? than : `with ${than}`;
  return `${work} ran ${times} ${how} than ${thanHow}: ${medians} (${certainty}).`;
}

function moreAtOnce(chosen: Measured, settings: readonly Measured[]): string {
  const more = settings.filter(({ setting, samples }) => samples.length > 0 && isModester(chosen.setting, setting));
  return more.length > 0 ? ` More at once was not shown to be faster.` : '';
}

function fastestBut(reference: Measured, settings: readonly Measured[]): Measured | undefined {
  return settings
    .filter((each) => each !== reference && each.samples.length > 0)
    .toSorted((one, other) => one.medianMs - other.medianMs)[0];
}

function nameForm({ setting }: Measured): string {
  return sayingOf(setting);
}
