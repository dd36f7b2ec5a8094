/**
 * Quantiles of exponential buckets.
 *
 * The value that stands for a bucket (L, U] is 2 L U / (L + U): its relative error is the same at both ends, and at most
 * (base - 1) / (base + 1) anywhere in between (Masson, Rim, Lee: "DDSketch", VLDB 2019, section 2.1).
 */
import type { MergedBuckets } from '../memory/sketch-reader.js';
import type { NativeBucketValues } from './native-buckets.js';

/** Absorbs the rounding of q times count, so that 0.07 of 100 is the 7th value and not the 8th. */
const RANK_TOLERANCE = 1e-12;

/**
 * Estimate of the smallest value that at least `quantile` of all values do not exceed; NaN when there are none.
 *
 * @param quantile 0..1
 */
export function quantileOf(buckets: MergedBuckets, quantile: number): number {
  const found = Float64Array.of(NaN);
  writeQuantiles(buckets, [quantile], found, 0);
  return found[0]!;
}

/** Writes the estimate of each quantile into `out` from `at` on. Increasing quantiles take one pass over the buckets. */
export function writeQuantiles(
  buckets: MergedBuckets,
  quantiles: readonly number[],
  out: Float64Array,
  at: number,
): void {
  walk.start(buckets);
  let before = 0;
  for (let i = 0; i < quantiles.length; i++) {
    const rank = Math.max(1, Math.ceil(quantiles[i]! * buckets.count * (1 - RANK_TOLERANCE)));
    if (rank < before) walk.restart();
    before = rank;
    if (buckets.count === 0) out[at + i] = NaN;
    else walk.writeValueAt(rank, out, at + i);
  }
}

/** Goes through the buckets from the lowest value to the highest. */
class BucketWalk {
  /** Negative buckets from the last to the first, then the zero bucket, then positive ones. */
  private step = 0;
  private passed = 0;

  private buckets: Readonly<MergedBuckets> | undefined;

  start(buckets: Readonly<MergedBuckets>): void {
    this.buckets = buckets;
    this.restart();
  }

  restart(): void {
    this.step = 0;
    this.passed = 0;
  }

  /**
   * Writes the value that stands for the bucket of the value with this rank, from 1 to the count. Ranks must not decrease.
   * Returned, a double might be made an object on the way.
   */
  writeValueAt(rank: number, out: Float64Array, at: number): void {
    const { zeroCount, positiveCount, negativeCount, counts } = this.buckets!;
    const last = negativeCount + positiveCount;
    while (this.step <= last) {
      const { step } = this;
      const count =
        step < negativeCount
          ? counts[last - 1 - step]!
          : step === negativeCount
            ? zeroCount
            : counts[step - negativeCount - 1]!;
      // Every count stands in a bucket, so the last one holds the highest rank.
      if (this.passed + count >= rank || step === last) break;
      this.passed += count;
      this.step++;
    }
    this.writeValueOfStep(out, at);
  }

  private writeValueOfStep(out: Float64Array, at: number): void {
    const { schema, positiveLow, negativeLow, negativeCount } = this.buckets!;
    const { step } = this;
    if (step === negativeCount) out[at] = 0;
    else if (step > negativeCount) writeValueOf(positiveLow + step - negativeCount - 1, schema, out, at);
    else {
      writeValueOf(negativeLow + negativeCount - 1 - step, schema, out, at);
      out[at] = -out[at]!;
    }
  }
}

/** One for all quantiles: it is started for each series. */
const walk = new BucketWalk();

/** As quantileOf, of native buckets as a snapshot has them. */
export function quantileOfNativeBuckets(native: NativeBucketValues, quantile: number): number {
  const { positiveCounts, negativeCounts } = native;
  const counts = Float64Array.of(...positiveCounts, ...negativeCounts);
  const count = counts.reduce((sum, bucket) => sum + bucket, native.zeroCount);
  const { schema, zeroCount, positiveLow, negativeLow } = native;
  const [positiveCount, negativeCount] = [positiveCounts.length, negativeCounts.length];
  return quantileOf(
    { schema, zeroCount, count, positiveLow, positiveCount, negativeLow, negativeCount, counts },
    quantile,
  );
}

function writeValueOf(index: number, schema: number, out: Float64Array, at: number): void {
  const bucketsPerDoubling = 2 ** schema;
  const factor = 2 / (1 + 2 ** (1 / bucketsPerDoubling));
  const exponent = index / bucketsPerDoubling;
  // Half of the bound, and twice the factor: the bound of the largest doubles is none itself.
  out[at] = exponent > 0 ? 2 ** (exponent - 1) * (2 * factor) : 2 ** exponent * factor;
}
