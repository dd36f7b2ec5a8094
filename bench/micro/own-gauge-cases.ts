/** Gauges of this library. */
import { Registry } from '../../src/index.js';
import { OPERATIONS } from './operations.js';
import type { OwnImplementation } from './own-implementation.js';
import { WHY } from './own-implementation.js';
import { GAUGE_NAME, GAUGE_VALUE, gaugeIncWorkload, gaugeSetWorkload, LABEL_NAMES } from './text-totals.js';
import type { MicroCase } from './workload.js';

export function ownGaugeCases({ key: sharing, name }: OwnImplementation): MicroCase[] {
  const shared = { implementation: name, why: WHY.gauge[sharing] };
  return [
    {
      ...shared,
      id: `gauge-set/${sharing}`,
      operation: OPERATIONS['gauge-set'],
      call: 'handle.set(42.5)',
      setUp: () => {
        const registry = new Registry();
        const gauge = registry.gauge({ name: GAUGE_NAME, help: 'x', labelNames: LABEL_NAMES, sharing });
        const handle = gauge.labels('GET', '200');
        return gaugeSetWorkload(registry, () => handle.set(GAUGE_VALUE));
      },
    },
    {
      ...shared,
      id: `gauge-inc/${sharing}`,
      operation: OPERATIONS['gauge-inc'],
      call: 'handle.inc()',
      setUp: () => {
        const registry = new Registry();
        const gauge = registry.gauge({ name: GAUGE_NAME, help: 'x', labelNames: LABEL_NAMES, sharing });
        const handle = gauge.labels('GET', '200');
        return gaugeIncWorkload(registry, () => handle.inc());
      },
    },
    {
      ...shared,
      id: `gauge-unlabelled/${sharing}`,
      operation: OPERATIONS['gauge-unlabelled'],
      call: 'gauge.set(42.5)',
      setUp: () => {
        const registry = new Registry();
        const gauge = registry.gauge({ name: GAUGE_NAME, help: 'x', sharing });
        return gaugeSetWorkload(registry, () => gauge.set(GAUGE_VALUE));
      },
    },
  ];
}
