/**
 * Atomic native histogram cells: as those of native-histogram-cell.ts, in the shared stripe.
 *
 * Layout    see layout.ts, "Histogram cells": here the sum is a double, and a classic bucket an int64. The sketch is that
 *           of atomic-sketch.ts.
 * Writers   any thread, in any number.
 * Readers   any thread, through CellReader.
 * Promises  As for striped ones: a value goes to its classic bucket first, to its native one then, to the sum last. Each
 *           is one atomic operation; a thread that is killed in between has done those before.
 * Progress  lock-free.
 */
import { AtomicSketch } from './atomic-sketch.js';
import { NOT_FINITE } from './bucket-index.js';
import type { BucketIndex } from './bucket-index.js';
import type { CellPlace, CellWriter } from './cell-place.js';
import { UNRESOLVED_EPOCH } from './cell-place.js';
import { addDouble } from './counter-cell.js';
import { notFinite } from './histogram-cell.js';
import type { HistogramCell } from './histogram-cell.js';
import { EPOCH_INDEX, HISTOGRAM_BUCKETS_OFFSET, HISTOGRAM_SUM_OFFSET, U64_BYTES } from './layout.js';
import type { SketchShape } from './sketch-shape.js';

const ONE = 1n;

/** Native buckets only. */
export class AtomicNativeHistogramCell implements HistogramCell {
  private readonly sketch: AtomicSketch;
  private byteOffset = 0;
  private epoch = UNRESOLVED_EPOCH;

  constructor(
    private readonly writer: CellWriter,
    readonly place: CellPlace,
    shape: SketchShape,
  ) {
    this.sketch = new AtomicSketch(writer, shape);
  }

  observe(value: number): void {
    if (typeof value !== 'number' || value - value !== 0) throw notFinite(value);
    const { words, quads } = this.writer;
    if (words[EPOCH_INDEX] !== this.epoch && !this.relocate()) return;
    this.sketch.add(value);
    addDouble(quads, this.byteOffset + HISTOGRAM_SUM_OFFSET, value);
  }

  private relocate(): boolean {
    if (!this.place.locate()) return false;
    this.byteOffset = this.writer.stripeOffset + this.place.cellOffset;
    this.sketch.moveTo(this.byteOffset + HISTOGRAM_BUCKETS_OFFSET);
    this.epoch = this.place.epoch;
    return true;
  }
}

/** Classic and native buckets of the same observations. */
export class AtomicDualHistogramCell implements HistogramCell {
  private readonly sketch: AtomicSketch;
  private readonly classicBytes: number;
  private byteOffset = 0;
  private epoch = UNRESOLVED_EPOCH;

  constructor(
    private readonly writer: CellWriter,
    readonly place: CellPlace,
    private readonly buckets: BucketIndex,
    shape: SketchShape,
  ) {
    this.sketch = new AtomicSketch(writer, shape);
    this.classicBytes = buckets.bucketCount * U64_BYTES;
  }

  observe(value: number): void {
    if (typeof value !== 'number') throw notFinite(value);
    const bucket = this.buckets.indexOf(value);
    if (bucket === NOT_FINITE) throw notFinite(value);
    const { words, quads } = this.writer;
    if (words[EPOCH_INDEX] !== this.epoch && !this.relocate()) return;
    // Classic before native: CellReader relies on the order.
    Atomics.add(quads, (this.byteOffset + HISTOGRAM_BUCKETS_OFFSET) / U64_BYTES + bucket, ONE);
    this.sketch.add(value);
    addDouble(quads, this.byteOffset + HISTOGRAM_SUM_OFFSET, value);
  }

  private relocate(): boolean {
    if (!this.place.locate()) return false;
    this.byteOffset = this.writer.stripeOffset + this.place.cellOffset;
    this.sketch.moveTo(this.byteOffset + HISTOGRAM_BUCKETS_OFFSET + this.classicBytes);
    this.epoch = this.place.epoch;
    return true;
  }
}
