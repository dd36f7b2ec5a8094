/**
 * Series cursor: the series of a family that one thread records into by their labels, as columns of numbers; and the place
 * of one of them at a time.
 *
 *     row          0     1     2
 *     slots        12    13    7      which record of the arena
 *     sequences    31    32    35     which use of that slot
 *     cells        0x40  0x50  0x60   where its cells stand in every stripe
 *     epochs       4     4     2      the removal epoch up to which this is known to hold
 *
 * Sixteen bytes for a series instead of a handle and its place, which are ten times that, and which a collector visits.
 */
import type { Attachment } from './attachment.js';
import type { CellPlace } from './cell-place.js';
import { UNRESOLVED_EPOCH } from './cell-place.js';
import type { SlotIndex } from './layout.js';
import { EPOCH_INDEX } from './layout.js';
import { SLOT_LIVE } from './slots.js';

/** A constant of this module, which V8 embeds in the code; one of another module is loaded at each recording. */
const EPOCH_AT = EPOCH_INDEX;
const ROWS_MIN = 4;
/** Of the rows, after a sweep; with fewer there is to be more memory before the next one. */
const FREE_SHARE_MIN = 0.25;

/** Which series a row is of. */
export interface PlacedSeries {
  readonly slot: SlotIndex;
  readonly sequence: number;
  readonly cellOffset: number;
}

export class SeriesCursor implements CellPlace {
  cells = new Uint32Array(0);
  epochs = new Int32Array(0);
  private slots = new Int32Array(0);
  private sequences = new Int32Array(0);
  private readonly words: Int32Array;
  private length = 0;
  private freeRows: number[] = [];
  private row = 0;
  /** There are no dead rows but of removals since. */
  private sweptEpoch = UNRESOLVED_EPOCH;

  constructor(
    private readonly attachment: Attachment,
    /** For errors. */
    readonly familyName: string,
  ) {
    this.words = attachment.arena.words;
  }

  get cellOffset(): number {
    return this.cells[this.row]!;
  }

  get epoch(): number {
    return this.epochs[this.row]!;
  }

  /** True when the next row needs more memory, unless dead rows are freed: there may be some. */
  get isSweepDue(): boolean {
    const isFull = this.freeRows.length === 0 && this.length === this.cells.length;
    return isFull && this.words[EPOCH_AT] !== this.sweptEpoch;
  }

  /** Adds a series that is live. Returns its row. */
  add({ slot, sequence, cellOffset }: PlacedSeries): number {
    const row = this.freeRows.pop() ?? this.length++;
    if (row === this.cells.length) this.reserve(Math.max(ROWS_MIN, row * 2));
    this.slots[row] = slot;
    this.sequences[row] = sequence;
    this.cells[row] = cellOffset;
    // The first recording shows it.
    this.epochs[row] = UNRESOLVED_EPOCH;
    return row;
  }

  /** Goes to a row. False when its series is gone: there is nothing to record into then. */
  moveTo(row: number): boolean {
    this.row = row;
    return this.words[EPOCH_AT] === this.epochs[row] || this.isLiveAt(row);
  }

  /**
   * Where a series is removed between the move and the recording, the recording is over before the removal: it is gone
   * with the series.
   */
  locate(): boolean {
    const { attachment, row } = this;
    const { records } = attachment;
    if (attachment.isDetached) return false;
    // As for the place of a handle: nothing is looked up yet, and the epoch is read before the look.
    attachment.safePoint();
    const epoch = records.epoch();
    if (!this.isLiveAt(row)) return false;
    this.epochs[row] = epoch;
    records.slots.show(this.slots[row] as SlotIndex);
    return true;
  }

  isLive(): boolean {
    return this.isLiveAt(this.row);
  }

  /** The rows whose series are gone. */
  deadRows(): ReadonlySet<number> {
    const dead = new Set<number>();
    this.sweptEpoch = this.attachment.records.epoch();
    for (let row = 0; row < this.length; row++) if (!this.isLiveAt(row)) dead.add(row);
    for (const row of this.freeRows) dead.delete(row);
    return dead;
  }

  /** Makes room in place of rows that nothing leads to any more. */
  free(rows: ReadonlySet<number>): void {
    for (const row of rows) this.freeRows.push(row);
    // Not one sweep over all rows for each few that come and go.
    if (this.length === this.cells.length && this.freeRows.length < this.length * FREE_SHARE_MIN)
      this.reserve(this.length * 2);
  }

  clear(): void {
    this.length = 0;
    this.freeRows = [];
  }

  private isLiveAt(row: number): boolean {
    if (row >= this.length) return false;
    const { slots } = this.attachment.records;
    const slot = this.slots[row] as SlotIndex;
    return slots.state(slot) === SLOT_LIVE && slots.sequence(slot) === this.sequences[row];
  }

  private reserve(rows: number): void {
    if (rows <= this.cells.length) return;
    const { slots, sequences, cells, epochs } = this;
    this.slots = new Int32Array(rows);
    this.sequences = new Int32Array(rows);
    this.cells = new Uint32Array(rows);
    this.epochs = new Int32Array(rows);
    this.slots.set(slots);
    this.sequences.set(sequences);
    this.cells.set(cells);
    this.epochs.set(epochs);
  }
}
