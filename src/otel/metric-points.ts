/**
 * Metric points: the families of a snapshot as the metrics of OpenTelemetry, cumulative since the creation of each series.
 *
 * A counter is a monotonic sum, a gauge a gauge, a histogram a histogram: an exponential one if it has native buckets, also
 * beside classic ones, as a metric has one type. The types of the SDK have no summaries; they become the gauges and sums that
 * they are in the text format 0.0.4.
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
import type { ExemplarReading } from '../registry/exemplars.js';
import { exemplarsOf } from '../registry/exemplars.js';
import { nativeBucketsOf } from '../registry/native-buckets.js';
import type { FamilySnapshot } from '../registry/snapshot.js';
import { isTarget } from './instrument-metrics.js';
import type { MetricIdentity, MetricScope } from './metric-identity.js';
import { attributesOf, freeKey, metricOf } from './metric-identity.js';

/** The values of the SDK's enumerations: only its types are needed here. */
const HISTOGRAM = 0 as DataPointType.HISTOGRAM;
const EXPONENTIAL_HISTOGRAM = 1 as DataPointType.EXPONENTIAL_HISTOGRAM;
const GAUGE = 2 as DataPointType.GAUGE;
const SUM = 3 as DataPointType.SUM;
const CUMULATIVE = 1 as AggregationTemporality.CUMULATIVE;

/** A data point with what the SDK's own has no place for. */
export interface DataPointWithExemplars<T> extends DataPoint<T> {
  readonly exemplars?: readonly ExemplarReading[];
}

/** The metrics of one scope. */
export interface ScopedMetrics {
  readonly scope: MetricScope;
  readonly metrics: MetricData[];
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
export function metricsOf(families: readonly FamilySnapshot[], nowMs: number): ScopedMetrics[] {
  const byScope = new Map<MetricScope, MetricData[]>();
  for (const family of families) {
    if (isTarget(family.descriptor)) continue;
    for (const [metric, points] of pointsByMetric(family, hrTimeOf(nowMs / 1_000))) {
      const metrics = byScope.get(metric.scope) ?? [];
      byScope.set(metric.scope, metrics);
      metrics.push(...metricsWith(family, metric, points));
    }
  }
  return [...byScope].map(([scope, metrics]) => ({ scope, metrics }));
}

function metricsWith(family: FamilySnapshot, metric: MetricIdentity, points: readonly Point[]): MetricData[] {
  switch (metric.kind) {
    case 'sum':
    case 'upDownSum':
      return [sumOf(metric, valuePoints(family, points), metric.kind === 'sum')];
    case 'histogram':
      return [histogramOf(family, metric, points)];
    case 'exponentialHistogram':
      return [exponentialHistogramOf(family, metric, points)];
    case 'summary':
      return summaryOf(family, metric, points);
    case 'gauge':
      return [
        gaugeOf(
          metric,
          family.descriptor.type === 'stateset' ? statePoints(family, points) : valuePoints(family, points),
        ),
      ];
  }
}

function pointsByMetric(family: FamilySnapshot, endTime: HrTime): Map<MetricIdentity, Point[]> {
  const byMetric = new Map<MetricIdentity, Point[]>();
  for (const [index, series] of family.series.entries()) {
    try {
      const exemplars = exemplarsOf(family, index);
      const metric = metricOf(family, index);
      const points = byMetric.get(metric) ?? [];
      byMetric.set(metric, points);
      points.push({
        index,
        attributes: attributesAt(family, index),
        startTime: hrTimeOf(series.createdSeconds),
        endTime,
        ...(exemplars.length > 0 && { exemplars }),
      });
    } catch (error) {
      // Removed since the snapshot, and on its way to another series: it is not there any longer.
      if (!(error instanceof StaleSnapshotError)) throw error;
    }
  }
  return byMetric;
}

function attributesAt(family: FamilySnapshot, index: number): Attributes {
  // A list of attributes may lack values, which the type of the API writes in another way.
  const attributes = Object.fromEntries(attributesOf(family, index)) as Attributes;
  if (family.threads === undefined) return attributes;
  return { ...attributes, [freeKey('thread', family, index)]: family.threads[index]! };
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

function statePoints(family: FamilySnapshot, points: readonly Point[]): DataPoint<number>[] {
  const { descriptor, values } = family;
  return points.flatMap(point => {
    const key = freeKey(descriptor.name, family, point.index);
    return descriptor.states.map((state, i) => ({
      ...pointWith(point, values[point.index] === i ? 1 : 0),
      attributes: { ...point.attributes, [key]: state },
    }));
  });
}

function histogramOf(family: FamilySnapshot, metric: MetricIdentity, points: readonly Point[]): MetricData {
  const { descriptor, values, stride } = family;
  return {
    ...described(metric),
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

function exponentialHistogramOf(
  family: FamilySnapshot,
  metric: MetricIdentity,
  points: readonly Point[],
): MetricData {
  const { descriptor, values, stride } = family;
  return {
    ...described(metric),
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

function summaryOf(family: FamilySnapshot, metric: MetricIdentity, points: readonly Point[]): MetricData[] {
  const { descriptor, values, stride } = family;
  const { quantiles } = descriptor;
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
    gaugeOf(metric, finite(quantilePoints)),
    // Not monotonic: observations may be negative.
    sumOf({ ...metric, name: `${metric.name}_sum` }, partOf(quantiles.length), false),
    sumOf({ ...metric, name: `${metric.name}_count` }, partOf(quantiles.length + 1), true),
  ];
}

function sumOf(metric: MetricIdentity, dataPoints: DataPoint<number>[], isMonotonic: boolean): MetricData {
  return { ...described(metric), dataPointType: SUM, isMonotonic, dataPoints };
}

function gaugeOf(metric: MetricIdentity, dataPoints: DataPoint<number>[]): MetricData {
  return { ...described(metric), dataPointType: GAUGE, dataPoints };
}

function described({ name, description, unit }: MetricIdentity) {
  return {
    descriptor: { name, description, unit, valueType: ValueType.DOUBLE },
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
