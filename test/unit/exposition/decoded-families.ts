/**
 * Decoded families: what an independent implementation of protobuf reads in an exposition.
 *
 * The field numbers stand here once more, from io/prometheus/client/metrics.proto of prometheus/client_model and not from
 * the renderer: one that is wrong there is a field that is missing here.
 */
import protobuf from 'protobufjs';

export interface DecodedLabel {
  readonly name: string;
  readonly value: string;
}

export interface DecodedTimestamp {
  readonly seconds: string;
  readonly nanos?: number;
}

export interface DecodedExemplar {
  readonly label?: readonly DecodedLabel[];
  readonly value: number;
  readonly timestamp: DecodedTimestamp;
}

export interface DecodedBucket {
  readonly cumulativeCount: string;
  readonly upperBound: number;
  readonly exemplar?: DecodedExemplar;
}

export interface DecodedSpan {
  readonly offset: number;
  readonly length: number;
}

/** 64-bit integers are texts: not all of them are numbers. What is not there was not in the bytes. */
export interface DecodedHistogram {
  readonly sampleCount: string;
  readonly sampleSum: number;
  readonly bucket?: readonly DecodedBucket[];
  readonly createdTimestamp: DecodedTimestamp;
  readonly schema?: number;
  readonly zeroThreshold?: number;
  readonly zeroCount?: string;
  readonly negativeSpan?: readonly DecodedSpan[];
  readonly negativeDelta?: readonly string[];
  readonly positiveSpan?: readonly DecodedSpan[];
  readonly positiveDelta?: readonly string[];
  readonly exemplars?: readonly DecodedExemplar[];
}

export interface DecodedSummary {
  readonly sampleCount: string;
  readonly sampleSum: number;
  readonly quantile?: readonly { readonly quantile: number; readonly value: number }[];
  readonly createdTimestamp: DecodedTimestamp;
}

export interface DecodedCounter {
  readonly value: number;
  readonly exemplar?: DecodedExemplar;
  readonly createdTimestamp: DecodedTimestamp;
}

export interface DecodedMetric {
  readonly label?: readonly DecodedLabel[];
  readonly gauge?: { readonly value: number };
  readonly counter?: DecodedCounter;
  readonly summary?: DecodedSummary;
  readonly histogram?: DecodedHistogram;
}

export interface DecodedFamily {
  readonly name: string;
  readonly help: string;
  readonly type: 'COUNTER' | 'GAUGE' | 'SUMMARY' | 'UNTYPED' | 'HISTOGRAM' | 'GAUGE_HISTOGRAM';
  readonly metric: readonly DecodedMetric[];
  readonly unit?: string;
}

/** `double value = 1` as `value: 'double 1'`, a repeated field with `[]` behind its type. */
function message(fields: Record<string, string>): protobuf.IType {
  const described: Record<string, protobuf.IField> = {};
  for (const [name, field] of Object.entries(fields)) {
    const [type, id] = field.split(' ') as [string, string];
    const rule = type.endsWith('[]') ? { rule: 'repeated' } : {};
    described[name] = { type: type.replace('[]', ''), id: Number(id), ...rule };
  }
  // Of the edition in which fields are known to be there or not, and text is checked.
  return { edition: '2023', fields: described };
}

const root = protobuf.Root.fromJSON({
  nested: {
    MetricType: {
      values: { COUNTER: 0, GAUGE: 1, SUMMARY: 2, UNTYPED: 3, HISTOGRAM: 4, GAUGE_HISTOGRAM: 5 },
    },
    Timestamp: message({ seconds: 'int64 1', nanos: 'int32 2' }),
    LabelPair: message({ name: 'string 1', value: 'string 2' }),
    Gauge: message({ value: 'double 1' }),
    Counter: message({ value: 'double 1', exemplar: 'Exemplar 2', createdTimestamp: 'Timestamp 3' }),
    Quantile: message({ quantile: 'double 1', value: 'double 2' }),
    Summary: message({
      sampleCount: 'uint64 1',
      sampleSum: 'double 2',
      quantile: 'Quantile[] 3',
      createdTimestamp: 'Timestamp 4',
    }),
    Untyped: message({ value: 'double 1' }),
    Histogram: message({
      sampleCount: 'uint64 1',
      sampleSum: 'double 2',
      bucket: 'Bucket[] 3',
      sampleCountFloat: 'double 4',
      schema: 'sint32 5',
      zeroThreshold: 'double 6',
      zeroCount: 'uint64 7',
      zeroCountFloat: 'double 8',
      negativeSpan: 'BucketSpan[] 9',
      negativeDelta: 'sint64[] 10',
      negativeCount: 'double[] 11',
      positiveSpan: 'BucketSpan[] 12',
      positiveDelta: 'sint64[] 13',
      positiveCount: 'double[] 14',
      createdTimestamp: 'Timestamp 15',
      exemplars: 'Exemplar[] 16',
    }),
    Bucket: message({
      cumulativeCount: 'uint64 1',
      upperBound: 'double 2',
      exemplar: 'Exemplar 3',
      cumulativeCountFloat: 'double 4',
    }),
    BucketSpan: message({ offset: 'sint32 1', length: 'uint32 2' }),
    Exemplar: message({ label: 'LabelPair[] 1', value: 'double 2', timestamp: 'Timestamp 3' }),
    Metric: message({
      label: 'LabelPair[] 1',
      gauge: 'Gauge 2',
      counter: 'Counter 3',
      summary: 'Summary 4',
      untyped: 'Untyped 5',
      timestampMs: 'int64 6',
      histogram: 'Histogram 7',
    }),
    MetricFamily: message({
      name: 'string 1',
      help: 'string 2',
      type: 'MetricType 3',
      metric: 'Metric[] 4',
      unit: 'string 5',
    }),
  },
});
const MetricFamily = root.lookupType('MetricFamily');

/** The families of an exposition, in order. @throws Error where the bytes are no delimited MetricFamily messages */
export function decodeFamilies(body: Uint8Array): DecodedFamily[] {
  const reader = protobuf.Reader.create(body);
  const families: DecodedFamily[] = [];
  while (reader.pos < reader.len) {
    const family = MetricFamily.decodeDelimited(reader);
    families.push(MetricFamily.toObject(family, { longs: String, enums: String }) as DecodedFamily);
  }
  return families;
}

/** The labels of a metric by their names. @throws Error when a name is there twice */
export function labelsIn({
  label = [],
}: {
  readonly label?: readonly DecodedLabel[];
}): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const { name, value } of label) {
    if (Object.hasOwn(labels, name)) throw new Error(`label ${name} is there twice`);
    Object.defineProperty(labels, name, { value, enumerable: true });
  }
  return labels;
}

/** What the spans and deltas of native buckets count, by the index of the bucket. @throws Error when they do not match */
export function countsIn(
  spans: readonly DecodedSpan[] = [],
  deltas: readonly string[] = [],
): Map<number, bigint> {
  const counts = new Map<number, bigint>();
  let [index, next, count] = [0, 0, 0n];
  for (const [i, { offset, length }] of spans.entries()) {
    if (i > 0 && offset < 0) throw new Error(`span ${i} goes back by ${-offset}`);
    index += offset;
    for (let k = 0; k < length; k++, index++) {
      if (next === deltas.length) throw new Error(`${deltas.length} deltas are not enough for the spans`);
      count += BigInt(deltas[next++]!);
      if (count < 0n) throw new Error(`bucket ${index} has ${count} observations`);
      counts.set(index, count);
    }
  }
  if (next < deltas.length) throw new Error(`${deltas.length - next} deltas are in no span`);
  return counts;
}
