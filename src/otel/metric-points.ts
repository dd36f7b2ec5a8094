/**
 * Metric points: the families of a snapshot as the metrics of OpenTelemetry, cumulative since the creation of each series.
 *
 * A counter is a monotonic sum, a gauge a gauge, a histogram a histogram: an exponential one if it has native buckets, also
 * beside classic ones, as a metric has one type. The types of the SDK have no summaries, infos and state sets; they become
 * the gauges and sums that they are in the text format 0.0.4.
 */
import type { Attributes, HrTime } from '@opentelemetry/api';
import { ValueType } from '@opentelemetry/api';
import type {
  AggregationTemporality,
  DataPoint,
  DataPointType,
  ExponentialHistogram,
  Histogram,
  MetricData,
} from '@opentelemetry/sdk-metrics';
import { StaleSnapshotError } from '../errors.js';
import { INFO_SUFFIX, OVERFLOW_LABEL } from '../primitives/family-descriptor.js';
import type { ExemplarReading } from '../registry/exemplars.js';
import { exemplarsOf } from '../registry/exemplars.js';
import { nativeBucketsOf } from '../registry/native-buckets.js';
import type { FamilySnapshot } from '../registry/snapshot.js';

/** The values of the SDK's enumerations: only its types are needed here. */
const HISTOGRAM = 0 as DataPointType.HISTOGRAM;
const EXPONENTIAL_HISTOGRAM = 1 as DataPointType.EXPONENTIAL_HISTOGRAM;
const GAUGE = 2 as DataPointType.GAUGE;
const SUM = 3 as DataPointType.SUM;
const CUMULATIVE = 1 as AggregationTemporality.CUMULATIVE;

/** Base units of Prometheus, as UCUM has them. */
const UNITS: Readonly<Record<string, string>> = { seconds: 's', bytes: 'By', ratio: '1', celsius: 'Cel' };

/** A data point with what the SDK's own has no place for. */
export interface DataPointWithExemplars<T> extends DataPoint<T> {
  readonly exemplars?: readonly ExemplarReading[];
}

/** One series of a family: what each of its data points says besides the value. */
interface Point {
  readonly index: number;
  readonly attributes: Attributes;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly exemplars?: readonly ExemplarReading[];
}

/** @param nowMs since 1970: when the snapshot was taken */
export function metricsOf(family: FamilySnapshot, nowMs: number): MetricData[] {
  const points = pointsOf(family, hrTimeOf(nowMs / 1_000));
  const { descriptor } = family;
  switch (descriptor.type) {
    case 'counter':
      return [sumOf(family, descriptor.name, valuePoints(family, points))];
    case 'histogram':
      return [
        descriptor.sketch === null ? histogramOf(family, points) : exponentialHistogramOf(family, points),
      ];
    case 'summary':
      return summaryOf(family, points);
    case 'info':
      return [gaugeOf(family, descriptor.name + INFO_SUFFIX, valuePoints(family, points))];
    case 'stateset':
      return [gaugeOf(family, descriptor.name, statePoints(family, points))];
    case 'gauge':
      return [gaugeOf(family, descriptor.name, valuePoints(family, points))];
  }
}

function pointsOf(family: FamilySnapshot, endTime: HrTime): Point[] {
  const points: Point[] = [];
  for (const [index, series] of family.series.entries()) {
    try {
      const exemplars = exemplarsOf(family, index);
      points.push({
        index,
        attributes: attributesOf(family, index),
        startTime: hrTimeOf(series.createdSeconds),
        endTime,
        ...(exemplars.length > 0 && { exemplars }),
      });
    } catch (error) {
      // Removed since the snapshot, and on its way to another series: it is not there any longer.
      if (!(error instanceof StaleSnapshotError)) throw error;
    }
  }
  return points;
}

/** Labels without a value are not there, in Prometheus as well. */
function attributesOf({ descriptor, series, threads }: FamilySnapshot, index: number): Attributes {
  const entry = series[index]!;
  if (entry.isOverflow) return { [OVERFLOW_LABEL]: 'true' };
  const values = entry.labelValues();
  const attributes = Object.fromEntries(
    descriptor.labelNames.map((name, i) => [name, values[i]!] as const).filter(([, value]) => value !== ''),
  );
  return threads === undefined ? attributes : { ...attributes, thread: threads[index]! };
}

function pointWith<T>(point: Point, value: T): DataPointWithExemplars<T> {
  const { attributes, startTime, endTime, exemplars } = point;
  return { attributes, startTime, endTime, value, ...(exemplars !== undefined && { exemplars }) };
}

