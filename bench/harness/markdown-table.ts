/** Markdown tables with aligned columns, so that they read the same in a terminal. */

/** The first `textColumns` columns are text, the others numbers. */
export function markdownTable(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  textColumns: number,
): string {
  const escaped = [heads, ...rows].map(cells => cells.map(cell => cell.replaceAll('|', '\\|')));
  const widths = heads.map((_, column) => Math.max(3, ...escaped.map(cells => cells[column].length)));
  const isText = (column: number): boolean => column < textColumns;
  const lines = escaped.map(cells =>
    lineOf(cells.map((cell, i) => (isText(i) ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))),
  );
  const rule = widths.map((width, i) => (isText(i) ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [lines[0], lineOf(rule), ...lines.slice(1)].join('\n');
}

/** A number with thousands separators; never `-0`. */
export function formatNumber(value: number, digits: number): string {
  return (Math.abs(value) < 0.5 * 10 ** -digits ? 0 : value).toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

function lineOf(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
