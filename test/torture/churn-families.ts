/** The families that threads churn together, defined alike in each of them. */
import type { Registry } from '../../src/index.js';

/** Series of one worker in each of its families, at most; the limits are exactly that of all workers. */
export const LIVE_MAX = 300;
export const WORKERS = 3;
/** Removals that the slowest thread may lag behind. The registry has slots for several times as many. */
export const LAG_MAX = 4_000;
export const SHARED_SERIES = 60;

/** Every recording of a series is a multiple of its own prime: whoever writes into a stranger is seen. */
export const PRIMES = [1_009, 1_013, 1_019, 1_021, 1_031, 1_033, 1_039, 1_049, 1_051, 1_061, 1_063];

export function primeOf(id: number): number {
  return PRIMES[id % PRIMES.length]!;
}

export function defineChurned(registry: Registry) {
  const own = {
    help: 'Churned.',
    labelNames: ['worker', 'batch', 'id'] as const,
    seriesMax: WORKERS * LIVE_MAX,
  };
  return {
    counter: registry.counter({ name: 'own_total', ...own }),
    gauge: registry.gauge({ name: 'own_now', ...own }),
    histogram: registry.histogram({ name: 'own_size', ...own, buckets: [2_000] }),
    /** Recorded into and removed by all threads at once. */
    shared: registry.counter({
      name: 'shared_total',
      help: 'Churned by all.',
      labelNames: ['group', 'id'],
      seriesMax: SHARED_SERIES,
    }),
  };
}
