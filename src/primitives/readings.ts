/** Readings: values of series and families as plain objects, read once, for user code and its tests. */
import type { Aggregator } from '../memory/cell-reader.js';
import type { FamilyType } from './family-descriptor.js';

export interface HistogramBucket {
  /** Upper bound; Infinity for the last one. */
  readonly le: number;
  /** Cumulative: how many observations do not exceed `le`. */
  readonly count: number;
}

/** Native buckets of one series, as Prometheus names their parts. */
export interface NativeBucketValues {
  /** -4..8: bucket i holds the values in (2^((i-1)/2^schema), 2^(i/2^schema)]. */
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  /** Index of the first positive bucket, and the counts from there on, non-cumulative. */
  readonly positiveLow: number;
  readonly positiveCounts: Float64Array;
  /** As the positive ones, of absolute values. */
  readonly negativeLow: number;
  readonly negativeCounts: Float64Array;
}

/** One series of a histogram. */
export interface HistogramValue {
  readonly count: number;
  readonly sum: number;
  /** By increasing bound, the one of Infinity last; that one alone when the histogram has native buckets only. */
  readonly buckets: readonly HistogramBucket[];
  /** Only when the histogram has native buckets. */
  readonly native?: NativeBucketValues;
}

export interface SummaryQuantile {
  /** 0..1 */
  readonly quantile: number;
  /** NaN when there is nothing to take it from. */
  readonly value: number;
}

/** One series of a summary. */
export interface SummaryValue {
  readonly count: number;
  readonly sum: number;
  /** In the order of the definition. */
  readonly quantiles: readonly SummaryQuantile[];
  /** Relative error that the quantiles have now; it grows when the values span more than `maxBuckets`. */
  readonly relativeError: number;
}

/** A number, for a counter or gauge; the active state, for a state set. */
export type SeriesValue = number | string | HistogramValue | SummaryValue;

/** What produced one observation, as prom-client's JSON has it. */
export interface MetricExemplar {
  readonly labelSet: Readonly<Record<string, string>>;
  /** The observation; of a counter, the increment. */
  readonly value: number;
  /** Seconds since 1970. */
  readonly timestamp: number;
}

/** One sample, as prom-client's JSON has it. */
export interface MetricValue {
  readonly value: number;
  /** Those that have a value. Text, but for the numbers of `le` and `quantile`; `le` of the last bucket is '+Inf'. */
  readonly labels: Readonly<Record<string, string | number>>;
  /** Where it is not the name of the family. */
  readonly metricName?: string;
  /** Of a counter, where there is one; of each bucket of a histogram, null where there is none. */
  readonly exemplar?: MetricExemplar | null;
}

/** A sample that says how it is called. */
export type MetricValueWithName = MetricValue;

/** A family with its samples, as prom-client's JSON has them. */
export interface MetricObjectWithValues {
  readonly help: string;
  readonly name: string;
  readonly type: FamilyType;
  /** Only when the family has one. */
  readonly unit?: string;
  readonly aggregator: Aggregator;
  readonly values: readonly MetricValue[];
}
