/** The exemplars of a registry, as a scrape of this thread would find them. */
import { exemplarsOf } from '../../src/index.js';
import type { ExemplarReading, Registry } from '../../src/index.js';

/** By family name, and the label values of the series: `c{GET,200}`; the overflow series is `c{overflow}`. */
export function shownExemplars(registry: Registry): Record<string, readonly ExemplarReading[]> {
  const shown: Record<string, readonly ExemplarReading[]> = {};
  for (const family of registry.snapshot().families) {
    family.series.forEach((series, i) => {
      const exemplars = exemplarsOf(family, i);
      const labels = series.isOverflow ? 'overflow' : series.labelValues().join();
      if (exemplars.length > 0) shown[`${family.descriptor.name}{${labels}}`] = exemplars;
    });
  }
  return shown;
}

/** As `bucket: value id` of each, for exemplars that have a label `id`. */
export function shownIds(registry: Registry): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(shownExemplars(registry)).map(([series, exemplars]) => [
      series,
      exemplars.map(({ bucket, value, labels }) => `${bucket}: ${value} ${labels['id']}`),
    ]),
  );
}
