/**
 * Native histogram cells: exponential buckets that need no bounds, alone or beside classic buckets, and a sum, in a
 * thread's own stripe.
 *
 * Layout    see layout.ts, "Histogram cells" and "Sketch".
 * Writers   the one thread that leases the stripe. Any other: atomic-native-histogram-cell.ts.
 * Readers   any thread, through CellReader.
 * Promises  As for classic cells: no count cell, the count is the sum of the buckets. A value goes to its classic bucket
 *           first and to its native one then; a reader that reads them the other way round finds no fewer classic counts
 *           than native ones, and shows as many, see CellReader.
 * Progress  wait-free.
 */
import { NOT_FINITE } from './bucket-index.js';
import type { BucketIndex } from './bucket-index.js';
import type { CellPlace, CellWriter } from './cell-place.js';
import { UNRESOLVED_EPOCH } from './cell-place.js';
import { addOne } from './counter-cell.js';
import { notFinite } from './refused-value.js';
import type { HistogramCell } from './histogram-cell.js';
import {
  EPOCH_INDEX,
  HISTOGRAM_BUCKETS_OFFSET,
  HISTOGRAM_SUM_OFFSET,
  U32_BYTES,
  U64_BYTES,
} from './layout.js';
import type { SketchShape } from './sketch-shape.js';
import { StripedSketch } from './sketch-writer.js';

/** Constants of this module, which V8 embeds in the code; those of another module are loaded at each recording. */
const EPOCH_AT = EPOCH_INDEX;
const REFUSED = NOT_FINITE;
const WORDS_PER_BUCKET = 2;

/**
 * Native buckets only. Written out, though StripedSummaryCell does the same: with one base class a process that records
 * into both kinds pays 5.2 ns instead of 4.3, because the shared code sees two kinds of objects.
 */
export class StripedNativeHistogramCell implements HistogramCell {
  private readonly words: Int32Array;
  private readonly doubles: Float64Array;
  private readonly sketch: StripedSketch;
  private sumIndex = 0;
  private epoch = UNRESOLVED_EPOCH;

  constructor(
    private readonly writer: CellWriter,
    readonly place: CellPlace,
    shape: SketchShape,
  ) {
    this.words = writer.words;
    this.doubles = writer.doubles;
    this.sketch = new StripedSketch(writer, shape);
  }

  observe(value: number): void {
    if (typeof value !== 'number') throw notFinite(value, this);
    if (this.words[EPOCH_AT] !== this.epoch && !this.relocate(value)) return;
    // Refuses what is not finite.
    this.sketch.add(value);
    this.doubles[this.sumIndex]! += value;
  }

  private relocate(value: number): boolean {
    // Before the place is asked, which shows the series to scrapes.
    if (!Number.isFinite(value)) throw notFinite(value, this);
    if (!this.place.locate()) return false;
    const offset = this.writer.stripeOffset + this.place.cellOffset;
    this.sumIndex = (offset + HISTOGRAM_SUM_OFFSET) / U64_BYTES;
    this.sketch.moveTo(offset + HISTOGRAM_BUCKETS_OFFSET);
    this.epoch = this.place.epoch;
    return true;
  }
}

/** Classic and native buckets of the same observations. */
export class StripedDualHistogramCell implements HistogramCell {
  private readonly words: Int32Array;
  private readonly doubles: Float64Array;
  private readonly sketch: StripedSketch;
  private readonly classicBytes: number;
  private sumIndex = 0;
  private bucketsIndex = 0;
  private epoch = UNRESOLVED_EPOCH;

  constructor(
    private readonly writer: CellWriter,
    readonly place: CellPlace,
    private readonly buckets: BucketIndex,
    shape: SketchShape,
  ) {
    this.words = writer.words;
    this.doubles = writer.doubles;
    this.sketch = new StripedSketch(writer, shape);
    this.classicBytes = buckets.bucketCount * U64_BYTES;
  }

  observe(value: number): void {
    if (typeof value !== 'number') throw notFinite(value, this);
    const bucket = this.buckets.indexOf(value);
    if (bucket === REFUSED) throw notFinite(value, this);
    const { words } = this;
    if (words[EPOCH_AT] !== this.epoch && !this.relocate()) return;
    // Classic before native: CellReader relies on the order.
    addOne(words, this.bucketsIndex + bucket * WORDS_PER_BUCKET);
    this.sketch.add(value);
    this.doubles[this.sumIndex]! += value;
  }

  private relocate(): boolean {
    if (!this.place.locate()) return false;
    const offset = this.writer.stripeOffset + this.place.cellOffset;
    this.sumIndex = (offset + HISTOGRAM_SUM_OFFSET) / U64_BYTES;
    this.bucketsIndex = (offset + HISTOGRAM_BUCKETS_OFFSET) / U32_BYTES;
    this.sketch.moveTo(offset + HISTOGRAM_BUCKETS_OFFSET + this.classicBytes);
    this.epoch = this.place.epoch;
    return true;
  }
}
