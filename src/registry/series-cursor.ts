/**
 * Series cursor: the series that one thread records into by their labels, as columns of numbers, and the place of one of
 * them at a time.
 *
 *     row          0     1     2
 *     slots        12    13    7      which record of the arena
 *     sequences    31    32    35     which use of that slot
 *     cells        0x40  0x50  0x60   where its cells stand in every stripe
 *     epochs       4     4     2      the removal epoch up to which this is known to hold
 *
 * Sixteen bytes for a series instead of a handle and its place, which are ten times that, and which a collector visits.
 */
import type { Attachment } from '../memory/attachment.js';
import { UNRESOLVED_EPOCH } from '../memory/cell-place.js';
import type { CellOffset, SlotIndex } from '../memory/layout.js';
import { EPOCH_INDEX } from '../memory/layout.js';
import { SLOT_LIVE } from '../memory/slots.js';
import type { SeriesCursor, SeriesPlace } from '../primitives/registrar.js';
import { SeriesRows } from './series-list.js';

/** A constant of this module, which V8 embeds in the code; one of another module is loaded at each recording. */
const EPOCH_AT = EPOCH_INDEX;
/** Of the rows, after a sweep; with fewer there is to be more memory before the next one. */
const FREE_SHARE_MIN = 0.25;

export class ArenaSeriesCursor implements SeriesCursor {
  cells: Uint32Array = new Uint32Array(0);
  epochs: Int32Array = new Int32Array(0);
  private readonly words: Int32Array;
  private rows = new SeriesRows();
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

  get isSweepDue(): boolean {
    const isFull = this.freeRows.length === 0 && this.rows.length === this.epochs.length;
    return isFull && this.words[EPOCH_AT] !== this.sweptEpoch;
  }

  add({ slot, sequence, cellOffset }: SeriesPlace): number {
    const { rows } = this;
    const row = this.freeRows.pop() ?? rows.length;
    if (row === rows.length) rows.push(slot, sequence, cellOffset as CellOffset);
    else rows.set(row, slot, sequence, cellOffset as CellOffset);
    this.takeColumns();
    // The first recording shows it.
    this.epochs[row] = UNRESOLVED_EPOCH;
    return row;
  }

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
    if (!this.isLive()) return false;
    this.epochs[row] = epoch;
    records.slots.show(this.rows.slots[row] as SlotIndex);
    return true;
  }

  isLive(): boolean {
    return this.isLiveAt(this.row);
  }

  deadRows(): ReadonlySet<number> {
    const dead = new Set<number>();
    this.sweptEpoch = this.attachment.records.epoch();
    for (let row = 0; row < this.rows.length; row++) if (!this.isLiveAt(row)) dead.add(row);
    for (const row of this.freeRows) dead.delete(row);
    return dead;
  }

  free(rows: ReadonlySet<number>): void {
    for (const row of rows) this.freeRows.push(row);
    // Not one sweep over all rows for each few that come and go.
    if (this.freeRows.length < this.rows.length * FREE_SHARE_MIN) this.rows.reserve(this.rows.length * 2);
    this.takeColumns();
  }

  clear(): void {
    this.rows = new SeriesRows();
    this.freeRows = [];
    this.takeColumns();
  }

  private isLiveAt(row: number): boolean {
    const { slots } = this.attachment.records;
    const slot = this.rows.slots[row] as SlotIndex | undefined;
    return (
      slot !== undefined &&
      slots.state(slot) === SLOT_LIVE &&
      slots.sequence(slot) === this.rows.sequences[row]
    );
  }

  /** Those of the rows, which are others when there are more; and as many epochs. */
  private takeColumns(): void {
    const { cells } = this.rows;
    if (this.cells === cells) return;
    const epochs = new Int32Array(cells.length);
    epochs.set(this.epochs.subarray(0, cells.length));
    this.cells = cells;
    this.epochs = epochs;
  }
}
