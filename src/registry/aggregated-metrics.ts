/**
 * Aggregated metrics: what several registries gave as JSON, of any client library, as metrics of one.
 *
 * Two things are lost on the way through JSON and cannot be made up for: quantiles have no sum, so those of summaries that
 * come more than once are left out, and an average is one of averages. Snapshots of processes have neither problem.
 */
import { inspect } from 'node:util';
import type { MetricObjectWithValues } from '../primitives/readings.js';
import { INFO_SUFFIX } from '../primitives/family-descriptor.js';
import { aggregators } from './aggregators.js';
import type { AggregateFunction } from './aggregators.js';
import type { RegistryContentType } from './content-types.js';
import type { GuestMetric } from './guests.js';

type Metrics = readonly MetricObjectWithValues[];
/** What getMetricsAsJSON() of each registry returned. */
export type Readings = readonly Metrics[];

/** What prom-client has no name for. Threads of two processes may have one id. */
const FURTHER: Readonly<Record<string, AggregateFunction>> = {
  last: metrics => aggregators.first(metrics.toReversed()),
  thread: metrics => aggregators.sum(metrics),
};

/** What of a registry shows metrics that live nowhere. */
interface Shower {
  setContentType(contentType: RegistryContentType): void;
  registerMetric(metric: GuestMetric): void;
}

/**
 * @throws TypeError when `metrics` is not what getMetricsAsJSON() of several registries returned; Error for a content type
 *   that is none, and for an aggregator that there is not
 */
export function showAggregated<R extends Shower>(
  registry: R,
  metrics: Readings,
  contentType: RegistryContentType,
): R {
  checkReadings(metrics);
  registry.setContentType(contentType);
  for (const metric of aggregatedMetrics(metrics)) registry.registerMetric(metric);
  return registry;
}

function checkReadings(metrics: unknown): void {
  const isReading = (metric: unknown): boolean =>
    typeof metric === 'object' && metric !== null && 'name' in metric && 'values' in metric;
  if (Array.isArray(metrics) && metrics.flat().every(isReading)) return;
  const shown = inspect(metrics, {
    depth: 1,
    maxArrayLength: 1,
    maxStringLength: 100,
    breakLength: Infinity,
  });
  throw new TypeError(
    `cannot aggregate ${shown}: pass an array with what getMetricsAsJSON() of each registry resolved to`,
  );
}

function aggregatedMetrics(registries: Readings): GuestMetric[] {
  const byName = new Map<string, MetricObjectWithValues[]>();
  for (const metric of registries.flat()) {
    const same = byName.get(metric.name);
    if (same === undefined) byName.set(metric.name, [metric]);
    else same.push(metric);
  }
  return [...byName.values()].flatMap(metrics => {
    const aggregated = aggregatorOf(metrics[0]!)(withoutQuantiles(metrics));
    return aggregated === undefined ? [] : guestOf(aggregated);
  });
}

function aggregatorOf({ aggregator }: MetricObjectWithValues): AggregateFunction {
  const name: string = aggregator ?? 'sum';
  if (Object.hasOwn(aggregators, name)) return aggregators[name as keyof typeof aggregators];
  if (Object.hasOwn(FURTHER, name)) return FURTHER[name]!;
  throw new Error(`'${name}' is not a defined aggregator.`);
}

function withoutQuantiles(metrics: Metrics): Metrics {
  if (metrics.length === 1) return metrics;
  return metrics.map(metric => {
    if (metric.type !== 'summary') return metric;
    return { ...metric, values: metric.values.filter(({ labels }) => !Object.hasOwn(labels, 'quantile')) };
  });
}

/** Guests have the types that other client libraries have: an info and a state set are gauges to them. */
function guestOf(metric: MetricObjectWithValues): GuestMetric {
  if (metric.type !== 'info') return { ...metric, get: () => metric };
  const gauge = { ...metric, name: metric.name + INFO_SUFFIX, type: 'gauge' };
  return { ...gauge, get: () => gauge };
}
