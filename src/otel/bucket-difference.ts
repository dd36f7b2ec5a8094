/**
 * Bucket difference: what an exponential histogram has counted between two looks at it.
 *
 *     before, schema 1    | 2 | 3 | 1 | . |          counts of buckets, finer
 *     now,    schema 0      |   7   |   4   |        the range of values has grown, so two became one
 *     before, schema 0      |   5   |   1   |
 *     difference            |   2   |   3   |
 *
 * Bounds of a coarser schema are bounds of every finer one, so what was counted before goes into the coarser buckets whole.
 */
import type { BucketRun } from './point.js';

/** Counts of buckets that lie side by side, the first one by its index in OpenTelemetry, at a schema. */
export interface CountedRun {
  readonly schema: number;
  readonly offset: number;
  readonly counts: Float64Array;
  readonly from: number;
  readonly end: number;
}

/**
 * Writes the counts of `now` less those of `before`, at this schema, which is no finer than either's, to `out` from `at` on.
 *
 * @returns how many numbers it has taken
 */
export function subtractCounts(
  now: CountedRun,
  before: CountedRun | undefined,
  schema: number,
  target: { readonly out: Float64Array; readonly at: number; readonly run: BucketRun },
): number {
  const { out, at, run } = target;
  const shift = now.schema - schema;
  const length = now.end - now.from;
  const first = now.offset >> shift;
  const size = length === 0 ? 0 : ((now.offset + length - 1) >> shift) - first + 1;
  out.fill(0, at, at + size);
  for (let i = 0; i < length; i++) {
    const index = at + ((now.offset + i) >> shift) - first;
    out[index] = out[index]! + now.counts[now.from + i]!;
  }
  if (before !== undefined) takeAway(before, schema, first, { out, at, size });
  run.offset = first;
  run.from = at;
  run.end = at + size;
  run.trim(out);
  return size;
}

/** Buckets never lose counts, so what was counted before lies within the buckets of now. */
function takeAway(
  before: CountedRun,
  schema: number,
  first: number,
  { out, at, size }: { readonly out: Float64Array; readonly at: number; readonly size: number },
): void {
  const shift = before.schema - schema;
  for (let i = before.from; i < before.end; i++) {
    const index = ((before.offset + i - before.from) >> shift) - first;
    if (index >= 0 && index < size) out[at + index] = out[at + index]! - before.counts[i]!;
  }
}
