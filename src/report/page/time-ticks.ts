/** A mark on a time axis. */
export interface TimeTick {
  readonly atMs: number;
  readonly label: string;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const STEPS_MS = [
  ...[0.01, 0.1, 1, 10, 100, 1000].flatMap((unit) => [unit, 2 * unit, 5 * unit]),
  ...[10_000, 20_000, 30_000, MINUTE_MS, 2 * MINUTE_MS, 5 * MINUTE_MS, 10 * MINUTE_MS, 30 * MINUTE_MS],
  ...[1, 2, 6, 12, 24, 48, 240].map((hours) => hours * HOUR_MS),
];

/** Round moments from `fromMs` to `toMs`, at most `most` of them, labelled as precisely as they lie apart. */
export function timeTicks(fromMs: number, toMs: number, most: number): readonly TimeTick[] {
  const wantedMs = (toMs - fromMs) / Math.max(1, most);
  const stepMs = STEPS_MS.find((step) => step >= wantedMs) ?? wantedMs;
  if (!(stepMs > 0)) return [];
  const ticks: TimeTick[] = [];
  for (let at = Math.ceil(fromMs / stepMs); at * stepMs <= toMs; at++) {
    ticks.push({ atMs: at * stepMs, label: labelOf(at * stepMs, stepMs) });
  }
  return ticks;
}

function labelOf(atMs: number, stepMs: number): string {
  if (stepMs < 10 && Math.abs(atMs) < 1000) return `${trimmed(atMs, stepMs)} ms`;
  if (atMs < MINUTE_MS) return `${trimmed(atMs / 1000, stepMs / 1000)} s`;
  const minutes = Math.floor(atMs / MINUTE_MS);
  const seconds = (atMs - minutes * MINUTE_MS) / 1000;
  const rest =
    stepMs % MINUTE_MS === 0 && seconds < 0.5 ? '' : ` ${seconds < 10 ? '0' : ''}${trimmed(seconds, stepMs / 1000)} s`;
  if (minutes < 60) return `${minutes} min${rest}`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min${rest}`;
}

/** With as many digits as the step needs. */
function trimmed(value: number, step: number): string {
  return value.toFixed(Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
}
