import { showDuration } from '../show-number.ts';
import type { Advice } from './advice.ts';
import { STATE_LABELS, showShare } from './words.ts';

/** Advice as a sentence that says what to do and what to expect of it. */
export function showAdvice(advice: Advice): string {
  switch (advice.kind) {
    case 'concurrency':
      return `try -j ${advice.setting}: about ${showDuration(advice.aboutMs)}, estimated, if the model and the tools keep up`;
    case 'toolConcurrency':
      return `try --tool-concurrency ${advice.setting}: waiting for a slot among the tool calls took ${showShare(advice.share)} of the time`;
    case 'turnConcurrency':
      return `try a higher --turn-concurrency: calls waited for others of their turn in ${showShare(advice.share)} of the time`;
    case 'toolSlots':
      return `waiting for a slot of the tool's own, or for a thread or process, took ${showShare(advice.share)} of the time: more --threads help as far as there are cores for them`;
    case 'longestFirst':
      return `put the longest prompts first: about ${showDuration(advice.aboutMs)}, estimated`;
    case 'limits':
      return advice.mostly === 'limit'
        ? `how many requests at once the model takes was still being found out, which took ${showShare(advice.share)} of the time; --no-adaptive asks without`
        : `the model's rate limits took ${showShare(advice.share)} of the time: more conversations at once would only wait longer`;
    case 'locks':
      return `locks took ${showShare(advice.share)} of the time: could the tools share them, or hold narrower ones?`;
    case 'toolRates':
      return `the rates that tools declare took ${showShare(advice.share)} of the time`;
    case 'nothing':
      return `no setting would make it much faster: what made the time was mostly ${STATE_LABELS[advice.mostly]}`;
    default:
      return advice satisfies never;
  }
}
