/**
 * Observations: values for histograms whose sums have no rounding error, so that a total can be compared exactly.
 *
 * Every value is a multiple of 2^-10; sums of them are exact up to 2^43.
 */
import { DEFAULT_BUCKETS } from '../../src/index.js';
import type { Totals } from './workload.js';

const GRAIN = 1_024;
/** More than a branch predictor learns: with 1,024 values in turn it foresees which way each one goes. */
const CYCLE_COUNT = 16_384;
const SEED = 0x2545f491;

export class Observations {
  /** Totals of the first n values, at n. */
  private readonly sums: number[] = [0];
  private readonly bucketTotals: number[] = [0];

  private constructor(readonly values: Float64Array) {
    for (const value of values) {
      this.sums.push(this.sums.at(-1)! + value);
      this.bucketTotals.push(this.bucketTotals.at(-1)! + bucketsHolding(value));
    }
  }

  static constant(value: number): Observations {
    return new Observations(Float64Array.of(value));
  }

  /** The same values in every run, over all default buckets and beyond the last. */
  static cycle(): Observations {
    let state = SEED;
    const next = (): number => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return (state >>> 0) / 2 ** 32;
    };
    // 3 ms to 12 s, evenly over the orders of magnitude, as latencies tend to be.
    const draw = (): number => Math.ceil(GRAIN * 0.003 * 4_000 ** next()) / GRAIN;
    return new Observations(Float64Array.from({ length: CYCLE_COUNT }, draw));
  }

  /** What a histogram with the default buckets holds after the values were observed in turn, `calls` times in all. */
  expected(calls: number): Totals {
    const length = this.values.length;
    const cycles = Math.floor(calls / length);
    const rest = calls % length;
    return {
      count: calls,
      sum: cycles * this.sums[length] + this.sums[rest],
      buckets: cycles * this.bucketTotals[length] + this.bucketTotals[rest],
    };
  }
}

/** In how many cumulative buckets, `+Inf` included, an observation is counted. */
function bucketsHolding(value: number): number {
  return 1 + DEFAULT_BUCKETS.filter(bound => value <= bound).length;
}
