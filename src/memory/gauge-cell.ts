/**
 * Gauge cells: a double and the mark of the lease that wrote it.
 *
 * Layout    see layout.ts, "Gauge cells".
 * Writers   StripedGaugeCell: the one thread that leases the stripe. AtomicGaugeCell: any thread, in stripe 0.
 * Readers   any thread, through readStripedGauge and readAtomicGauge.
 * Promises  A value counts only while the lease that wrote it is held: the mark must equal the lease's state word. So a
 *           thread's contribution ends with the thread, with no one visiting its cells, and a gauge that was never set
 *           is told apart from one that is 0.
 * Progress  wait-free; inc and dec of an atomic gauge are lock-free.
 */
import type { CellPlace, CellWriter } from './cell-place.js';
import { UNRESOLVED_EPOCH } from './cell-place.js';
import { addDouble, readAtomicDouble, storeDouble } from './counter-cell.js';
import { EPOCH_INDEX, GAUGE_CELL_MARK_OFFSET, U32_BYTES, U64_BYTES, U64_SHIFT } from './layout.js';
import { notFinite } from './refused-value.js';

/** A constant of this module, which V8 embeds in the code; one of another module is loaded at each recording. */
const EPOCH_AT = EPOCH_INDEX;

/** No lease is marked so: the state word of a held lease is odd. */
const NOBODY = 0;

/** One series of a gauge, as user code keeps it. Values may be any number, NaN and infinities included. */
export interface GaugeCell {
  /** @throws TypeError when `value` is no number; the gauge keeps its value */
  set(value: number): void;
  /** @throws TypeError when `value` is given and no number; the gauge keeps its value */
  inc(value?: number | null): void;
  /** @throws TypeError when `value` is given and no number; the gauge keeps its value */
  dec(value?: number | null): void;
  /**
   * Ends this thread's value, as the end of the thread would; the next set or inc begins another one. A value that all
   * threads share belongs to none of them, and stays.
   */
  withdraw(): void;
  readonly place: CellPlace;
}

/** Plain stores into the thread's own stripe. */
export class StripedGaugeCell implements GaugeCell {
  private readonly words: Int32Array;
  private readonly doubles: Float64Array;
  /** Assigned again only after a removal, see StripedCounterCell. */
  private doubleIndex: number;
  private epoch = UNRESOLVED_EPOCH;

  constructor(
    private readonly writer: CellWriter,
    readonly place: CellPlace,
  ) {
    this.words = writer.words;
    this.doubles = writer.doubles;
    this.doubleIndex = this.placedDoubleIndex();
  }

  set(value: number): void {
    if (typeof value !== 'number') throw notFinite(value, this);
    if (this.words[EPOCH_AT] === this.epoch) this.doubles[this.doubleIndex] = value;
    else if (this.relocate() && !this.begin(value)) this.doubles[this.doubleIndex] = value;
  }

  inc(value: number | null = 1): void {
    if (typeof value !== 'number') value = checkedDelta(value, this);
    if (this.words[EPOCH_AT] === this.epoch) this.doubles[this.doubleIndex]! += value;
    else if (this.relocate() && !this.begin(value)) this.doubles[this.doubleIndex]! += value;
  }

  dec(value: number | null = 1): void {
    this.inc(typeof value === 'number' ? -value : -checkedDelta(value, this));
  }

  withdraw(): void {
    // After a removal the cells may be another series', and after a detachment the stripe another thread's. A series that
    // is not there has no value to end.
    if (this.words[EPOCH_AT] !== this.epoch && !(this.place.isLive() && this.relocate())) return;
    // Readers look at the mark first: they take the value that is still there, or none.
    Atomics.store(this.words, this.markIndex(), NOBODY);
    // The next set must not write a value that nobody would see for lack of a mark.
    this.epoch = UNRESOLVED_EPOCH;
  }

