/** Histograms of prom-client and its successor, with their 11 default bounds. */
import { Observations } from '../micro/observations.js';
import { OPERATIONS } from '../micro/operations.js';
import {
  HISTOGRAM_NAME,
  histogramWorkload,
  LABEL_NAMES,
  OBSERVED_VALUE,
  observeInTurn,
} from '../micro/text-totals.js';
import type { MicroCase } from '../micro/workload.js';
import type { PromImplementation } from './prom-library.js';

export function promHistogramCases(library: PromImplementation): MicroCase[] {
  return [
    {
      id: `histogram-observe/${library.key}`,
      operation: OPERATIONS['histogram-observe'],
      implementation: library.name,
      isVariant: library.isVariant,
      call: 'child.observe(0.3125)',
      setUp: async () => {
        const { registry, child } = await labelledHistogram(library);
        const observations = Observations.constant(OBSERVED_VALUE);
        return histogramWorkload(registry, observations, () => child.observe(OBSERVED_VALUE));
      },
    },
    {
      id: `histogram-cycle/${library.key}`,
      operation: OPERATIONS['histogram-cycle'],
      implementation: library.name,
      isVariant: library.isVariant,
      call: 'child.observe(values[i])',
      setUp: async () => {
        const { registry, child } = await labelledHistogram(library);
        const observations = Observations.cycle();
        const operation = observeInTurn(observations.values, value => child.observe(value));
        return histogramWorkload(registry, observations, operation);
      },
    },
    {
      id: `histogram-unlabelled/${library.key}`,
      operation: OPERATIONS['histogram-unlabelled'],
      implementation: library.name,
      isVariant: library.isVariant,
      call: 'histogram.observe(0.3125)',
      setUp: async () => {
        const { Histogram, Registry } = await library.load();
        const registry = new Registry();
        const histogram = new Histogram({ name: HISTOGRAM_NAME, help: 'x', registers: [registry] });
        const observations = Observations.constant(OBSERVED_VALUE);
        return histogramWorkload(registry, observations, () => histogram.observe(OBSERVED_VALUE));
      },
    },
  ];
}

async function labelledHistogram(library: PromImplementation) {
  const { Histogram, Registry } = await library.load();
  const registry = new Registry();
  const options = { name: HISTOGRAM_NAME, help: 'x', labelNames: LABEL_NAMES, registers: [registry] };
  return { registry, child: new Histogram(options).labels('GET', '200') };
}
