/** Native buckets in a snapshot: the merged sketch of each series, as numbers behind its classic ones. */
import { SCHEMA_MAX } from '../memory/exponential-index.js';
import type { MergedBuckets } from '../memory/sketch-reader.js';
import type { SketchShape } from '../memory/sketch-shape.js';
import type { NativeBucketValues } from '../primitives/readings.js';
import type { FamilySnapshot } from './family-reading.js';

export type { NativeBucketValues };

const FIELD_COUNT = 6;

/** How many numbers the native buckets of a series take. */
export function nativeValueCount(shape: SketchShape): number {
  return FIELD_COUNT + shape.bucketsMax;
}

export function writeNativeValues(
  merged: MergedBuckets,
  shape: SketchShape,
  values: Float64Array,
  at: number,
): void {
  const { schema, zeroCount, positiveLow, positiveCount, negativeLow, negativeCount, counts } = merged;
  values[at] = schema;
  values[at + 1] = zeroCount;
  values[at + 2] = positiveLow;
  values[at + 3] = positiveCount;
  values[at + 4] = negativeLow;
  values[at + 5] = negativeCount;
  const used = positiveCount + negativeCount;
  for (let i = 0; i < used; i++) values[at + FIELD_COUNT + i] = counts[i]!;
  // What another series has left there would look like a change to whoever compares rows.
  values.fill(0, at + FIELD_COUNT + used, at + nativeValueCount(shape));
}

/**
 * The native buckets of the series with this index; undefined for a family that has none. Views of the snapshot's values:
 * valid as long as it is.
 */
export function nativeBucketsOf(family: FamilySnapshot, series: number): NativeBucketValues | undefined {
  const place = new NativeBucketPlace();
  if (!place.find(family, series)) return undefined;
  const { schema, zeroThreshold, zeroCount, positiveLow, negativeLow } = place;
  return {
    schema,
    zeroThreshold,
    zeroCount,
    positiveLow,
    positiveCounts: family.values.subarray(place.positiveFrom, place.positiveEnd),
    negativeLow,
    negativeCounts: family.values.subarray(place.negativeFrom, place.negativeEnd),
  };
}

/** Where the native buckets of a series stand in the values of its family: for renderers, which make nothing for a series. */
export class NativeBucketPlace {
  schema = SCHEMA_MAX;
  zeroThreshold = 0;
  zeroCount = 0;
  positiveLow = 0;
  /** Index of the first positive count in the values of the family, and of the one behind the last. */
  positiveFrom = 0;
  positiveEnd = 0;
  negativeLow = 0;
  negativeFrom = 0;
  negativeEnd = 0;

  /** Fills in the place of the series with this index. False for a family that has none. */
  find({ descriptor, values, stride }: FamilySnapshot, series: number): boolean {
    if (descriptor.type !== 'histogram' || descriptor.sketch === null) return false;
    this.zeroThreshold = descriptor.sketch.zeroThreshold;
    this.locate(values, series * stride + descriptor.bounds.length + 2);
    return true;
  }

  /** Fills in the place of native buckets that stand at `at`, where find() or a copy of a snapshot has them. */
  locate(values: Float64Array, at: number): void {
    this.schema = values[at] ?? SCHEMA_MAX;
    this.zeroCount = values[at + 1]!;
    this.positiveLow = values[at + 2]!;
    this.positiveFrom = at + FIELD_COUNT;
    this.positiveEnd = this.positiveFrom + values[at + 3]!;
    this.negativeLow = values[at + 4]!;
    this.negativeFrom = this.positiveEnd;
    this.negativeEnd = this.negativeFrom + values[at + 5]!;
  }
}
