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
import { BINADE_SHIFT as HIGH_WORD_BINADE_SHIFT, NOT_FINITE } from './bucket-index.js';
import type { BucketIndex } from './bucket-index.js';
import type { CellPlace, CellWriter } from './cell-place.js';
import { UNRESOLVED_EPOCH } from './cell-place.js';
import { addDouble, addOne, turnHalf } from './counter-cell.js';
import {
  EPOCH_INDEX,
  HISTOGRAM_BUCKETS_OFFSET,
  HISTOGRAM_SUM_OFFSET,
  U32_BYTES,
  U64_BYTES,
  U32_SHIFT,
  U64_SHIFT,
} from './layout.js';
import { notFinite } from './refused-value.js';

/** Constants of this module, which V8 embeds in the code; those of another module are loaded at each recording. */
const EPOCH_AT = EPOCH_INDEX;
const REFUSED = NOT_FINITE;
const BINADE_SHIFT = HIGH_WORD_BINADE_SHIFT;

const value64 = new Float64Array(1);
const valueWords = new Int32Array(value64.buffer);
const HIGH = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

/** One series of a histogram, as user code keeps it. */
export interface HistogramCell {
  /**
   * Records an observation.
   *
   * @param value finite; in the unit of the family
   * @throws TypeError when `value` is no finite number; nothing is recorded
   */
  observe(value: number): void;
  readonly place: CellPlace;
}

const ONE = 1n;
const WORDS_PER_BUCKET = 2;

/** Plain stores into the thread's own stripe. */
export class StripedHistogramCell implements HistogramCell {
  private readonly words: Int32Array;
  private readonly doubles: Float64Array;
  /** Both assigned again only after a removal, see StripedCounterCell. */
  private sumIndex: number;
  private bucketsIndex: number;
  private epoch = UNRESOLVED_EPOCH;

  constructor(
    private readonly writer: CellWriter,
    readonly place: CellPlace,
    private readonly buckets: BucketIndex,
  ) {
    this.words = writer.words;
    this.doubles = writer.doubles;
    this.sumIndex = (this.placedOffset() + HISTOGRAM_SUM_OFFSET) / U64_BYTES;
    this.bucketsIndex = (this.placedOffset() + HISTOGRAM_BUCKETS_OFFSET) / U32_BYTES;
  }

  /**
   * What observeAny() does with nearly all values, written out and nothing else in it: V8 inlines the calls of one function
   * up to a limit of bytecode, and with more of that only some of them (bench/micro times four calls in a loop).
   */
  observe(value: number): void {
    if (typeof value === 'number') {
      const { buckets, words } = this;
      value64[0] = value;
      const place = buckets.places[valueWords[HIGH]! >>> BINADE_SHIFT]!;
      if (place >= 0 && words[EPOCH_AT] === this.epoch) {
        const at = this.bucketsIndex + (place + +(buckets.bounds[place]! < value)) * WORDS_PER_BUCKET;
        const before = words[at]!;
        const after = (before + 1) | 0;
        if ((before ^ after) >= 0) words[at] = after;
        else turnHalf(words, at, after);
        this.doubles[this.sumIndex]! += value;
        return;
      }
    }
    this.observeAny(value);
  }

  private observeAny(value: number): void {
    if (typeof value !== 'number') throw notFinite(value, this);
    const bucket = this.buckets.indexOf(value);
    if (bucket === REFUSED) throw notFinite(value, this);
    const { words } = this;
    if (words[EPOCH_AT] !== this.epoch && !this.relocate()) return;
    addOne(words, this.bucketsIndex + bucket * WORDS_PER_BUCKET);
    this.doubles[this.sumIndex]! += value;
  }

  /** As FollowingCell. */
  follow(cellOffset: number, epoch: number): void {
    const offset = this.writer.stripeOffset + cellOffset;
    this.sumIndex = (offset + HISTOGRAM_SUM_OFFSET) >>> U64_SHIFT;
    this.bucketsIndex = (offset + HISTOGRAM_BUCKETS_OFFSET) >>> U32_SHIFT;
    this.epoch = epoch;
  }

  private relocate(): boolean {
    if (!this.place.locate()) return false;
    const sumIndex = (this.placedOffset() + HISTOGRAM_SUM_OFFSET) / U64_BYTES;
    if (sumIndex !== this.sumIndex) {
      this.sumIndex = sumIndex;
      this.bucketsIndex = (this.placedOffset() + HISTOGRAM_BUCKETS_OFFSET) / U32_BYTES;
    }
    this.epoch = this.place.epoch;
    return true;
  }

  private placedOffset(): number {
    return this.writer.stripeOffset + this.place.cellOffset;
  }
}

/** Atomic read-modify-write in the shared stripe: slower, for whatever has no single writer. */
export class AtomicHistogramCell implements HistogramCell {
  private byteOffset = 0;
  private epoch = UNRESOLVED_EPOCH;

  constructor(
    private readonly writer: CellWriter,
    readonly place: CellPlace,
    private readonly buckets: BucketIndex,
  ) {}

  observe(value: number): void {
    if (typeof value !== 'number') throw notFinite(value, this);
    const bucket = this.buckets.indexOf(value);
    if (bucket === REFUSED) throw notFinite(value, this);
    const { words, quads } = this.writer;
    if (words[EPOCH_AT] !== this.epoch && !this.relocate()) return;
    Atomics.add(quads, (this.byteOffset + HISTOGRAM_BUCKETS_OFFSET) / U64_BYTES + bucket, ONE);
    addDouble(quads, this.byteOffset + HISTOGRAM_SUM_OFFSET, value);
  }

  /** As FollowingCell. */
  follow(cellOffset: number, epoch: number): void {
    this.byteOffset = this.writer.stripeOffset + cellOffset;
    this.epoch = epoch;
  }

  private relocate(): boolean {
    if (!this.place.locate()) return false;
    this.byteOffset = this.writer.stripeOffset + this.place.cellOffset;
    this.epoch = this.place.epoch;
    return true;
  }
}
