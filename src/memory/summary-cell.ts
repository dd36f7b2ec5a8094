/**
 * Summary cells: a count, a sum, and the sketch that quantiles are taken from, in a thread's own stripe.
 *
 * Layout    see layout.ts, "Summary cells".
 * Writers   the one thread that leases the stripe. Any other: atomic-summary-cell.ts.
 * Readers   any thread, through CellReader.
 * Promises  Count and sum are those of all observations. Without a sliding window the sketch has all of them too, and the
 *           count is the sum of its buckets; with one, the count is a cell of its own and may lag the sketch by the
 *           observation in flight.
 * Progress  wait-free. A sliding window turns at the first observation of an interval, by the arena's coarse clock.
 */
import type { CellPlace, CellWriter } from './cell-place.js';
import { UNRESOLVED_EPOCH } from './cell-place.js';
import { intervalAt } from './coarse-clock.js';
import { addOne } from './counter-cell.js';
import { notFinite } from './histogram-cell.js';
import {
  EPOCH_INDEX,
  SUMMARY_COUNT_OFFSET,
  SUMMARY_SKETCH_OFFSET,
  SUMMARY_SUM_OFFSET,
  TICKS_INDEX,
  U32_BYTES,
  U64_BYTES,
} from './layout.js';
import type { SketchShape } from './sketch-shape.js';
import { StripedSketch } from './sketch-writer.js';

/** Constants of this module, which V8 embeds in the code; those of another module are loaded at each recording. */
const EPOCH_AT = EPOCH_INDEX;
const TICKS_AT = TICKS_INDEX;

/** One series of a summary, as user code keeps it. */
export interface SummaryCell {
  /**
   * Records an observation.
   *
   * @param value finite; in the unit of the family
   * @throws TypeError when `value` is no finite number; nothing is recorded
   */
  observe(value: number): void;
  readonly place: CellPlace;
}

/** Plain stores into the thread's own stripe; quantiles of everything that was observed. */
export class StripedSummaryCell implements SummaryCell {
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
    if (typeof value !== 'number') throw notFinite(value);
    if (this.words[EPOCH_AT] !== this.epoch && !this.relocate(value)) return;
    // Refuses what is not finite.
    this.sketch.add(value);
    this.doubles[this.sumIndex]! += value;
  }

  private relocate(value: number): boolean {
    // Before the place is asked, which shows the series to scrapes.
    if (!Number.isFinite(value)) throw notFinite(value);
    if (!this.place.locate()) return false;
    const offset = this.writer.stripeOffset + this.place.cellOffset;
    this.sumIndex = (offset + SUMMARY_SUM_OFFSET) / U64_BYTES;
    this.sketch.moveTo(offset + SUMMARY_SKETCH_OFFSET);
    this.epoch = this.place.epoch;
    return true;
  }
}

/** Plain stores into the thread's own stripe; quantiles of a sliding window. */
export class StripedWindowSummaryCell implements SummaryCell {
  private readonly words: Int32Array;
  private readonly doubles: Float64Array;
  private readonly sketch: StripedSketch;
  private readonly intervalTicks: number;
  private sumIndex = 0;
  private countIndex = 0;
  private epoch = UNRESOLVED_EPOCH;
  /** The tick at which the next interval begins. */
  private nextTick = 0;

  constructor(
    private readonly writer: CellWriter,
    readonly place: CellPlace,
    shape: SketchShape,
  ) {
    this.words = writer.words;
    this.doubles = writer.doubles;
    this.sketch = new StripedSketch(writer, shape);
    this.intervalTicks = shape.intervalTicks;
  }

  observe(value: number): void {
    if (typeof value !== 'number') throw notFinite(value);
    const { words } = this;
    if (words[EPOCH_AT] !== this.epoch && !this.relocate(value)) return;
    if (words[TICKS_AT]! >= this.nextTick) this.turn();
    // Refuses what is not finite.
    this.sketch.add(value);
    addOne(words, this.countIndex);
    this.doubles[this.sumIndex]! += value;
  }

  private relocate(value: number): boolean {
    // Before the place is asked, which shows the series to scrapes.
    if (!Number.isFinite(value)) throw notFinite(value);
    if (!this.place.locate()) return false;
    const offset = this.writer.stripeOffset + this.place.cellOffset;
    this.sumIndex = (offset + SUMMARY_SUM_OFFSET) / U64_BYTES;
    this.countIndex = (offset + SUMMARY_COUNT_OFFSET) / U32_BYTES;
    this.sketch.moveTo(offset + SUMMARY_SKETCH_OFFSET);
    this.turn();
    this.epoch = this.place.epoch;
    return true;
  }

  private turn(): void {
    const { intervalTicks } = this;
    const interval = intervalAt(Atomics.load(this.words, TICKS_AT), intervalTicks);
    this.sketch.turnTo(interval);
    this.nextTick = interval * intervalTicks;
  }
}
