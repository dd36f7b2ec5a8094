/** Gauges of prom-client and its successor. */
import { OPERATIONS } from '../micro/operations.js';
import {
  GAUGE_NAME,
  GAUGE_VALUE,
  gaugeIncWorkload,
  gaugeSetWorkload,
  LABEL_NAMES,
} from '../micro/text-totals.js';
import type { MicroCase } from '../micro/workload.js';
import type { PromImplementation } from './prom-library.js';

export function promGaugeCases(library: PromImplementation): MicroCase[] {
  return [
    {
      id: `gauge-set/${library.key}`,
      operation: OPERATIONS['gauge-set'],
      implementation: library.name,
      isVariant: library.isVariant,
      call: 'child.set(42.5)',
      setUp: async () => {
        const { registry, child } = await labelledGauge(library);
        return gaugeSetWorkload(registry, () => child.set(GAUGE_VALUE));
      },
    },
    {
      id: `gauge-inc/${library.key}`,
      operation: OPERATIONS['gauge-inc'],
      implementation: library.name,
      isVariant: library.isVariant,
      call: 'child.inc()',
      setUp: async () => {
        const { registry, child } = await labelledGauge(library);
        return gaugeIncWorkload(registry, () => child.inc());
      },
    },
    {
      id: `gauge-unlabelled/${library.key}`,
      operation: OPERATIONS['gauge-unlabelled'],
      implementation: library.name,
      isVariant: library.isVariant,
      call: 'gauge.set(42.5)',
      setUp: async () => {
        const { Gauge, Registry } = await library.load();
        const registry = new Registry();
        const gauge = new Gauge({ name: GAUGE_NAME, help: 'x', registers: [registry] });
        return gaugeSetWorkload(registry, () => gauge.set(GAUGE_VALUE));
      },
    },
  ];
}

async function labelledGauge(library: PromImplementation) {
  const { Gauge, Registry } = await library.load();
  const registry = new Registry();
  const gauge = new Gauge({ name: GAUGE_NAME, help: 'x', labelNames: LABEL_NAMES, registers: [registry] });
  return { registry, child: gauge.labels('GET', '200') };
}
