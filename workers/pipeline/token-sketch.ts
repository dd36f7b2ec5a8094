/**
 * Quantiles of token counts in fixed space, mergeable.
 *
 * Layout    one counter per bucket. Counts below 32 have a bucket each; above, every power of two is cut into 16
 *           buckets, so a bucket is at most 1/16 of its lower bound wide.
 * Promises  merge() gives exactly the sketch of all values together, in any order. quantile() is the upper end of the
 *           bucket that holds the quantile: at most 6.25 % above the true value, never below it.
 */

const EXACT_COUNT = 32;
const SUB_BUCKET_BITS = 4;
const SUB_BUCKET_COUNT = 1 << SUB_BUCKET_BITS;
/** log2(EXACT_COUNT): the first power of two that is cut. */
const FIRST_POWER = 5;
/** Counts stay below 2^30 = 1,073,741,824, see TOKENS_MAX. */
const LAST_POWER = 29;
const BUCKET_COUNT = EXACT_COUNT + (LAST_POWER - FIRST_POWER + 1) * SUB_BUCKET_COUNT;

export class TokenSketch {
  private readonly counts = new Uint32Array(BUCKET_COUNT);
  private total = 0;

  /** `value` is a whole number from 0 to TOKENS_MAX. */
  add(value: number): void {
    this.counts[bucketIndexOf(value)]++;
    this.total++;
  }

  merge(other: TokenSketch): void {
    for (let index = 0; index < BUCKET_COUNT; index++) this.counts[index] += other.counts[index];
    this.total += other.total;
  }

  /** 0 for an empty sketch. */
  quantile(quantile: number): number {
    const rank = Math.max(1, Math.ceil(quantile * this.total));
    let seenCount = 0;
    for (let index = 0; index < BUCKET_COUNT; index++) {
      seenCount += this.counts[index];
      if (seenCount >= rank) return upperEndOf(index);
    }
    return 0;
  }
}

function bucketIndexOf(value: number): number {
  if (value < EXACT_COUNT) return value;
  const power = 31 - Math.clz32(value);
  const subBucket = (value >>> (power - SUB_BUCKET_BITS)) - SUB_BUCKET_COUNT;
  return EXACT_COUNT + (power - FIRST_POWER) * SUB_BUCKET_COUNT + subBucket;
}

/** The largest value of a bucket. */
function upperEndOf(index: number): number {
  if (index < EXACT_COUNT) return index;
  const power = FIRST_POWER + Math.floor((index - EXACT_COUNT) / SUB_BUCKET_COUNT);
  const subBucket = (index - EXACT_COUNT) % SUB_BUCKET_COUNT;
  return (SUB_BUCKET_COUNT + subBucket + 1) * 2 ** (power - SUB_BUCKET_BITS) - 1;
}
