/**
 * Proto histogram: the Metric message of one series, with classic buckets, native ones, or both.
 *
 * Everything is written from its end to its start, see proto-buffer.ts: fields with high numbers first.
 */
import { classicBucketsOf } from '../primitives/cell-sizes.js';
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import type { ExemplarReading } from '../registry/exemplars.js';
import { exemplarsOf } from '../registry/exemplars.js';
import { NativeBucketPlace } from '../registry/native-buckets.js';
import type { FamilySnapshot } from '../registry/snapshot.js';
import { BucketSpans } from './bucket-spans.js';
import { BUCKET, BUCKET_SPAN, HISTOGRAM, METRIC, METRIC_FAMILY } from './metric-fields.js';
import type { ProtoBuffer, Tag } from './proto-buffer.js';
import { writeExemplar } from './proto-messages.js';
import type { SeriesWriter } from './proto-metrics.js';
import type { ProtoSeries } from './proto-series.js';

const NO_EXEMPLARS: readonly ExemplarReading[] = [];

export class HistogramWriter implements SeriesWriter {
  /** Of the classic buckets, with `+Inf`; none at all when there are only native ones. */
  private readonly upperBounds: Float64Array;
  /** One number: of a family with native buckets. */
  private readonly zeroThreshold: Float64Array;
  private readonly native = new NativeBucketPlace();
  private readonly spans = new BucketSpans();

  constructor(
    private readonly encoded: ProtoSeries,
    descriptor: FamilyDescriptor,
  ) {
    const isClassic = classicBucketsOf(descriptor) > 0;
    this.zeroThreshold = Float64Array.of(descriptor.sketch?.zeroThreshold ?? 0);
    this.upperBounds = Float64Array.from(isClassic ? [...descriptor.bounds, Infinity] : []);
  }

  write(out: ProtoBuffer, family: FamilySnapshot, index: number): void {
    const { descriptor, values, stride } = family;
    // Classic buckets in their order, then the native ones.
    const exemplars = family.exemplars === undefined ? NO_EXEMPLARS : exemplarsOf(family, index);
    const sumAt = index * stride + descriptor.bounds.length + 1;
    const end = out.length;
    for (let i = exemplars.length - 1; i >= 0 && exemplars[i]!.bucket === 'native'; i--)
      writeExemplar(out, HISTOGRAM.exemplars, exemplars[i]!);
    this.encoded.copyCreated(out);
    if (this.native.find(family, index)) this.writeNative(out, values);
    this.writeClassic(out, values, sumAt, exemplars);
    out.doubleFieldOf(HISTOGRAM.sampleSum, values, sumAt);
    out.uintField(HISTOGRAM.sampleCount, sumOf(values, index * stride, sumAt));
    out.message(METRIC.histogram, end);
    this.encoded.copyLabels(out);
    out.message(METRIC_FAMILY.metric, end);
  }

  /** Classic buckets, whose counts end before `end` in `values`. */
  private writeClassic(
    out: ProtoBuffer,
    values: Float64Array,
    end: number,
    exemplars: readonly ExemplarReading[],
  ): void {
    const { upperBounds } = this;
    const at = end - upperBounds.length;
    let cumulative = sumOf(values, at, end);
    let left = exemplars.length - 1;
    while (left >= 0 && exemplars[left]!.bucket === 'native') left--;
    for (let i = upperBounds.length - 1; i >= 0; i--) {
      const bucketEnd = out.length;
      if (left >= 0 && exemplars[left]!.bucket === i) writeExemplar(out, BUCKET.exemplar, exemplars[left--]!);
      out.doubleFieldOf(BUCKET.upperBound, upperBounds, i);
      out.uintField(BUCKET.cumulativeCount, cumulative);
      out.message(HISTOGRAM.bucket, bucketEnd);
      cumulative -= values[at + i]!;
    }
  }

  private writeNative(out: ProtoBuffer, values: Float64Array): void {
    const { native, spans } = this;
    spans.layOut(values, native.positiveFrom, native.positiveEnd, native.positiveLow);
    const hasPositive = spans.spanCount > 0;
    if (hasPositive) this.writeSpans(out, HISTOGRAM.positiveSpan, HISTOGRAM.positiveDelta);
    spans.layOut(values, native.negativeFrom, native.negativeEnd, native.negativeLow);
    const hasNegative = spans.spanCount > 0;
    // Without any span, and with a threshold of 0, Prometheus would take it for a classic histogram.
    if (!hasPositive && !hasNegative) this.writeSpan(out, HISTOGRAM.positiveSpan, 0, 0);
    if (hasNegative) this.writeSpans(out, HISTOGRAM.negativeSpan, HISTOGRAM.negativeDelta);
    out.uintField(HISTOGRAM.zeroCount, native.zeroCount);
    out.doubleFieldOf(HISTOGRAM.zeroThreshold, this.zeroThreshold, 0);
    out.sintField(HISTOGRAM.schema, native.schema);
  }

  private writeSpans(out: ProtoBuffer, spanTag: Tag, deltaTag: Tag): void {
    const { offsets, lengths, deltas, spanCount, deltaCount } = this.spans;
    const end = out.length;
    for (let i = deltaCount - 1; i >= 0; i--) out.zigzag(deltas[i]!);
    out.message(deltaTag, end);
    for (let i = spanCount - 1; i >= 0; i--) this.writeSpan(out, spanTag, offsets[i]!, lengths[i]!);
  }

  private writeSpan(out: ProtoBuffer, tag: Tag, offset: number, length: number): void {
    const end = out.length;
    out.uintField(BUCKET_SPAN.length, length);
    out.sintField(BUCKET_SPAN.offset, offset);
    out.message(tag, end);
  }
}

/** Of counts: the snapshot has them also for a histogram that has native buckets only, all in `+Inf`. */
function sumOf(counts: Float64Array, from: number, end: number): number {
  let sum = 0;
  for (let i = from; i < end; i++) sum += counts[i]!;
  return sum;
}
