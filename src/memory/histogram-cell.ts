/**
 * Histogram cells: one counter for each bucket, and a sum.
 *
 * Layout    see layout.ts, "Histogram cells". Buckets are stored non-cumulative; the last one is `+Inf`.
 * Writers   StripedHistogramCell: the one thread that leases the stripe. AtomicHistogramCell: any thread, in stripe 0.
 * Readers   any thread, bucket by bucket as for a counter.
 * Promises  There is no count cell: the count is the sum of the buckets, so count and `+Inf` bucket agree in every
 *           scrape by construction. Buckets never go down. The sum is written right after its bucket, and a reader may
 *           see it without the observations that its thread records during the read; at rest it is exact.
 * Progress  wait-free; the sum of an atomic cell is lock-free.
 */
import { inspect } from 'node:util';
import type { CellPlace, CellWriter } from './cell-place.js';
import { UNRESOLVED_EPOCH } from './cell-place.js';
import { addDouble, turnHalf } from './counter-cell.js';
import { EPOCH_INDEX, HISTOGRAM_BUCKETS_OFFSET, HISTOGRAM_SUM_OFFSET, U32_BYTES, U64_BYTES } from './layout.js';

/** One series of a histogram, as user code keeps it. */
export interface HistogramCell {
  /**
   * Records an observation.
   *
   * @param value finite; in the unit of the family
   * @throws TypeError when `value` is no finite number; nothing is recorded
   */
  observe(value: number): void;
}

const ONE = 1n;
const WORDS_PER_BUCKET = 2;
const BUCKETS_WORD = HISTOGRAM_BUCKETS_OFFSET / U32_BYTES;

/**
 * Index of the first bound that is not below `value`; `bounds.length` when all are.
 *
 * Binary search whose only branch is the loop: which half is taken becomes a conditional move, so latencies that jump
 * between buckets cost no mispredicted branches (P.-V. Khuong, P. Morin, "Array Layouts for Comparison-Based
 * Searching", 2015).
 */
export function bucketIndexOf(bounds: Float64Array, value: number): number {
  let base = 0;
  let length = bounds.length;
  while (length > 1) {
    const half = length >>> 1;
    base += bounds[base + half - 1]! < value ? half : 0;
    length -= half;
  }
  return length === 1 && bounds[base]! < value ? base + 1 : base;
}

/** Plain stores into the thread's own stripe. */
export class StripedHistogramCell implements HistogramCell {
  private readonly words: Int32Array;
  private readonly doubles: Float64Array;
  private sumIndex = 0;
  private bucketsIndex = 0;
  private epoch = UNRESOLVED_EPOCH;

  constructor(
    private readonly writer: CellWriter,
    private readonly place: CellPlace,
    private readonly bounds: Float64Array,
  ) {
    this.words = writer.words;
    this.doubles = writer.doubles;
  }

  observe(value: number): void {
    // Infinite minus infinite and NaN minus NaN are NaN: one compare refuses everything that is not finite.
    if (typeof value !== 'number' || value - value !== 0) throw notFinite(value);
    const { words } = this;
    if (words[EPOCH_INDEX] !== this.epoch && !this.relocate()) return;
    const index = this.bucketsIndex + bucketIndexOf(this.bounds, value) * WORDS_PER_BUCKET;
    const before = words[index]!;
    const after = (before + 1) | 0;
    if ((before ^ after) >= 0) words[index] = after;
    else turnHalf(words, index, after);
    this.doubles[this.sumIndex]! += value;
  }

  private relocate(): boolean {
    if (!this.place.locate()) return false;
    const byteOffset = this.writer.stripeOffset + this.place.cellOffset;
    this.sumIndex = (byteOffset + HISTOGRAM_SUM_OFFSET) / U64_BYTES;
    this.bucketsIndex = byteOffset / U32_BYTES + BUCKETS_WORD;
    this.epoch = this.place.epoch;
    return true;
  }
}

/** Atomic read-modify-write in the shared stripe: slower, for whatever has no single writer. */
export class AtomicHistogramCell implements HistogramCell {
  private byteOffset = 0;
  private epoch = UNRESOLVED_EPOCH;

  constructor(
    private readonly writer: CellWriter,
    private readonly place: CellPlace,
    private readonly bounds: Float64Array,
  ) {}

  observe(value: number): void {
    if (typeof value !== 'number' || value - value !== 0) throw notFinite(value);
    const { words, quads } = this.writer;
    if (words[EPOCH_INDEX] !== this.epoch && !this.relocate()) return;
    const bucket = bucketIndexOf(this.bounds, value);
    Atomics.add(quads, (this.byteOffset + HISTOGRAM_BUCKETS_OFFSET) / U64_BYTES + bucket, ONE);
    addDouble(quads, this.byteOffset + HISTOGRAM_SUM_OFFSET, value);
  }

  private relocate(): boolean {
    if (!this.place.locate()) return false;
    this.byteOffset = this.writer.stripeOffset + this.place.cellOffset;
    this.epoch = this.place.epoch;
    return true;
  }
}

function notFinite(value: unknown): TypeError {
  return new TypeError(`Value is not a valid number: ${inspect(value)}`);
}
