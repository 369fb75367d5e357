/** One line of the benchmark: what was measured, what it is compared with, their ratio, and what it should be at most. */
export function row(what: string, measured: number, beside: number, goal: number, unit = 'ms'): void {
  const number = (value: number) => (value < 100 ? value.toFixed(1) : value.toFixed(0));
  const ratio = (measured / beside).toFixed(2);
  process.stdout.write(
    `${what.padEnd(72)} ${number(measured).padStart(7)} ${unit}  ${ratio} × ${number(beside)} ${unit}${goal < Number.POSITIVE_INFINITY ? ` (at most ${goal})` : ''}\n`,
  );
}
