/** A meter of the OpenTelemetry SDK with a reader, without which the SDK would record nothing. */
import type { Meter } from '@opentelemetry/api';
import type { DataPoint, ExponentialHistogram, Histogram, MetricData } from '@opentelemetry/sdk-metrics';
import type { Totals } from '../micro/workload.js';

export interface OpenMeter {
  readonly meter: Meter;
  /** The totals of the only instrument. */
  readonly readTotals: () => Promise<Totals>;
}

/** @param isExponential histograms get exponential buckets instead of the boundaries that they advise */
export async function openMeter(isExponential = false): Promise<OpenMeter> {
  const { AggregationType, DataPointType, MeterProvider, MetricReader } =
    await import('@opentelemetry/sdk-metrics');
  class PullReader extends MetricReader {
    protected override async onShutdown(): Promise<void> {}
    protected override async onForceFlush(): Promise<void> {}
  }
  const reader = new PullReader();
  const views = isExponential
    ? [{ instrumentName: '*', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } as const }]
    : [];
  const meter = new MeterProvider({ readers: [reader], views }).getMeter('bench');
  const readTotals = async (): Promise<Totals> => {
    const { resourceMetrics } = await reader.collect();
    const metric: MetricData = resourceMetrics.scopeMetrics[0].metrics[0];
    if (metric.dataPointType === DataPointType.EXPONENTIAL_HISTOGRAM)
      return exponentialTotals(metric.dataPoints as DataPoint<ExponentialHistogram>[]);
    return metric.dataPointType === DataPointType.HISTOGRAM
      ? histogramTotals(metric.dataPoints as DataPoint<Histogram>[])
      : { value: sumOf(metric.dataPoints as DataPoint<number>[], point => point.value) };
  };
  return { meter, readTotals };
}

function histogramTotals(points: readonly DataPoint<Histogram>[]): Totals {
  return {
    count: sumOf(points, point => point.value.count),
    sum: sumOf(points, point => point.value.sum ?? NaN),
    buckets: sumOf(points, point => cumulativeTotal(point.value.buckets.counts)),
  };
}

function exponentialTotals(points: readonly DataPoint<ExponentialHistogram>[]): Totals {
  return {
    count: sumOf(points, point => point.value.count),
    sum: sumOf(points, point => point.value.sum ?? NaN),
  };
}

/** Sum of the cumulative buckets, as the text format has them, from the counts of single ones. */
function cumulativeTotal(counts: readonly number[]): number {
  return counts.reduce((total, count, index) => total + count * (counts.length - index), 0);
}

function sumOf<T>(items: readonly T[], valueOf: (item: T) => number): number {
  return items.reduce((sum, item) => sum + valueOf(item), 0);
}
