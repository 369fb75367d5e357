/** Anything that looks up a header by its lower-case name. */
export interface HeaderLookup {
  get(name: string): string | null;
}

/** How long a server's headers ask to be left alone: `retry-after-ms`, or `retry-after` in seconds or as a date. */
export function retryAfterMs(headers: HeaderLookup, now: Date): number | undefined {
  const ms = Number.parseFloat(headers.get('retry-after-ms') ?? '');
  if (Number.isFinite(ms) && ms >= 0) return ms;
  const after = headers.get('retry-after');
  if (!after) return undefined;
  const seconds = Number(after);
  if (Number.isFinite(seconds)) return seconds >= 0 ? seconds * 1000 : undefined;
  const date = Date.parse(after);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now.getTime());
}

/** The server's own word on whether to ask again, from `x-should-retry`. */
export function shouldRetry(headers: HeaderLookup): boolean | undefined {
  const word = headers.get('x-should-retry');
  return word === 'true' ? true : word === 'false' ? false : undefined;
}

/** The wait that OpenAI names in the text of a rate-limit error ("Please try again in 1m2.5s"), which has no header in a stream. */
export function retryAfterInText(message: string): number | undefined {
  const match = /try again in ((?:\d+(?:\.\d+)?(?:ms|h|m|s))+)/i.exec(message);
  return match?.[1] === undefined ? undefined : goDurationMs(match[1]);
}

/** A duration as Go and protocol buffers write it: `12ms`, `1.5s`, `6m0s`. */
export function goDurationMs(text: string): number | undefined {
  const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  let totalMs: number | undefined;
  for (const { groups } of text.matchAll(/(?<amount>\d+(?:\.\d+)?)(?<unit>ms|h|m|s)/g)) {
    const unit = units[(groups?.['unit'] ?? 's') as keyof typeof units];
    totalMs = (totalMs ?? 0) + Number(groups?.['amount']) * unit;
  }
  return totalMs;
}
