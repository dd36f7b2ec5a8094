/**
 * OTLP points: the data points of one metric in protobuf.
 *
 * Everything is written from its end to its start, see proto-buffer.ts: fields with high numbers first.
 */
import type { ProtoBuffer, ProtoFragment, Tag } from '../exposition/proto-buffer.js';
import { fragmentOf } from '../exposition/proto-buffer.js';
import type { BucketRun, DataPoint, ExportedMetric } from './point.js';
import { BUCKETS, DATA_POINTS, EXPONENTIAL_POINT, HISTOGRAM_POINT, NUMBER_POINT } from './otlp-fields.js';
import { POINT, SUMMARY_POINT, VALUE_AT_QUANTILE } from './otlp-fields.js';
import { writeAttribute, writeExemplars } from './otlp-messages.js';
import type { OtlpSeries, SeriesShape } from './otlp-series.js';

export interface PointWriter {
  write(out: ProtoBuffer, point: DataPoint, series: OtlpSeries): void;
}

/** Who writes the points of a metric, of which this is one: all of them are of one family. */
export function pointWriterFor({ kind }: ExportedMetric, { family }: DataPoint): PointWriter {
  const { descriptor } = family;
  switch (kind) {
    case 'histogram':
      return new HistogramPointWriter(descriptor.bounds);
    case 'exponentialHistogram':
      return exponentialWriter;
    case 'summary':
      return new SummaryPointWriter(descriptor.quantiles);
    case 'sum':
    case 'upDownSum':
      return descriptor.enableExemplars ? sumWriter : loneSumWriter;
    case 'gauge':
      return descriptor.type === 'stateset' || descriptor.aggregator === 'thread'
        ? gaugeWriter
        : loneGaugeWriter;
  }
}

/** Of metrics whose series are one number each, without exemplars. */
class LonePointWriter implements PointWriter {
  private readonly shape: SeriesShape;

  constructor(hasStart: boolean) {
    this.shape = { attributesTag: NUMBER_POINT.attributes, hasStart, isLone: true };
  }

  write(out: ProtoBuffer, point: DataPoint, series: OtlpSeries): void {
    series.find(point, this.shape);
    series.copyPoint(out, point);
  }
}

class NumberPointWriter implements PointWriter {
  private readonly shape: SeriesShape;

  constructor(hasStart: boolean) {
    this.shape = { attributesTag: NUMBER_POINT.attributes, hasStart, isLone: false };
  }

  write(out: ProtoBuffer, point: DataPoint, series: OtlpSeries): void {
    const end = out.length;
    writeExemplars(out, NUMBER_POINT.exemplars, point.exemplars);
    out.doubleFieldOf(NUMBER_POINT.asDouble, point.numbers, point.at);
    beginPoint(out, point, series, this.shape);
    out.message(DATA_POINTS, end);
  }
}

/** What every point begins with. */
function beginPoint(out: ProtoBuffer, point: DataPoint, series: OtlpSeries, shape: SeriesShape): void {
  out.nanosField(POINT.time, point.timeMs);
  if (point.extraKey !== '') writeAttribute(out, shape.attributesTag, point.extraKey, point.extraValue);
  series.find(point, shape);
  series.copyEdges(out, point);
}

class HistogramPointWriter implements PointWriter {
  private readonly shape = shapeOf(HISTOGRAM_POINT.attributes);
  private readonly bounds: ProtoFragment;

  constructor(private readonly upperBounds: readonly number[]) {
    this.bounds = fragmentOf(out => {
      for (let i = upperBounds.length - 1; i >= 0; i--) out.double(upperBounds[i]!);
      if (upperBounds.length > 0) out.message(HISTOGRAM_POINT.explicitBounds, 0);
    });
  }

  write(out: ProtoBuffer, point: DataPoint, series: OtlpSeries): void {
    const { numbers, at, sum, count } = point;
    const end = out.length;
    writeExemplars(out, HISTOGRAM_POINT.exemplars, point.exemplars);
    out.fragment(this.bounds);
    const countsEnd = out.length;
    for (let i = this.upperBounds.length; i >= 0; i--) out.fixed64(numbers[at + i]!);
    out.message(HISTOGRAM_POINT.bucketCounts, countsEnd);
    if (sum !== undefined) out.doubleField(HISTOGRAM_POINT.sum, sum);
    out.fixed64Field(HISTOGRAM_POINT.count, count);
    beginPoint(out, point, series, this.shape);
    out.message(DATA_POINTS, end);
  }
}

class ExponentialPointWriter implements PointWriter {
  private readonly shape = shapeOf(EXPONENTIAL_POINT.attributes);

  write(out: ProtoBuffer, point: DataPoint, series: OtlpSeries): void {
    const { numbers, sum } = point;
    const end = out.length;
    if (point.zeroThreshold > 0) out.doubleField(EXPONENTIAL_POINT.zeroThreshold, point.zeroThreshold);
    writeExemplars(out, EXPONENTIAL_POINT.exemplars, point.exemplars);
    writeRun(out, EXPONENTIAL_POINT.negative, point.negative, numbers);
    writeRun(out, EXPONENTIAL_POINT.positive, point.positive, numbers);
    out.fixed64Field(EXPONENTIAL_POINT.zeroCount, point.zeroCount);
    out.sintField(EXPONENTIAL_POINT.scale, point.scale);
    if (sum !== undefined) out.doubleField(EXPONENTIAL_POINT.sum, sum);
    out.fixed64Field(EXPONENTIAL_POINT.count, point.count);
    beginPoint(out, point, series, this.shape);
    out.message(DATA_POINTS, end);
  }
}

function writeRun(out: ProtoBuffer, tag: Tag, { offset, from, end }: BucketRun, counts: Float64Array): void {
  if (from === end) return;
  const runEnd = out.length;
  for (let i = end - 1; i >= from; i--) out.varint(counts[i]!);
  out.message(BUCKETS.bucketCounts, runEnd);
  out.sintField(BUCKETS.offset, offset);
  out.message(tag, runEnd);
}

class SummaryPointWriter implements PointWriter {
  private readonly shape = shapeOf(SUMMARY_POINT.attributes);
  private readonly quantiles: Float64Array;

  constructor(quantiles: readonly number[]) {
    this.quantiles = Float64Array.from(quantiles);
  }

  write(out: ProtoBuffer, point: DataPoint, series: OtlpSeries): void {
    const { quantiles } = this;
    const { numbers, at } = point;
    const end = out.length;
    for (let i = quantiles.length - 1; i >= 0; i--) {
      const quantileEnd = out.length;
      out.doubleFieldOf(VALUE_AT_QUANTILE.value, numbers, at + i);
      out.doubleFieldOf(VALUE_AT_QUANTILE.quantile, quantiles, i);
      out.message(SUMMARY_POINT.quantileValues, quantileEnd);
    }
    out.doubleFieldOf(SUMMARY_POINT.sum, numbers, at + quantiles.length);
    out.fixed64Field(SUMMARY_POINT.count, numbers[at + quantiles.length + 1]!);
    beginPoint(out, point, series, this.shape);
    out.message(DATA_POINTS, end);
  }
}

function shapeOf(attributesTag: Tag): SeriesShape {
  return { attributesTag, hasStart: true, isLone: false };
}

const loneSumWriter = new LonePointWriter(true);
const loneGaugeWriter = new LonePointWriter(false);
const sumWriter = new NumberPointWriter(true);
const gaugeWriter = new NumberPointWriter(false);
const exponentialWriter = new ExponentialPointWriter();