function valuePoints({ values }: FamilySnapshot, points: readonly Point[]): DataPoint<number>[] {
  return finite(points.map(point => pointWith(point, values[point.index]!)));
}

/** JSON has no infinities and no NaN: a receiver would take what is written for them for nothing, or refuse the batch. */
function finite(points: DataPoint<number>[]): DataPoint<number>[] {
  return points.filter(({ value }) => Number.isFinite(value));
}

/** As finite(), of a histogram, which may do without its sum. */
function sumIfFinite(sum: number): { sum?: number } {
  return Number.isFinite(sum) ? { sum } : {};
}

function statePoints({ descriptor, values }: FamilySnapshot, points: readonly Point[]): DataPoint<number>[] {
  return points.flatMap(point =>
    descriptor.states.map((state, i) => ({
      ...pointWith(point, values[point.index] === i ? 1 : 0),
      attributes: { ...point.attributes, [descriptor.name]: state },
    })),
  );
}

function histogramOf(family: FamilySnapshot, points: readonly Point[]): MetricData {
  const { descriptor, values, stride } = family;
  return {
    ...described(family, descriptor.name),
    dataPointType: HISTOGRAM,
    dataPoints: points.map(point => {
      const at = point.index * stride;
      const counts = Array.from(values.subarray(at, at + descriptor.bounds.length + 1));
      return pointWith<Histogram>(point, {
        buckets: { boundaries: [...descriptor.bounds], counts },
        count: totalOf(counts),
        ...sumIfFinite(values[at + counts.length]!),
      });
    }),
  };
}

function exponentialHistogramOf(family: FamilySnapshot, points: readonly Point[]): MetricData {
  const { descriptor, values, stride } = family;
  return {
    ...described(family, descriptor.name),
    dataPointType: EXPONENTIAL_HISTOGRAM,
    dataPoints: points.map(point => {
      const native = nativeBucketsOf(family, point.index)!;
      // Prometheus names a bucket by its upper bound, OpenTelemetry by its lower one.
      const positive = {
        offset: native.positiveLow - 1,
        bucketCounts: Array.from(native.positiveCounts),
      };
      const negative = {
        offset: native.negativeLow - 1,
        bucketCounts: Array.from(native.negativeCounts),
      };
      return pointWith<ExponentialHistogram>(point, {
        scale: native.schema,
        zeroCount: native.zeroCount,
        positive,
        negative,
        count: native.zeroCount + totalOf(positive.bucketCounts) + totalOf(negative.bucketCounts),
        ...sumIfFinite(values[point.index * stride + descriptor.bounds.length + 1]!),
      });
    }),
  };
}

function summaryOf(family: FamilySnapshot, points: readonly Point[]): MetricData[] {
  const { descriptor, values, stride } = family;
  const { name, quantiles } = descriptor;
  const valueAt = ({ index }: Point, i: number): number => values[index * stride + i]!;
  const quantilePoints = points.flatMap(point =>
    quantiles.map((quantile, i) => ({
      ...pointWith(point, valueAt(point, i)),
      attributes: { ...point.attributes, quantile: String(quantile) },
    })),
  );
  const partOf = (i: number): DataPoint<number>[] =>
    finite(points.map(point => pointWith(point, valueAt(point, i))));
  return [
    gaugeOf(family, name, finite(quantilePoints)),
    // Not monotonic: observations may be negative.
    { ...sumOf(family, `${name}_sum`, partOf(quantiles.length)), isMonotonic: false },
    { ...sumOf(family, `${name}_count`, partOf(quantiles.length + 1)) },
  ];
}

function sumOf(family: FamilySnapshot, name: string, dataPoints: DataPoint<number>[]) {
  return { ...described(family, name), dataPointType: SUM, isMonotonic: true, dataPoints } as const;
}

function gaugeOf(family: FamilySnapshot, name: string, dataPoints: DataPoint<number>[]): MetricData {
  return { ...described(family, name), dataPointType: GAUGE, dataPoints };
}

function described({ descriptor }: FamilySnapshot, name: string) {
  const { help, unit } = descriptor;
  return {
    descriptor: { name, description: help, unit: UNITS[unit] ?? unit, valueType: ValueType.DOUBLE },
    aggregationTemporality: CUMULATIVE,
  };
}

function totalOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

function hrTimeOf(seconds: number): HrTime {
  const whole = Math.floor(seconds);
  return [whole, Math.round((seconds - whole) * 1e9)];
}
