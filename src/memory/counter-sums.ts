/**
 * Counter sums: striped counters over all stripes, for a scrape of many of them.
 *
 * Two stripes at a time: one pass over the counters for both takes half the time of one for each, and less than half of
 * one that has the stripes of every counter in a loop of its own; measured in bench/scrape.
 */
import { stripedCounterAt } from './counter-cell.js';
import { U64_BYTES } from './layout.js';

/** Byte offsets of cells are divided by it as integers. */
const U64_BITS = Math.log2(U64_BYTES);

/**
 * Adds up `count` counters into `out`.
 *
 * @param stripes byte offsets of the stripes
 * @param cells byte offsets of the counters in each of them
 */
export function sumCounters(
  doubles: Float64Array,
  stripes: readonly number[],
  cells: Uint32Array,
  count: number,
  out: Float64Array,
): void {
  const odd = stripes.length % 2;
  if (odd === 1) readStripe(doubles, stripes[0]! / U64_BYTES, cells, count, out);
  else out.fill(0, 0, count);
  for (let k = odd; k < stripes.length; k += 2)
    addPair(doubles, stripes[k]! / U64_BYTES, stripes[k + 1]! / U64_BYTES, cells, count, out);
}

/** @param base index of the first double of the stripe */
function readStripe(
  doubles: Float64Array,
  base: number,
  cells: Uint32Array,
  count: number,
  out: Float64Array,
): void {
  for (let i = 0; i < count; i++) out[i] = stripedCounterAt(doubles, base + (cells[i]! >>> U64_BITS));
}

function addPair(
  doubles: Float64Array,
  base: number,
  nextBase: number,
  cells: Uint32Array,
  count: number,
  out: Float64Array,
): void {
  for (let i = 0; i < count; i++) {
    const cell = cells[i]! >>> U64_BITS;
    out[i]! += stripedCounterAt(doubles, base + cell) + stripedCounterAt(doubles, nextBase + cell);
  }
}
