import { renderGantt } from '../report/gantt/render-gantt.ts';
import type { RunSpans } from '../report/spans/run-spans.ts';
import { createTheme, showsColor } from '../report/theme.ts';
import { stdout } from './standard-streams.ts';

/** Where there is no terminal. */
const COLUMNS = 100;
const ROWS = 40;

/** A run's conversations over time as text that fits the terminal. */
export function showGantt(spans: RunSpans, color: boolean): string {
  const { columns, rows, isTTY } = stdout;
  const hasColor = color && showsColor();
  return renderGantt(spans, {
    theme: createTheme(hasColor),
    hasColor,
    columns: (isTTY && columns) || COLUMNS,
    rows: (isTTY && rows) || ROWS,
  });
}
