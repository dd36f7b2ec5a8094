/** The families that torture records into, defined alike in every thread. */
import type { Registry } from '../../src/index.js';

/** One operation records once into each of these; `carry` steps over a half turn with every second one. */
export const STEP = 3;
export const CARRY_STEP = 2 ** 30;

/** Observed in turn: powers of two of both signs from the middle outwards, so that sketches widen and coarsen all the time. */
export const RANGED_VALUES = Array.from(
  { length: 80 },
  (_, i) => (i % 2 === 0 ? 1 : -1) * 2 ** ((i % 4 < 2 ? 1 : -1) * (i >> 2)),
);

export function defineTortured(registry: Registry) {
  return {
    steps: registry.counter({ name: 'steps_total', help: 'Steps.' }),
    carry: registry.counter({ name: 'carry_total', help: 'Large increments.' }),
    fraction: registry.counter({ name: 'fraction_total', help: 'Halves.', labelNames: ['kind'] }),
    latency: registry.histogram({ name: 'latency_seconds', help: 'Latency.', buckets: [0.5, 1, 2] }),
    native: registry.histogram({ name: 'native_seconds', help: 'Any range.', native: { maxBuckets: 40 } }),
    dual: registry.histogram({
      name: 'dual_seconds',
      help: 'Both kinds.',
      native: true,
      buckets: [0.5, 1, 2],
    }),
    summary: registry.summary({ name: 'summary_seconds', help: 'All time.', maxBuckets: 200 }),
    window: registry.summary({ name: 'window_seconds', help: 'Lately.', maxAgeSeconds: 0.3, ageBuckets: 3 }),
    depth: registry.gauge({ name: 'depth', help: 'Depth.', labelNames: ['kind'] }),
    own: registry.counter({ name: 'own_total', help: 'One series for each worker.', labelNames: ['worker'] }),
    atomic: registry.counter({ name: 'atomic_total', help: 'One cell for all.', sharing: 'atomic' }),
  };
}
