/**
 * Process snapshot: the values of one process in a form that adds up with those of others.
 *
 * The only place that takes a snapshot of a registry apart; merged-snapshot.ts puts one together again. What is between
 * them knows nothing of arenas.
 *
 *     type        numbers of a series                                  besides
 *     counter     value                                                exemplars
 *     gauge       value, threads that set it; for `average` their sum  thread, with aggregator `thread`
 *     histogram   non-cumulative buckets, `+Inf` last, then the sum    native buckets, exemplars
 *     summary     sum, count                                           sketch
 *     stateset    index of the active state
 *     info        none
 */
import { emptyBuckets } from '../memory/bucket-sum.js';
import type { MergedBuckets } from '../memory/sketch-reader.js';
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import { exemplarsOf } from '../registry/exemplars.js';
import type { ExemplarReading } from '../registry/exemplars.js';
import { nativeBucketsOf } from '../registry/native-buckets.js';
import type { PartedSnapshot } from '../registry/registry-parts.js';
import type { FamilySnapshot } from '../registry/snapshot.js';
import type { SnapshotParts } from '../registry/snapshot-parts.js';

export interface SeriesPart {
  /** In the order of the family's label names; empty for the overflow series. */
  readonly labels: readonly string[];
  readonly isOverflow: boolean;
  /** Milliseconds since 1970. */
  readonly createdMs: number;
  /** The thread that a gauge value is of, in a family that shows each. */
  readonly thread: string | undefined;
  /** See above. */
  readonly numbers: readonly number[];
  readonly buckets: MergedBuckets | undefined;
  readonly exemplars: readonly ExemplarReading[];
}

export interface FamilyPart {
  readonly descriptor: FamilyDescriptor;
  readonly series: readonly SeriesPart[];
}

/** How many numbers each series of a family has. */
export function numberCountOf({ type, bounds }: FamilyDescriptor): number {
  switch (type) {
    case 'counter':
    case 'stateset':
      return 1;
    case 'gauge':
    case 'summary':
      return 2;
    case 'histogram':
      return bounds.length + 2;
    case 'info':
      return 0;
  }
}

/** Takes a snapshot apart. Copies everything: what is returned stays valid. */
export function familyPartsOf({ own, guests }: PartedSnapshot): FamilyPart[] {
  const owned = own === undefined ? [] : own.snapshot.families.map(family => familyPartOf(family, own.parts));
  const names = new Set(owned.map(({ descriptor }) => descriptor.name));
  const others = guests.families.filter(({ descriptor }) => !names.has(descriptor.name));
  return [...owned, ...others.map(family => familyPartOf(family, undefined))];
}

/** @param parts undefined for a family that lives elsewhere: a summary has no sketch then, and shows no quantiles */
function familyPartOf(family: FamilySnapshot, parts: SnapshotParts | undefined): FamilyPart {
  const { descriptor, series, threads } = family;
  const valuesAt = valueReader(family, parts);
  return {
    descriptor,
    series: series.map((entry, index) => ({
      labels: entry.isOverflow ? [] : entry.labelValues(),
      isOverflow: entry.isOverflow,
      createdMs: Math.round(entry.createdSeconds * 1_000),
      thread: threads?.[index],
      ...valuesAt(index),
      exemplars: exemplarsOf(family, index),
    })),
  };
}

type Values = Pick<SeriesPart, 'numbers' | 'buckets'>;

/** What reads the values of the series with an index. */
function valueReader(family: FamilySnapshot, parts: SnapshotParts | undefined): (index: number) => Values {
  const { descriptor, values, stride } = family;
  const numbersAt = (index: number): readonly number[] => [
    ...values.subarray(index * stride, index * stride + numberCountOf(descriptor)),
  ];
  switch (descriptor.type) {
    case 'gauge':
      return gaugeReader(family, parts);
    case 'summary':
      return summaryReader(family, parts);
    case 'histogram':
      return index => ({ numbers: numbersAt(index), buckets: nativeAt(family, index) });
    default:
      return index => ({ numbers: numbersAt(index), buckets: undefined });
  }
}

function summaryReader(family: FamilySnapshot, parts: SnapshotParts | undefined): (index: number) => Values {
  const { descriptor, values, stride } = family;
  if (parts === undefined) {
    const sumAt = descriptor.quantiles.length;
    const buckets = emptyBuckets(descriptor.sketch!.schema);
    return index => {
      const at = index * stride + sumAt;
      return { numbers: [values[at]!, values[at + 1]!], buckets };
    };
  }
  const summaries = parts.summaries(family);
  return index => {
    const { sum, count, buckets } = summaries[index]!;
    return { numbers: [sum, count], buckets };
  };
}

function gaugeReader(family: FamilySnapshot, parts: SnapshotParts | undefined): (index: number) => Values {
  const { values, threads, descriptor } = family;
  // Each entry is one thread's value, or one that comes from elsewhere: there is nothing that it was made of.
  if (threads !== undefined || parts === undefined)
    return index => ({ numbers: [values[index]!, 1], buckets: undefined });
  const gauges = parts.gauges(family);
  const isAverage = descriptor.aggregator === 'average';
  return index => {
    const { sum, setters } = gauges[index]!;
    return { numbers: [isAverage ? sum : values[index]!, setters], buckets: undefined };
  };
}

function nativeAt(family: FamilySnapshot, index: number): MergedBuckets | undefined {
  const native = nativeBucketsOf(family, index);
  if (native === undefined) return undefined;
  const { schema, zeroCount, positiveLow, positiveCounts, negativeLow, negativeCounts } = native;
  const counts = new Float64Array(positiveCounts.length + negativeCounts.length);
  counts.set(positiveCounts);
  counts.set(negativeCounts, positiveCounts.length);
  return {
    schema,
    zeroCount,
    count: counts.reduce((sum, count) => sum + count, zeroCount),
    positiveLow,
    positiveCount: positiveCounts.length,
    negativeLow,
    negativeCount: negativeCounts.length,
    counts,
  };
}
