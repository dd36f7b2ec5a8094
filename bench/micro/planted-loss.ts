/** A case that records one call less than it makes: proof that the benches would notice. */
import { Registry } from '../../src/index.js';
import { COUNTER_NAME, counterWorkload } from './text-totals.js';
import type { MicroCase } from './workload.js';

/** Within what every case makes before it is measured. */
const LOST_CALL = 10_000;

export const PLANTED_LOSS: MicroCase = {
  id: 'planted-loss/striped',
  operation: 'counter that loses one call',
  implementation: 'planted',
  call: 'handle.inc()',
  isHidden: true,
  setUp: () => {
    const registry = new Registry();
    const counter = registry.counter({ name: COUNTER_NAME, help: 'x' });
    let calls = 0;
    return counterWorkload(registry, 1, () => {
      if (++calls !== LOST_CALL) counter.inc();
    });
  },
};
