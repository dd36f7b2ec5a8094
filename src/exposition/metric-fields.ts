/**
 * Metric fields: tags of the messages of io.prometheus.client, by the names that they have there.
 *
 * Schema: io/prometheus/client/metrics.proto of prometheus/client_model. Numbers that nothing here writes are left out.
 */
import { FIXED64, LENGTH_DELIMITED, VARINT, tagOf } from './proto-buffer.js';

export const METRIC_FAMILY = {
  name: tagOf(1, LENGTH_DELIMITED),
  help: tagOf(2, LENGTH_DELIMITED),
  type: tagOf(3, VARINT),
  metric: tagOf(4, LENGTH_DELIMITED),
  unit: tagOf(5, LENGTH_DELIMITED),
} as const;

export const METRIC_TYPE = { counter: 0, gauge: 1, summary: 2, histogram: 4 } as const;

export const METRIC = {
  label: tagOf(1, LENGTH_DELIMITED),
  gauge: tagOf(2, LENGTH_DELIMITED),
  counter: tagOf(3, LENGTH_DELIMITED),
  summary: tagOf(4, LENGTH_DELIMITED),
  histogram: tagOf(7, LENGTH_DELIMITED),
} as const;

export const LABEL_PAIR = { name: tagOf(1, LENGTH_DELIMITED), value: tagOf(2, LENGTH_DELIMITED) } as const;

export const GAUGE = { value: tagOf(1, FIXED64) } as const;

export const COUNTER = {
  value: tagOf(1, FIXED64),
  exemplar: tagOf(2, LENGTH_DELIMITED),
  createdTimestamp: tagOf(3, LENGTH_DELIMITED),
} as const;

export const SUMMARY = {
  sampleCount: tagOf(1, VARINT),
  sampleSum: tagOf(2, FIXED64),
  quantile: tagOf(3, LENGTH_DELIMITED),
  createdTimestamp: tagOf(4, LENGTH_DELIMITED),
} as const;

export const QUANTILE = { quantile: tagOf(1, FIXED64), value: tagOf(2, FIXED64) } as const;

export const HISTOGRAM = {
  sampleCount: tagOf(1, VARINT),
  sampleSum: tagOf(2, FIXED64),
  bucket: tagOf(3, LENGTH_DELIMITED),
  schema: tagOf(5, VARINT),
  zeroThreshold: tagOf(6, FIXED64),
  zeroCount: tagOf(7, VARINT),
  negativeSpan: tagOf(9, LENGTH_DELIMITED),
  /** Packed, as the next ones: a parser has to take repeated numbers in both forms. */
  negativeDelta: tagOf(10, LENGTH_DELIMITED),
  positiveSpan: tagOf(12, LENGTH_DELIMITED),
  positiveDelta: tagOf(13, LENGTH_DELIMITED),
  createdTimestamp: tagOf(15, LENGTH_DELIMITED),
  exemplars: tagOf(16, LENGTH_DELIMITED),
} as const;

export const BUCKET = {
  cumulativeCount: tagOf(1, VARINT),
  upperBound: tagOf(2, FIXED64),
  exemplar: tagOf(3, LENGTH_DELIMITED),
} as const;

export const BUCKET_SPAN = { offset: tagOf(1, VARINT), length: tagOf(2, VARINT) } as const;

export const EXEMPLAR = {
  label: tagOf(1, LENGTH_DELIMITED),
  value: tagOf(2, FIXED64),
  timestamp: tagOf(3, LENGTH_DELIMITED),
} as const;

/** google.protobuf.Timestamp */
export const TIMESTAMP = { seconds: tagOf(1, VARINT), nanos: tagOf(2, VARINT) } as const;
