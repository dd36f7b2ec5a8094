/**
 * OTLP JSON: data points to the JSON of opentelemetry.proto.metrics.v1, for receivers that take no protobuf.
 *
 * As protobuf has its JSON: names in camel case, 64-bit integers as texts, and what is no finite number by its name. Unlike
 * it, ids are hexadecimal, and enumerations numbers (opentelemetry.io/docs/specs/otlp, "JSON Protobuf Encoding").
 */
import type { ExemplarReading } from '../registry/exemplars.js';
import type { RenderedBody } from '../registry/renderers.js';
import { SINCE_CREATION } from './point.js';
import type { BucketRun, DataPoint, ExportedMetric } from './point.js';
import { exportedExemplar } from './exported-exemplar.js';
import { attributesOf } from './metric-identity.js';
import type { AttributeList, AttributeScalar, AttributeValue, MetricScope } from './metric-identity.js';
import type { MetricsEncoder, OpenBody } from './metrics-encoder.js';
import { TEMPORALITY_VALUES } from './otlp-fields.js';

const DATA_KEYS = {
  sum: 'sum',
  upDownSum: 'sum',
  gauge: 'gauge',
  histogram: 'histogram',
  exponentialHistogram: 'exponentialHistogram',
  summary: 'summary',
} as const;

const NANOS_OF_MS = '000000';
/** Code units that are encoded at a time. */
const CHUNK_LENGTH = 65_536;

export class OtlpJsonEncoder implements MetricsEncoder {
  readonly contentType = 'application/json';
  readonly isBackward = false;
  private readonly resource: string;

  constructor(resource: AttributeList) {
    this.resource = `{"attributes":${attributesText(resource)}}`;
  }

  /** Nothing is kept: what is pushed as JSON is small, or read by people. */
  begin(): void {}

  forget(): void {}

  newBody(): OpenBody {
    return new JsonBody(`{"resourceMetrics":[{"resource":${this.resource},"scopeMetrics":[`);
  }
}

class JsonBody implements OpenBody {
  private encodedBytes = 0;
  private readonly chunks: Buffer[] = [];
  /** Texts that are not in the chunks yet. */
  private parts: string[] = [];
  private partsLength = 0;
  private metric: ExportedMetric | undefined;
  private scope: MetricScope | undefined;
  /** What stands before the points of the metric; undefined once it has one. */
  private head: string | undefined;

  constructor(start: string) {
    this.put(start);
  }

  /** Of what is not encoded yet, code units: a text may have three bytes for each. */
  get length(): number {
    return this.encodedBytes + this.partsLength;
  }

  beginMetric(metric: ExportedMetric): void {
    this.metric = metric;
    this.head = metricHead(metric);
  }

  add(point: DataPoint): void {
    const { metric, head } = this;
    if (head === undefined) this.put(',');
    else {
      this.openScope(metric!.scope);
      this.put(head);
      this.head = undefined;
    }
    this.put(pointText(metric!, point));
  }

  endMetric(): void {
    if (this.metric !== undefined && this.head === undefined) this.put(']}}');
    this.metric = undefined;
    this.head = undefined;
  }

  finish(): RenderedBody {
    this.put(this.scope === undefined ? ']}]}' : `${scopeEnd(this.scope)}]}]}`);
    this.encode();
    return { body: Buffer.concat(this.chunks), release: () => undefined };
  }

  abandon(): void {}

  private openScope(scope: MetricScope): void {
    if (scope === this.scope) {
      this.put(',');
      return;
    }
    if (this.scope !== undefined) this.put(`${scopeEnd(this.scope)},`);
    this.scope = scope;
    this.put(`{"scope":{"name":${textOf(scope.name)},"version":${textOf(scope.version)}},"metrics":[`);
  }

  private put(text: string): void {
    this.parts.push(text);
    this.partsLength += text.length;
    // Piece by piece: all at the end would hold up the event loop for longer than a step of a rendering may.
    if (this.partsLength >= CHUNK_LENGTH) this.encode();
  }

  private encode(): void {
    const chunk = Buffer.from(this.parts.join(''));
    this.chunks.push(chunk);
    this.encodedBytes += chunk.length;
    this.parts = [];
    this.partsLength = 0;
  }
}

function scopeEnd({ schemaUrl }: MetricScope): string {
  return schemaUrl === '' ? ']}' : `],"schemaUrl":${textOf(schemaUrl)}}`;
}

function metricHead({ name, description, unit, kind, temporality }: ExportedMetric): string {
  const about = `"name":${textOf(name)},"description":${textOf(description)},"unit":${textOf(unit)}`;
  const temporal =
    kind === 'gauge' || kind === 'summary'
      ? ''
      : `"aggregationTemporality":${TEMPORALITY_VALUES[temporality]},`;
  const monotonic = kind === 'sum' ? '"isMonotonic":true,' : '';
  return `{${about},"${DATA_KEYS[kind]}":{${temporal}${monotonic}"dataPoints":[`;
}

