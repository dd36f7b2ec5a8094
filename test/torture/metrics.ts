/** The families that torture records into, defined alike in every thread. */
import type { Registry } from '../../src/index.js';

/** One operation records once into each of these; `carry` steps over a half turn with every second one. */
export const STEP = 3;
export const CARRY_STEP = 2 ** 30;

export function defineTortured(registry: Registry) {
  return {
    steps: registry.counter({ name: 'steps_total', help: 'Steps.' }),
    carry: registry.counter({ name: 'carry_total', help: 'Large increments.' }),
    fraction: registry.counter({ name: 'fraction_total', help: 'Halves.', labelNames: ['kind'] }),
    latency: registry.histogram({ name: 'latency_seconds', help: 'Latency.', buckets: [0.5, 1, 2] }),
    depth: registry.gauge({ name: 'depth', help: 'Depth.', labelNames: ['kind'] }),
    own: registry.counter({ name: 'own_total', help: 'One series for each worker.', labelNames: ['worker'] }),
    atomic: registry.counter({ name: 'atomic_total', help: 'One cell for all.', sharing: 'atomic' }),
  };
}
