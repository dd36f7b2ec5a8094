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

export const PHASES = ['first', 'second', 'third'] as const;
/** Operations after which a worker removes the series that it has made since. */
export const CHURN_STEPS = 8;
/** Infos are set once in so many operations: each set looks at every slot. */
export const BUILD_STEPS = 64;

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
    sharedNative: registry.histogram({
      name: 'shared_native_seconds',
      help: 'One sketch for all.',
      native: { maxBuckets: 40 },
      sharing: 'atomic',
    }),
    marked: registry.counter({ name: 'marked_total', help: 'With exemplars.', enableExemplars: true }),
    phase: registry.stateSet({ name: 'phase', help: 'One state for all.', states: PHASES }),
    build: registry.info({ name: 'build', help: 'One label set for all.', labelNames: ['worker'] }),
    churned: registry.histogram({
      name: 'churned_seconds',
      help: 'Series that come and go.',
      labelNames: ['worker', 'step'],
      native: { maxBuckets: 20 },
    }),
    atomic: registry.counter({ name: 'atomic_total', help: 'One cell for all.', sharing: 'atomic' }),
  };
}
