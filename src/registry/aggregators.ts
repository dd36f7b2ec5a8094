/** Aggregators: several readings of one family made into one, by the name that a family has for it. */
import type { MetricObjectWithValues, MetricValue } from '../primitives/readings.js';

/** Undefined leaves the family out. */
export type AggregateFunction = (
  readings: readonly MetricObjectWithValues[],
) => MetricObjectWithValues | undefined;

type Values = readonly MetricValue[];

/** By the `aggregator` of the families: what is made of the samples that have the same name and labels. */
export const aggregators = {
  sum: aggregatorOf(values => values.reduce((sum, { value }) => sum + value, 0)),
  first: aggregatorOf(values => values[0]!.value),
  omit: (): undefined => undefined,
  average: aggregatorOf(values => values.reduce((sum, { value }) => sum + value, 0) / values.length),
  min: aggregatorOf(values => values.reduce((least, { value }) => Math.min(least, value), Infinity)),
  max: aggregatorOf(values => values.reduce((most, { value }) => Math.max(most, value), -Infinity)),
} satisfies Record<string, AggregateFunction>;

/** @param merge gets the samples of one name and label set, at least one */
function aggregatorOf(merge: (values: Values) => number): AggregateFunction {
  return readings => {
    const [first] = readings;
    if (first === undefined) return undefined;
    const samples = new Map<string, MetricValue[]>();
    for (const value of readings.flatMap(({ values }) => values)) {
      const key = keyOf(value);
      const same = samples.get(key);
      if (same === undefined) samples.set(key, [value]);
      else same.push(value);
    }
    const values = [...samples.values()].map(same => {
      const { labels, metricName } = same[0]!;
      return { value: merge(same), labels, ...(metricName === undefined ? {} : { metricName }) };
    });
    return { ...first, values };
  };
}

/** Two label sets are the same whatever the order of their keys, and no value can be taken for a separator. */
function keyOf({ metricName, labels }: MetricValue): string {
  const pairs = Object.entries(labels).map(([name, value]) => [name, String(value)]);
  pairs.sort(([a], [b]) => (a! < b! ? -1 : 1));
  return JSON.stringify([metricName ?? '', pairs]);
}
