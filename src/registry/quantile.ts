/**
 * Quantiles of exponential buckets.
 *
 * The value that stands for a bucket (L, U] is 2 L U / (L + U): its relative error is the same at both ends, and at most
 * (base - 1) / (base + 1) anywhere in between (Masson, Rim, Lee: "DDSketch", VLDB 2019, section 2.1).
 */
import type { MergedBuckets } from '../memory/sketch-reader.js';

/** Absorbs the rounding of q times count, so that 0.07 of 100 is the 7th value and not the 8th. */
const RANK_TOLERANCE = 1e-12;

/**
 * Estimate of the smallest value that at least `quantile` of all values do not exceed; NaN when there are none.
 *
 * @param quantile 0..1
 */
export function quantileOf(buckets: MergedBuckets, quantile: number): number {
  const { count, zeroCount, schema, positiveLow, positiveCount, negativeLow, negativeCount, counts } =
    buckets;
  if (count === 0) return NaN;
  let left = Math.max(1, Math.ceil(quantile * count * (1 - RANK_TOLERANCE)));
  for (let i = negativeCount - 1; i >= 0; i--) {
    left -= counts[positiveCount + i]!;
    if (left <= 0) return -valueOf(negativeLow + i, schema);
  }
  left -= zeroCount;
  if (left <= 0) return 0;
  for (let i = 0; i < positiveCount; i++) {
    left -= counts[i]!;
    if (left <= 0) return valueOf(positiveLow + i, schema);
  }
  // Every count stands in a bucket, so the loops above have ended at the last one at the latest.
  return valueOf(positiveLow + positiveCount - 1, schema);
}

function valueOf(index: number, schema: number): number {
  const bucketsPerDoubling = 2 ** schema;
  const factor = 2 / (1 + 2 ** (1 / bucketsPerDoubling));
  const exponent = index / bucketsPerDoubling;
  // Half of the bound, and twice the factor: the bound of the largest doubles is none itself.
  return exponent > 0 ? 2 ** (exponent - 1) * (2 * factor) : 2 ** exponent * factor;
}
