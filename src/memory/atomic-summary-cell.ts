/**
 * Atomic summary cells: as those of summary-cell.ts, in the shared stripe.
 *
 * Layout    see layout.ts, "Summary cells": here the sum is a double, and the count an int64. The sketch is that of
 *           atomic-sketch.ts.
 * Writers   any thread, in any number.
 * Readers   any thread, through CellReader.
 * Promises  As for striped ones: a value goes to the sketch first, with a sliding window to the count then, to the sum
 *           last. Each is one atomic operation; a thread that is killed in between has done those before.
 * Progress  lock-free. A sliding window turns at the first observation of an interval that any thread makes.
 */
import { AtomicSketch } from './atomic-sketch.js';
import type { CellPlace, CellWriter } from './cell-place.js';
import { UNRESOLVED_EPOCH } from './cell-place.js';
import { intervalAt } from './coarse-clock.js';
import { addDouble } from './counter-cell.js';
import { notFinite } from './histogram-cell.js';
import {
  EPOCH_INDEX,
  SUMMARY_COUNT_OFFSET,
  SUMMARY_SKETCH_OFFSET,
  SUMMARY_SUM_OFFSET,
  TICKS_INDEX,
  U64_BYTES,
} from './layout.js';
import type { SketchShape } from './sketch-shape.js';
import type { SummaryCell } from './summary-cell.js';

const ONE = 1n;

/** Quantiles of everything that was observed, or of a sliding window if the sketch has one. */
export class AtomicSummaryCell implements SummaryCell {
  private readonly sketch: AtomicSketch;
  private byteOffset = 0;
  private epoch = UNRESOLVED_EPOCH;
  /** The tick at which the next interval begins; without a sliding window never. */
  private nextTick = Infinity;

  constructor(
    private readonly writer: CellWriter,
    readonly place: CellPlace,
    private readonly shape: SketchShape,
  ) {
    this.sketch = new AtomicSketch(writer, shape);
  }

  observe(value: number): void {
    if (typeof value !== 'number' || value - value !== 0) throw notFinite(value);
    const { words, quads } = this.writer;
    if (words[EPOCH_INDEX] !== this.epoch && !this.relocate()) return;
    if (words[TICKS_INDEX]! >= this.nextTick) this.turn();
    this.sketch.add(value);
    if (this.shape.intervals > 0) {
      Atomics.add(quads, (this.byteOffset + SUMMARY_COUNT_OFFSET) / U64_BYTES, ONE);
    }
    addDouble(quads, this.byteOffset + SUMMARY_SUM_OFFSET, value);
  }

  private relocate(): boolean {
    if (!this.place.locate()) return false;
    this.byteOffset = this.writer.stripeOffset + this.place.cellOffset;
    this.sketch.moveTo(this.byteOffset + SUMMARY_SKETCH_OFFSET);
    if (this.shape.intervals > 0) this.turn();
    this.epoch = this.place.epoch;
    return true;
  }

  private turn(): void {
    const { intervalTicks } = this.shape;
    const interval = intervalAt(Atomics.load(this.writer.words, TICKS_INDEX), intervalTicks);
    this.sketch.turnTo(interval);
    this.nextTick = interval * intervalTicks;
  }
}
