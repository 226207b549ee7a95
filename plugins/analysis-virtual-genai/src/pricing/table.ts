/** Columns of text, side by side; numbers to the right. */
export function tableText(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [titles, ...rows];
  const widths = titles.map((_, column) => all.reduce((width, row) => Math.max(width, (row[column] ?? '').length), 0));
  const numeric = titles.map((_, column) => rows.length > 0 && rows.every((row) => /^[\d.-]*$/.test(row[column] ?? '') && !/^\d{4}-/.test(row[column] ?? '')));
  return all
    .map((row) => row.map((cell, column) => (numeric[column] === true ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0))).join('  ').trimEnd())
    .join('\n');
}
