/** Merged registry: which metrics of several registries one registry shows. */
import type { MetricObjectWithValues } from '../primitives/readings.js';
import { aggregators } from './aggregators.js';
import type { GuestMetric, HousedMetric } from './guests.js';
import { isOwnFamily } from './own-families.js';

/**
 * What registries tell of themselves is summed; everything else is shown as it is.
 *
 * @param add throws when there is a metric of that name already
 */
export function addMerged(metrics: readonly HousedMetric[], add: (metric: HousedMetric) => void): void {
  const own = new Map<string, GuestMetric[]>();
  for (const housed of metrics) {
    const { name } = housed.metric;
    if (!isOwnFamily(name)) add(housed);
    else own.set(name, [...(own.get(name) ?? []), housed.metric]);
  }
  for (const [name, same] of own) add({ metric: { name, get: () => sumOf(same) }, home: undefined });
}

async function sumOf(metrics: readonly GuestMetric[]): Promise<MetricObjectWithValues | undefined> {
  const readings = await Promise.all(metrics.map(metric => metric.get()));
  return aggregators.sum(readings.filter(reading => reading !== undefined) as MetricObjectWithValues[]);
}