function pointText({ kind }: ExportedMetric, point: DataPoint): string {
  const fields = [`"attributes":${attributesText(pointAttributes(point))}`];
  if (kind !== 'gauge') fields.push(`"startTimeUnixNano":${nanosText(startOf(point))}`);
  fields.push(`"timeUnixNano":${nanosText(point.timeMs)}`, ...valueFields(kind, point));
  if (point.exemplars.length > 0) fields.push(`"exemplars":[${point.exemplars.map(exemplarText).join(',')}]`);
  return `{${fields.join(',')}}`;
}

function startOf({ family, row, startMs, timeMs }: DataPoint): number {
  if (startMs !== SINCE_CREATION) return startMs;
  return Math.min(timeMs, Math.round(family.entryAt(row).createdSeconds * 1_000));
}

function pointAttributes({ family, row, extraKey, extraValue }: DataPoint): AttributeList {
  const attributes = attributesOf(family, row);
  return extraKey === '' ? attributes : [...attributes, [extraKey, extraValue]];
}

function valueFields(kind: ExportedMetric['kind'], point: DataPoint): string[] {
  switch (kind) {
    case 'histogram':
      return histogramFields(point);
    case 'exponentialHistogram':
      return exponentialFields(point);
    case 'summary':
      return summaryFields(point);
    case 'sum':
    case 'upDownSum':
    case 'gauge':
      return [`"asDouble":${numberText(point.numbers[point.at]!)}`];
  }
}

function histogramFields({ family, numbers, at, count, sum }: DataPoint): string[] {
  const { bounds } = family.descriptor;
  return [
    ...countAndSum(count, sum),
    `"bucketCounts":${countsText(numbers, at, at + bounds.length + 1)}`,
    `"explicitBounds":[${bounds.map(numberText).join(',')}]`,
  ];
}

function exponentialFields(point: DataPoint): string[] {
  const { count, sum, scale, zeroCount, zeroThreshold, positive, negative, numbers } = point;
  return [
    ...countAndSum(count, sum),
    `"scale":${scale}`,
    `"zeroCount":"${zeroCount}"`,
    `"positive":${runText(positive, numbers)}`,
    `"negative":${runText(negative, numbers)}`,
    `"zeroThreshold":${numberText(zeroThreshold)}`,
  ];
}

function summaryFields({ family, numbers, at }: DataPoint): string[] {
  const { quantiles } = family.descriptor;
  const values = quantiles.map(
    (quantile, i) => `{"quantile":${numberText(quantile)},"value":${numberText(numbers[at + i]!)}}`,
  );
  const sumAt = at + quantiles.length;
  return [...countAndSum(numbers[sumAt + 1]!, numbers[sumAt]!), `"quantileValues":[${values.join(',')}]`];
}

function countAndSum(count: number, sum: number | undefined): string[] {
  return sum === undefined ? [`"count":"${count}"`] : [`"count":"${count}"`, `"sum":${numberText(sum)}`];
}

function runText({ offset, from, end }: BucketRun, counts: Float64Array): string {
  return `{"offset":${offset},"bucketCounts":${countsText(counts, from, end)}}`;
}

function countsText(counts: Float64Array, from: number, end: number): string {
  const texts: string[] = [];
  for (let i = from; i < end; i++) texts.push(`"${counts[i]!}"`);
  return `[${texts.join(',')}]`;
}

function exemplarText(reading: ExemplarReading): string {
  const { attributes, spanId, timeMs, traceId, value } = exportedExemplar(reading);
  const fields = [
    `"filteredAttributes":${attributesText(attributes)}`,
    `"timeUnixNano":${nanosText(timeMs)}`,
    `"asDouble":${numberText(value)}`,
  ];
  if (spanId !== undefined) fields.push(`"spanId":"${spanId}"`);
  if (traceId !== undefined) fields.push(`"traceId":"${traceId}"`);
  return `{${fields.join(',')}}`;
}

function attributesText(attributes: AttributeList): string {
  return `[${attributes.map(([key, value]) => `{"key":${textOf(key)},"value":${anyText(value)}}`).join(',')}]`;
}

function anyText(value: AttributeValue): string {
  if (typeof value !== 'object') return scalarText(value);
  const items = value.map(item => (item === null ? '{}' : scalarText(item)));
  return `{"arrayValue":{"values":[${items.join(',')}]}}`;
}

function scalarText(value: AttributeScalar): string {
  if (typeof value === 'string') return `{"stringValue":${textOf(value)}}`;
  if (typeof value === 'boolean') return `{"boolValue":${value}}`;
  return Number.isSafeInteger(value) ? `{"intValue":"${value}"}` : `{"doubleValue":${numberText(value)}}`;
}

/** Of a time before 1970, 1970. */
function nanosText(ms: number): string {
  return ms > 0 ? `"${ms}${NANOS_OF_MS}"` : '"0"';
}

function numberText(value: number): string {
  if (Object.is(value, -0)) return '-0';
  return Number.isFinite(value) ? JSON.stringify(value) : `"${value}"`;
}

/** Lone surrogates become U+FFFD, as in protobuf. */
function textOf(text: string): string {
  return JSON.stringify(text.toWellFormed());
}
