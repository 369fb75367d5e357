import type { Usage } from '../contract/model.ts';

/** A whole number with thousands separators: `2,100`. */
export function showCount(count: number): string {
  return grouped(String(count));
}

/** A count and what is counted: `1 conversation`, `2,100 conversations`. */
export function showCounted(count: number, noun: string): string {
  return `${showCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** A duration to the precision a person can use: `0.31 s`, `12.05 s`, `2 min 05 s`, `1 h 02 min 05 s`. */
export function showDuration(ms: number): string {
  const hundredths = Math.round(ms / 10);
  if (hundredths < 6000) return `${(hundredths / 100).toFixed(2)} s`;
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${twoDigits(seconds % 60)} s`;
  return `${showCount(Math.floor(minutes / 60))} h ${twoDigits(minutes % 60)} min ${twoDigits(seconds % 60)} s`;
}

/** A moment of a run: `01:02.345`, and from an hour on `01:01:02.345`. */
export function showMoment(atMs: number): string {
  const ms = Math.floor(atMs);
  const seconds = Math.floor(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const tail = `${twoDigits(minutes % 60)}:${twoDigits(seconds % 60)}.${String(ms % 1000).padStart(3, '0')}`;
  return hours > 0 ? `${twoDigits(hours)}:${tail}` : tail;
}

/** Tokens in and out, with the cached and the reasoning part where there are any: `210 in (128 cached) / 48 out`. */
export function showUsage(usage: Usage): string {
  const cached = usage.cachedInputTokens > 0 ? ` (${showCount(usage.cachedInputTokens)} cached)` : '';
  const reasoning = usage.reasoningTokens > 0 ? ` (${showCount(usage.reasoningTokens)} reasoning)` : '';
  return `${showCount(usage.inputTokens)} in${cached} / ${showCount(usage.outputTokens)} out${reasoning}`;
}

/** US dollars to the precision a person can use: `$1,234.50`, `$0.0123`, and `<$0.0001` for less. */
export function showCost(usd: number): string {
  if (usd > 0 && usd < 0.0001) return '<$0.0001';
  return `$${usd >= 1 || usd === 0 ? grouped(usd.toFixed(2)) : usd.toFixed(4).replace(/0{1,2}$/, '')}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

/** With separators between thousands. By hand, because the engine takes longer to learn how than to do all else at a start. */
function grouped(number: string): string {
  if (number.length < 4) return number;
  const [whole = '', ...fraction] = number.split('.');
  return [whole.replaceAll(/\B(?=(\d{3})+$)/g, ','), ...fraction].join('.');
}
