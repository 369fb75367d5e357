import { padEnd, textWidth } from '../text-width.ts';

/** Rows of cells as lines: columns two spaces apart and as wide as what stands in them, numbers to the right. */
export function textTable(rows: readonly (readonly string[])[], alignment: string): string[] {
  const widths = [...alignment].map((_, column) =>
    rows.reduce((most, row) => Math.max(most, textWidth(row[column] ?? '')), 0),
  );
  return rows.map((row) => {
    const cells = [...alignment].map((side, column) => {
      const cell = row[column] ?? '';
      const width = widths[column] ?? 0;
      return side === '>' ? ' '.repeat(width - textWidth(cell)) + cell : padEnd(cell, width);
    });
    return `  ${cells.join('  ')}`.trimEnd();
  });
}
