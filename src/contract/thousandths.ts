/** A number of milliseconds as it is written to files: to three decimals. */
export function thousandths(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
