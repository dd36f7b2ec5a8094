/** The families with exponential buckets that sketch torture records into, and what is recorded, alike in every thread. */
import type { Histogram, Registry, Summary } from '../../src/index.js';
import { randomFrom } from '../seeded-random.js';

export const BOUNDS = [0.001, 1, 1_000];
export const SHAPES = { native: { maxBuckets: 40, schema: 6 }, dual: { maxBuckets: 24, schema: 3 } } as const;
export const ZERO_THRESHOLD = 2 ** -128;
export const SHARINGS = ['striped', 'atomic'] as const;

/** Every round is a series of its own, whose values spread ever wider: so sketches go over to other arrays all the time. */
const DISTINCT = 60;
export const VALUES: readonly number[] = Array.from(
  { length: DISTINCT },
  (_, i) => (i % 7 === 6 ? -1 : 1) * (1 + (i % 5) / 8) * 2 ** ((i % 2 === 0 ? 1 : -1) * (i / 4) ** 2),
);

export type SketchFamily = Histogram<'round'> | Summary<'round'>;

/** By name; of each kind one that has stripes, and one that all threads share. */
export function defineSketches(registry: Registry): Record<string, SketchFamily> {
  const families = SHARINGS.flatMap(sharing => {
    const common = { help: 'Observations.', labelNames: ['round'] as const, sharing };
    return [
      registry.histogram({ ...common, name: `native_${sharing}`, native: SHAPES.native }),
      registry.histogram({ ...common, name: `dual_${sharing}`, native: SHAPES.dual, buckets: BOUNDS }),
      registry.summary({ ...common, name: `summary_${sharing}`, percentiles: [0.5], maxBuckets: 60 }),
      registry.summary({
        ...common,
        name: `window_${sharing}`,
        percentiles: [0.5],
        maxBuckets: 60,
        maxAgeSeconds: 0.3,
        ageBuckets: 3,
      }),
    ] as SketchFamily[];
  });
  return Object.fromEntries(families.map(family => [family.name, family]));
}

/** What a worker observes in a round. */
export function valuesOf(seed: number, worker: number, round: number, count: number): number[] {
  const random = randomFrom(seed + worker * 7_919 + round * 104_729);
  return Array.from({ length: count }, (_, i) => {
    // Not 0: some values come before others of their kind, and some never.
    const reach = Math.ceil((DISTINCT * (i + 1)) / count);
    return random() < 0.02 ? 0 : VALUES[Math.floor(random() * reach)]!;
  });
}