  /** As FollowingCell. A handle may have withdrawn the value of this series. */
  follow(cellOffset: number, epoch: number): void {
    this.doubleIndex = (this.writer.stripeOffset + cellOffset) >>> U64_SHIFT;
    const hasBegun = this.words[this.markIndex()] === this.writer.mark;
    this.epoch = hasBegun ? epoch : UNRESOLVED_EPOCH;
  }

  /** Starts this lease's contribution with `value`. False when it had begun: the value is then the caller's to write. */
  private begin(value: number): boolean {
    const markIndex = this.markIndex();
    if (this.words[markIndex] === this.writer.mark) return false;
    this.doubles[this.doubleIndex] = value;
    // Publishes the value: readers check the mark first, so they never take an earlier lease's value for this one's.
    Atomics.store(this.words, markIndex, this.writer.mark);
    return true;
  }

  private markIndex(): number {
    return (this.doubleIndex * U64_BYTES + GAUGE_CELL_MARK_OFFSET) / U32_BYTES;
  }

  private relocate(): boolean {
    if (!this.place.locate()) return false;
    const doubleIndex = this.placedDoubleIndex();
    if (doubleIndex !== this.doubleIndex) this.doubleIndex = doubleIndex;
    this.epoch = this.place.epoch;
    return true;
  }

  private placedDoubleIndex(): number {
    return (this.writer.stripeOffset + this.place.cellOffset) / U64_BYTES;
  }
}

/** Atomic accesses in the shared stripe: one value for all threads, which ends with none of them. */
export class AtomicGaugeCell implements GaugeCell {
  private byteOffset = 0;
  private epoch = UNRESOLVED_EPOCH;

  constructor(
    private readonly writer: CellWriter,
    readonly place: CellPlace,
  ) {}

  set(value: number): void {
    if (typeof value !== 'number') throw notFinite(value, this);
    if (!this.isPlaced()) return;
    storeDouble(this.writer.quads, this.byteOffset, value);
    this.setMark();
  }

  inc(value: number | null = 1): void {
    const delta = typeof value === 'number' ? value : checkedDelta(value, this);
    if (!this.isPlaced()) return;
    addDouble(this.writer.quads, this.byteOffset, delta);
    this.setMark();
  }

  dec(value: number | null = 1): void {
    this.inc(typeof value === 'number' ? -value : -checkedDelta(value, this));
  }

  withdraw(): void {}

  /** As FollowingCell. */
  follow(cellOffset: number, epoch: number): void {
    this.byteOffset = this.writer.stripeOffset + cellOffset;
    this.epoch = epoch;
  }

  private setMark(): void {
    Atomics.store(
      this.writer.words,
      (this.byteOffset + GAUGE_CELL_MARK_OFFSET) / U32_BYTES,
      this.writer.mark,
    );
  }

  private isPlaced(): boolean {
    if (this.writer.words[EPOCH_AT] === this.epoch) return true;
    if (!this.place.locate()) return false;
    this.byteOffset = this.writer.stripeOffset + this.place.cellOffset;
    this.epoch = this.place.epoch;
    return true;
  }
}

/** True when the gauge cells at a byte offset of the arena carry a value of the lease with this mark. */
export function gaugeIsSet(words: Int32Array, byteOffset: number, mark: number): boolean {
  return Atomics.load(words, (byteOffset + GAUGE_CELL_MARK_OFFSET) / U32_BYTES) === mark;
}

/** The value at a byte offset of the arena; meaningful only if gaugeIsSet. */
export function readStripedGauge(doubles: Float64Array, byteOffset: number): number {
  return doubles[byteOffset / U64_BYTES]!;
}

/** The value at a byte offset in the shared stripe; meaningful only if gaugeIsSet. */
export function readAtomicGauge(quads: BigInt64Array, byteOffset: number): number {
  return readAtomicDouble(quads, byteOffset);
}

function checkedDelta(value: unknown, cell: GaugeCell): number {
  if (value === null || value === undefined) return 1;
  throw notFinite(value, cell, 'Delta');
}
