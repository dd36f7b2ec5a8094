/** Native buckets in a snapshot: the merged sketch of each series, as numbers behind its classic ones. */
import { SCHEMA_MAX } from '../memory/exponential-index.js';
import type { MergedBuckets } from '../memory/sketch-reader.js';
import type { SketchShape } from '../memory/sketch-shape.js';
import type { NativeBucketValues } from '../primitives/readings.js';
import type { FamilySnapshot } from './snapshot.js';

export type { NativeBucketValues };

const FIELD_COUNT = 6;

/** How many numbers the native buckets of a series take. */
export function nativeValueCount(shape: SketchShape): number {
  return FIELD_COUNT + shape.bucketsMax;
}

export function writeNativeValues(merged: MergedBuckets, values: Float64Array, at: number): void {
  const { schema, zeroCount, positiveLow, positiveCount, negativeLow, negativeCount, counts } = merged;
  values[at] = schema;
  values[at + 1] = zeroCount;
  values[at + 2] = positiveLow;
  values[at + 3] = positiveCount;
  values[at + 4] = negativeLow;
  values[at + 5] = negativeCount;
  for (let i = 0; i < positiveCount + negativeCount; i++) values[at + FIELD_COUNT + i] = counts[i]!;
}

/**
 * The native buckets of the series with this index; undefined for a family that has none. Views of the snapshot's values:
 * valid as long as it is.
 */
export function nativeBucketsOf(family: FamilySnapshot, series: number): NativeBucketValues | undefined {
  const { descriptor, values, stride } = family;
  if (descriptor.type !== 'histogram' || descriptor.sketch === null) return undefined;
  const at = series * stride + descriptor.bounds.length + 2;
  const counts = at + FIELD_COUNT;
  const positiveEnd = counts + values[at + 3]!;
  return {
    schema: values[at] ?? SCHEMA_MAX,
    zeroThreshold: descriptor.sketch.zeroThreshold,
    zeroCount: values[at + 1]!,
    positiveLow: values[at + 2]!,
    positiveCounts: values.subarray(counts, positiveEnd),
    negativeLow: values[at + 4]!,
    negativeCounts: values.subarray(positiveEnd, positiveEnd + values[at + 5]!),
  };
}
