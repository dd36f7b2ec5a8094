/**
 * Decoded metrics: what an independent implementation of protobuf reads in the body of a push, in the form of OTLP/JSON.
 *
 * The field numbers stand here once more, from opentelemetry/proto/metrics/v1/metrics.proto and not from the encoder: one
 * that is wrong there is a field that is missing here.
 */
import protobuf from 'protobufjs';

export interface DecodedAttribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

export interface DecodedExemplar {
  readonly filteredAttributes?: readonly DecodedAttribute[];
  readonly timeUnixNano: string;
  readonly asDouble: number | string;
  readonly spanId?: string;
  readonly traceId?: string;
}

/** 64-bit integers are texts. What is not there was not in the bytes. */
export interface DecodedPoint {
  readonly attributes?: readonly DecodedAttribute[];
  readonly startTimeUnixNano?: string;
  readonly timeUnixNano: string;
  readonly asDouble?: number | string;
  readonly count?: string;
  readonly sum?: number | string;
  readonly bucketCounts?: readonly string[];
  readonly explicitBounds?: readonly number[];
  readonly scale?: number;
  readonly zeroCount?: string;
  readonly zeroThreshold?: number;
  readonly positive?: { readonly offset?: number; readonly bucketCounts?: readonly string[] };
  readonly negative?: { readonly offset?: number; readonly bucketCounts?: readonly string[] };
  readonly quantileValues?: readonly { readonly quantile?: number; readonly value?: number | string }[];
  readonly exemplars?: readonly DecodedExemplar[];
}

export interface DecodedData {
  readonly dataPoints?: readonly DecodedPoint[];
  readonly aggregationTemporality?: number;
  readonly isMonotonic?: boolean;
}

export interface DecodedMetric {
  readonly name: string;
  readonly description?: string;
  readonly unit?: string;
  readonly gauge?: DecodedData;
  readonly sum?: DecodedData;
  readonly histogram?: DecodedData;
  readonly exponentialHistogram?: DecodedData;
  readonly summary?: DecodedData;
}

export interface DecodedScope {
  readonly scope?: { readonly name?: string; readonly version?: string };
  readonly metrics: readonly DecodedMetric[];
  readonly schemaUrl?: string;
}

export interface DecodedRequest {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes?: readonly DecodedAttribute[] };
    readonly scopeMetrics: readonly DecodedScope[];
  }[];
}

const SCHEMA = `
syntax = "proto3";
message Request { repeated ResourceMetrics resource_metrics = 1; }
message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scope_metrics = 2; string schema_url = 3; }
message Resource { repeated KeyValue attributes = 1; }
message ScopeMetrics { Scope scope = 1; repeated Metric metrics = 2; string schema_url = 3; }
message Scope { string name = 1; string version = 2; repeated KeyValue attributes = 3; }
message KeyValue { string key = 1; AnyValue value = 2; }
message AnyValue { oneof value {
  string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; ArrayValue array_value = 5;
} }
message ArrayValue { repeated AnyValue values = 1; }
message Metric {
  string name = 1; string description = 2; string unit = 3;
  oneof data {
    Data gauge = 5; Data sum = 7; HistogramData histogram = 9; ExponentialData exponential_histogram = 10;
    SummaryData summary = 11;
  }
}
message Data { repeated NumberPoint data_points = 1; int32 aggregation_temporality = 2; bool is_monotonic = 3; }
message HistogramData { repeated HistogramPoint data_points = 1; int32 aggregation_temporality = 2; }
message ExponentialData { repeated ExponentialPoint data_points = 1; int32 aggregation_temporality = 2; }
message SummaryData { repeated SummaryPoint data_points = 1; }
message NumberPoint {
  fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3;
  oneof value { double as_double = 4; sfixed64 as_int = 6; }
  repeated Exemplar exemplars = 5; repeated KeyValue attributes = 7; uint32 flags = 8;
}
message HistogramPoint {
  fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3; fixed64 count = 4; optional double sum = 5;
  repeated fixed64 bucket_counts = 6; repeated double explicit_bounds = 7; repeated Exemplar exemplars = 8;
  repeated KeyValue attributes = 9; uint32 flags = 10;
}
message ExponentialPoint {
  repeated KeyValue attributes = 1; fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3; fixed64 count = 4;
  optional double sum = 5; sint32 scale = 6; fixed64 zero_count = 7; Buckets positive = 8; Buckets negative = 9;
  uint32 flags = 10; repeated Exemplar exemplars = 11; double zero_threshold = 14;
}
message Buckets { sint32 offset = 1; repeated uint64 bucket_counts = 2; }
message SummaryPoint {
  fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3; fixed64 count = 4; double sum = 5;
  repeated Quantile quantile_values = 6; repeated KeyValue attributes = 7; uint32 flags = 8;
}
message Quantile { double quantile = 1; double value = 2; }
message Exemplar {
  fixed64 time_unix_nano = 2; oneof value { double as_double = 3; sfixed64 as_int = 6; }
  bytes span_id = 4; bytes trace_id = 5; repeated KeyValue filtered_attributes = 7;
}
`;

const Request = protobuf.parse(SCHEMA).root.lookupType('Request');

export function decodeRequest(body: Uint8Array): DecodedRequest {
  const object = Request.toObject(Request.decode(body), { longs: String, json: true });
  return withHexIds(object) as DecodedRequest;
}

/** Protobuf's own JSON has bytes in base64; that of OTLP has the ids in hexadecimal digits. */
function withHexIds(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withHexIds);
  if (ArrayBuffer.isView(value))
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex');
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withHexIds(inner)]));
}

export function parseRequest(body: Uint8Array): DecodedRequest {
  return JSON.parse(Buffer.from(body).toString('utf8')) as DecodedRequest;
}

/** All metrics of some requests; one that is in several requests, or several times in one, has the points of all. */
export function metricsIn(requests: readonly DecodedRequest[]): Map<string, DecodedMetric> {
  const found = new Map<string, DecodedMetric>();
  const all = requests.flatMap(({ resourceMetrics }) =>
    resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics)),
  );
  for (const metric of all) {
    const earlier = found.get(metric.name);
    if (earlier === undefined) found.set(metric.name, metric);
    else (pointsOf(earlier) as DecodedPoint[]).push(...pointsOf(metric));
  }
  return found;
}

export function dataOf(metric: DecodedMetric | undefined): DecodedData {
  const { gauge, sum, histogram, exponentialHistogram, summary } = metric!;
  return (gauge ?? sum ?? histogram ?? exponentialHistogram ?? summary)!;
}

export function pointsOf(metric: DecodedMetric | undefined): readonly DecodedPoint[] {
  return dataOf(metric).dataPoints ?? [];
}

/** As an object of texts and numbers. */
export function attributesIn(attributes: readonly DecodedAttribute[] = []): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
