/**
 * Normalisation: a series of values with holes -> one value for every interval.
 *
 * Promises  Values are given in order of time, one for each interval from the first to the last, unless a hole is longer
 *           than `gapIntervalsMax`: then nothing is invented and the series starts again behind it. A value at or before
 *           the last one is out of order and dropped.
 */

/** The values of the label `strategy`. */
export const FILL_STRATEGIES = ['forward_fill', 'linear', 'zero'] as const;

/** What stands in a hole: the last value, values on the line between both ends, or nothing, which is zero. */
export type FillStrategy = (typeof FILL_STRATEGIES)[number];

export interface NormalizerOptions {
  readonly intervalMs: number;
  readonly strategy: FillStrategy;
  readonly gapIntervalsMax: number;
}

export interface NormalizedValues {
  /** The filled values, if any, and then the value itself; empty where it was out of order. */
  readonly values: readonly number[];
  readonly fillCount: number;
  readonly gap: 'none' | 'filled' | 'too_long';
}

const OUT_OF_ORDER: NormalizedValues = { values: [], fillCount: 0, gap: 'none' };

export class Normalizer {
  readonly strategy: FillStrategy;
  private readonly options: NormalizerOptions;
  private lastIndex: number | undefined;
  private lastValue = 0;

  constructor(options: NormalizerOptions) {
    this.strategy = options.strategy;
    this.options = options;
  }

  push(timeMs: number, value: number): NormalizedValues {
    const index = Math.floor(timeMs / this.options.intervalMs);
    const missingCount = this.lastIndex === undefined ? 0 : index - this.lastIndex - 1;
    if (missingCount < 0) return OUT_OF_ORDER;

    const tooLong = missingCount > this.options.gapIntervalsMax;
    const fillCount = tooLong ? 0 : missingCount;
    const values = Array.from({ length: fillCount }, (_, position) =>
      this.fill(value, (position + 1) / (fillCount + 1)),
    );
    values.push(value);
    this.lastIndex = index;
    this.lastValue = value;
    return { values, fillCount, gap: tooLong ? 'too_long' : fillCount > 0 ? 'filled' : 'none' };
  }

  private fill(nextValue: number, share: number): number {
    switch (this.options.strategy) {
      case 'forward_fill':
        return this.lastValue;
      case 'linear':
        return this.lastValue + (nextValue - this.lastValue) * share;
      case 'zero':
        return 0;
    }
  }
}
