/** Family reading: rows of one family with their values, as a snapshot or a piece of a rendering has them. */
import type { CellOffset, SlotIndex } from '../memory/layout.js';
import type { RecordStore } from '../memory/record-store.js';
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import type { FamilyEntry } from './catalogue.js';
import type { SnapshotExemplars } from './exemplars.js';
import { SeriesEntry } from './series-entry.js';
import { SeriesRows } from './series-list.js';
import type { SeriesList } from './series-list.js';

/** One family's values. Valid until the event loop turns, or the same reader takes its next snapshot. */
export interface FamilySnapshot {
  readonly descriptor: FamilyDescriptor;
  /**
   * The series that have a value, in order of creation, the overflow series last; with threads, one entry for each thread of
   * a series. Made when it is first asked for.
   */
  readonly series: readonly SeriesEntry[];
  /**
   * `stride` values for each series: one; for a histogram its buckets, non-cumulative, then the sum, then what
   * nativeBucketsOf reads; for a summary its quantiles, then sum, count, and the relative error that its quantiles have
   * now. Of a state set it is the index of the active state, of an info 1.
   */
  readonly values: Float64Array;
  readonly stride: number;
  /** The `thread` label of each series, for gauges that are shown by thread; otherwise absent. */
  readonly threads: readonly string[] | undefined;
  /** What exemplarsOf reads from, in a family that has them. */
  readonly exemplars?: SnapshotExemplars | undefined;
  /** `series` as numbers: for renderers, which make nothing for a series. */
  readonly rows: SeriesList;
  /** One object for all series of a registry, as long as this thread is attached to it: whose slots these are. */
  readonly store: object;
  /** The series in a row, as an object of its own. */
  readonly entryAt: (row: number) => SeriesEntry;
}

export interface Snapshot {
  readonly families: readonly FamilySnapshot[];
}

/** Filled by a SnapshotReader. */
export class FamilyReading implements FamilySnapshot {
  /** Those of `own`, or of a list as it is. */
  rows: SeriesList;
  readonly own = new SeriesRows();
  values = new Float64Array(0);
  stride = 1;
  threads: string[] | undefined;
  exemplars: SnapshotExemplars | undefined;
  descriptor: FamilyDescriptor;
  declare readonly series: readonly SeriesEntry[];
  private made: SeriesEntry[] | undefined;

  constructor(
    readonly store: RecordStore,
    private family: FamilyEntry,
  ) {
    this.descriptor = family.descriptor;
    this.rows = this.own;
    // A property of its own: a copy that somebody spreads has it, too.
    Object.defineProperty(this, 'series', { enumerable: true, get: () => this.makeSeries() });
  }

  /** Starts over with a family, shown as this descriptor, and no rows, in the same memory. */
  clear(family: FamilyEntry, descriptor: FamilyDescriptor): void {
    this.family = family;
    this.descriptor = descriptor;
    this.own.clear();
    this.rows = this.own;
    this.threads = undefined;
    this.made = undefined;
  }

  /** Makes room for the values of `rows` rows in all. */
  reserve(rows: number): void {
    const needed = rows * this.stride;
    if (needed <= this.values.length) return;
    const grown = new Float64Array(needed);
    grown.set(this.values);
    this.values = grown;
  }

  readonly entryAt = (row: number): SeriesEntry => {
    const { family, rows, store } = this;
    if (this.isOverflowAt(row)) return family.overflow!;
    const slot = rows.slots[row] as SlotIndex;
    const sequence = rows.sequences[row]!;
    const cells = rows.cells[row] as CellOffset;
    const { openLabels } = family;
    return openLabels === undefined
      ? new SeriesEntry(store, family, slot, sequence, cells, false)
      : openLabels.entry(family, this.descriptor, { records: store, slot, sequence, cells });
  };

  isOverflowAt(row: number): boolean {
    const { overflow } = this.family;
    return overflow?.slot === this.rows.slots[row] && overflow?.sequence === this.rows.sequences[row];
  }

  private makeSeries(): readonly SeriesEntry[] {
    if (this.made !== undefined) return this.made;
    const { rows } = this;
    const made: SeriesEntry[] = [];
    for (let row = 0; row < rows.length; row++) {
      // Shown by thread, one series has several rows.
      const isSame = row > 0 && rows.slots[row] === rows.slots[row - 1];
      made.push(isSame ? made[row - 1]! : this.entryAt(row));
    }
    return (this.made = made);
  }
}
