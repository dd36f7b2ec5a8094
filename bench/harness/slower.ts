/** Slower: where another implementation of the same operation needs less than this library. */
import type { Column } from './bench-case.js';
import { formatNumber } from './markdown-table.js';
import type { AreaResult, ResultRow } from './result-file.js';

/** Smaller differences are noise. */
const TOLERANCE = 1.1;
const OWN_NAME = 'threadtally';

/** One sentence for each row of this library, and each column, in which it is beaten. */
export function slowerThan({ columns, rows }: AreaResult): string[] {
  const compared = columns.filter(column => column.isCompared);
  return rows.filter(isOwn).flatMap(own => {
    const others = rows.filter(row => row.operation === own.operation && !isOwn(row));
    const sentences = compared.flatMap(column => sentenceOf(own, others, column));
    if (sentences.length === 0) return [];
    return [`${own.operation}, \`${own.call}\`: ${sentences.join('; ')}. ${own.why ?? ''}`.trim()];
  });
}

function sentenceOf(
  own: ResultRow,
  others: readonly ResultRow[],
  { heading, reading, digits }: Column,
): string[] {
  const costOf = (row: ResultRow): number => row.summary[reading]?.median ?? NaN;
  const textOf = (row: ResultRow): string => `${row.implementation} ${formatNumber(costOf(row), digits)}`;
  const better = others.filter(other => costOf(other) * TOLERANCE < costOf(own));
  return better.length === 0 ? [] : [`${heading}: ${textOf(own)}, but ${better.map(textOf).join(', ')}`];
}

function isOwn(row: ResultRow): boolean {
  return row.implementation.startsWith(OWN_NAME);
}
