/** Histograms of this library, with the 11 default bounds. */
import { Registry } from '../../src/index.js';
import { Observations } from './observations.js';
import { OPERATIONS } from './operations.js';
import type { OwnImplementation } from './own-implementation.js';
import { WHY } from './own-implementation.js';
import {
  HISTOGRAM_NAME,
  histogramWorkload,
  LABEL_NAMES,
  OBSERVED_VALUE,
  observeInTurn,
} from './text-totals.js';
import type { MicroCase } from './workload.js';

export function ownHistogramCases({ key: sharing, name }: OwnImplementation): MicroCase[] {
  const shared = { implementation: name, why: WHY.histogram[sharing] };
  return [
    {
      ...shared,
      id: `histogram-observe/${sharing}`,
      operation: OPERATIONS['histogram-observe'],
      call: 'handle.observe(0.3125)',
      setUp: () => {
        const registry = new Registry();
        const options = { name: HISTOGRAM_NAME, help: 'x', labelNames: LABEL_NAMES, sharing };
        const handle = registry.histogram(options).labels('GET', '200');
        const observations = Observations.constant(OBSERVED_VALUE);
        return histogramWorkload(registry, observations, () => handle.observe(OBSERVED_VALUE));
      },
    },
    {
      ...shared,
      id: `histogram-cycle/${sharing}`,
      operation: OPERATIONS['histogram-cycle'],
      call: 'handle.observe(values[i])',
      setUp: () => {
        const registry = new Registry();
        const options = { name: HISTOGRAM_NAME, help: 'x', labelNames: LABEL_NAMES, sharing };
        const handle = registry.histogram(options).labels('GET', '200');
        const observations = Observations.cycle();
        const operation = observeInTurn(observations.values, value => handle.observe(value));
        return histogramWorkload(registry, observations, operation);
      },
    },
    {
      ...shared,
      id: `histogram-unlabelled/${sharing}`,
      operation: OPERATIONS['histogram-unlabelled'],
      call: 'histogram.observe(0.3125)',
      setUp: () => {
        const registry = new Registry();
        const histogram = registry.histogram({ name: HISTOGRAM_NAME, help: 'x', sharing });
        const observations = Observations.constant(OBSERVED_VALUE);
        return histogramWorkload(registry, observations, () => histogram.observe(OBSERVED_VALUE));
      },
    },
  ];
}
