/** Order statistics. */

export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/**
 * The smallest value that at least this share of the values does not exceed; the median of an even number of values is
 * thus one that was measured.
 *
 * @param share 0..1
 */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new RangeError('no values to take a quantile of');
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function summarize(values: readonly number[]): Summary {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}
