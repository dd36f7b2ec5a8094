/**
 * OTLP fields: tags of the messages of opentelemetry.proto, by the names that they have there.
 *
 * Schema: opentelemetry/proto/{metrics,common,resource}/v1 of open-telemetry/opentelemetry-proto. Numbers that nothing here
 * writes are left out.
 */
import { FIXED64, LENGTH_DELIMITED, VARINT, tagOf } from '../exposition/proto-buffer.js';

/** ExportMetricsServiceRequest, which has the form of MetricsData. */
export const METRICS_DATA = { resourceMetrics: tagOf(1, LENGTH_DELIMITED) } as const;

export const RESOURCE_METRICS = {
  resource: tagOf(1, LENGTH_DELIMITED),
  scopeMetrics: tagOf(2, LENGTH_DELIMITED),
} as const;

export const RESOURCE = { attributes: tagOf(1, LENGTH_DELIMITED) } as const;

export const SCOPE_METRICS = {
  scope: tagOf(1, LENGTH_DELIMITED),
  metrics: tagOf(2, LENGTH_DELIMITED),
  schemaUrl: tagOf(3, LENGTH_DELIMITED),
} as const;

export const SCOPE = { name: tagOf(1, LENGTH_DELIMITED), version: tagOf(2, LENGTH_DELIMITED) } as const;

export const METRIC = {
  name: tagOf(1, LENGTH_DELIMITED),
  description: tagOf(2, LENGTH_DELIMITED),
  unit: tagOf(3, LENGTH_DELIMITED),
  gauge: tagOf(5, LENGTH_DELIMITED),
  sum: tagOf(7, LENGTH_DELIMITED),
  histogram: tagOf(9, LENGTH_DELIMITED),
  exponentialHistogram: tagOf(10, LENGTH_DELIMITED),
  summary: tagOf(11, LENGTH_DELIMITED),
} as const;

/** Of gauges, sums, histograms and summaries alike. */
export const DATA_POINTS = tagOf(1, LENGTH_DELIMITED);
export const AGGREGATION_TEMPORALITY = tagOf(2, VARINT);
export const IS_MONOTONIC = tagOf(3, VARINT);

export const TEMPORALITY_VALUES = { delta: 1, cumulative: 2 } as const;

/** Of every data point. */
export const POINT = { start: tagOf(2, FIXED64), time: tagOf(3, FIXED64) } as const;

export const NUMBER_POINT = {
  asDouble: tagOf(4, FIXED64),
  exemplars: tagOf(5, LENGTH_DELIMITED),
  attributes: tagOf(7, LENGTH_DELIMITED),
} as const;

export const HISTOGRAM_POINT = {
  count: tagOf(4, FIXED64),
  sum: tagOf(5, FIXED64),
  /** Packed, as the next ones: a parser has to take repeated numbers in both forms. */
  bucketCounts: tagOf(6, LENGTH_DELIMITED),
  explicitBounds: tagOf(7, LENGTH_DELIMITED),
  exemplars: tagOf(8, LENGTH_DELIMITED),
  attributes: tagOf(9, LENGTH_DELIMITED),
} as const;

export const EXPONENTIAL_POINT = {
  attributes: tagOf(1, LENGTH_DELIMITED),
  count: tagOf(4, FIXED64),
  sum: tagOf(5, FIXED64),
  scale: tagOf(6, VARINT),
  zeroCount: tagOf(7, FIXED64),
  positive: tagOf(8, LENGTH_DELIMITED),
  negative: tagOf(9, LENGTH_DELIMITED),
  exemplars: tagOf(11, LENGTH_DELIMITED),
  zeroThreshold: tagOf(14, FIXED64),
} as const;

export const BUCKETS = { offset: tagOf(1, VARINT), bucketCounts: tagOf(2, LENGTH_DELIMITED) } as const;

export const SUMMARY_POINT = {
  count: tagOf(4, FIXED64),
  sum: tagOf(5, FIXED64),
  quantileValues: tagOf(6, LENGTH_DELIMITED),
  attributes: tagOf(7, LENGTH_DELIMITED),
} as const;

export const VALUE_AT_QUANTILE = { quantile: tagOf(1, FIXED64), value: tagOf(2, FIXED64) } as const;

export const EXEMPLAR = {
  time: tagOf(2, FIXED64),
  asDouble: tagOf(3, FIXED64),
  spanId: tagOf(4, LENGTH_DELIMITED),
  traceId: tagOf(5, LENGTH_DELIMITED),
  filteredAttributes: tagOf(7, LENGTH_DELIMITED),
} as const;

export const KEY_VALUE = { key: tagOf(1, LENGTH_DELIMITED), value: tagOf(2, LENGTH_DELIMITED) } as const;

export const ANY_VALUE = {
  stringValue: tagOf(1, LENGTH_DELIMITED),
  boolValue: tagOf(2, VARINT),
  intValue: tagOf(3, VARINT),
  doubleValue: tagOf(4, FIXED64),
  arrayValue: tagOf(5, LENGTH_DELIMITED),
} as const;

export const ARRAY_VALUE = { values: tagOf(1, LENGTH_DELIMITED) } as const;
