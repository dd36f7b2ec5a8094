/**
 * Bucket sum: exponential buckets that were counted apart - in other processes - as one sketch would have counted them.
 *
 * Pure numbers, no arena: sketch-reader.ts does the same with the stripes of one. Both go by the same rules for the schema
 * and for what is cut (bucket-window.ts), so sums of sums are what one reader of all stripes would have found.
 */
import {
  addNegative,
  addPositive,
  coarsen,
  emptyRange,
  fit,
  rangeOf,
  regrouped,
  tightWindow,
} from './bucket-window.js';
import type { IndexRange } from './bucket-window.js';
import { SCHEMA_MAX } from './exponential-index.js';
import type { MergedBuckets } from './sketch-reader.js';
import type { BucketWindow } from './sketch-shape.js';

/** The sum of several sketches, at the finest schema at which it takes at most `bucketsMax` buckets. */
export function sumOfBuckets(parts: readonly MergedBuckets[], bucketsMax: number): MergedBuckets {
  const windows = parts.map(windowOf);
  const range = emptyRange(windows.reduce((shift, window) => Math.max(shift, window.shift), 0));
  windows.forEach((window, i) => widen(range, rangeOf(window, parts[i]!.counts)));
  fit(range, bucketsMax);
  const window = tightWindow(range, bucketsMax);
  const { shift, ...places } = window;
  const length = places.positiveCount + places.negativeCount;
  const sum = {
    ...places,
    schema: SCHEMA_MAX - shift,
    zeroCount: 0,
    count: 0,
    counts: new Float64Array(length),
  };
  parts.forEach((part, i) => {
    sum.zeroCount += part.zeroCount;
    sum.count += part.count;
    const moved = regrouped(windows[i]!, part.counts, window);
    for (let at = 0; at < moved.length; at++) sum.counts[at]! += moved[at]!;
  });
  return sum;
}

/** The same counts in memory of their own: those of a reader are written over by its next series. */
export function copyOfBuckets(buckets: MergedBuckets): MergedBuckets {
  const { schema, zeroCount, count, positiveLow, positiveCount, negativeLow, negativeCount } = buckets;
  const counts = buckets.counts.slice(0, positiveCount + negativeCount);
  return { schema, zeroCount, count, positiveLow, positiveCount, negativeLow, negativeCount, counts };
}

/** No counts, at the schema of a sketch. */
export function emptyBuckets(schema: number): MergedBuckets {
  const nothing = {
    zeroCount: 0,
    count: 0,
    positiveLow: 0,
    positiveCount: 0,
    negativeLow: 0,
    negativeCount: 0,
  };
  return { ...nothing, schema, counts: new Float64Array(0) };
}

function windowOf({
  schema,
  positiveLow,
  positiveCount,
  negativeLow,
  negativeCount,
}: MergedBuckets): BucketWindow {
  return { shift: SCHEMA_MAX - schema, positiveLow, positiveCount, negativeLow, negativeCount };
}

/** @param other at a schema that is as coarse or finer */
function widen(range: IndexRange, other: IndexRange): void {
  coarsen(other, range.shift);
  if (other.positiveLow <= other.positiveHigh) {
    addPositive(range, other.positiveLow);
    addPositive(range, other.positiveHigh);
  }
  if (other.negativeLow <= other.negativeHigh) {
    addNegative(range, other.negativeLow);
    addNegative(range, other.negativeHigh);
  }
}
