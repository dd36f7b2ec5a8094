/** Families with exemplars, defined alike in every thread, and exemplars that say themselves whether they are whole. */
import type { ExemplarLabels, ExemplarReading, Registry } from '../../src/index.js';

export const BOUNDS: readonly number[] = [10, 100, 1_000];
/** One value in each bucket. */
export const VALUES: readonly number[] = [5, 50, 500, 5_000];

export function defineExemplars(registry: Registry) {
  return {
    own: registry.counter({ name: 'own_total', help: 'Striped.', enableExemplars: true }),
    shared: registry.counter({
      name: 'shared_total',
      help: 'One cell for all.',
      sharing: 'atomic',
      enableExemplars: true,
    }),
    spread: registry.histogram({
      name: 'spread',
      help: 'Classic buckets.',
      buckets: [...BOUNDS],
      enableExemplars: true,
    }),
    native: registry.histogram({
      name: 'native',
      help: 'Native buckets.',
      native: true,
      enableExemplars: true,
    }),
  };
}

/** Labels for the value of one round of one worker: of many lengths, and another `check` for every combination. */
export function labelsFor(row: number, round: number, value: number): ExemplarLabels {
  const trail = 'x'.repeat((row * 7 + round) % 60);
  return { row, round, trail, check: checkOf(row, round, value) };
}

/** What is wrong with an exemplar; undefined when it is one that a worker has given. */
export function problemWith({ bucket, value, labels }: ExemplarReading): string | undefined {
  const [row, round] = [Number(labels['row']), Number(labels['round'])];
  const given = labelsFor(row, round, value);
  const isWhole = Object.keys(given).every(name => labels[name] === String(given[name]));
  const isInBucket = typeof bucket !== 'number' || bucket === 0 || value > (BOUNDS[bucket - 1] ?? Infinity);
  return isWhole && isInBucket ? undefined : `${value} in bucket ${bucket} with ${JSON.stringify(labels)}`;
}

function checkOf(row: number, round: number, value: number): number {
  return (
    (Math.imul(row + 1, 0x9e37_79b1) ^ Math.imul(round + 1, 0x85eb_ca6b) ^ Math.imul(value, 0xc2b2_ae35)) >>>
    0
  );
}
