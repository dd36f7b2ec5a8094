/**
 * Listed family: a family of the catalogue, with the series that walks have found.
 *
 *     rows      | listed: what `series` shows | found by the walk that goes on |     in order
 *     late      found by this walk, and older than what is in `rows` already
 *
 * Series are found in the order of their slots, which is nearly that of their creation. What comes late by a few rows is
 * put in its place; what belongs further up, or among the rows that somebody may be reading, waits for tidy(), which makes
 * new rows.
 */
import type { CellOffset, SlotIndex } from '../memory/layout.js';
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import type { FamilyEntry } from './catalogue.js';
import type { SeriesEntry } from './series-entry.js';
import { OpenLabels } from './open-labels.js';
import { NO_SERIES, SeriesRows, mergedRows, sortedRows } from './series-list.js';
import type { RowFilter, SeriesList } from './series-list.js';

/** Threads that create series at the same time publish them this much out of order at most, as a rule. */
const LATE_ROWS = 64;

export class ListedFamily implements FamilyEntry {
  series: SeriesList = NO_SERIES;
  overflow: SeriesEntry | undefined;
  readonly openLabels: OpenLabels | undefined;
  private readonly definition: FamilyDescriptor;
  readonly hidden: SeriesEntry[] = [];
  private rows = new SeriesRows();
  private late = new SeriesRows();
  private hasLost = false;
  private keyBytesSeen = 0;
  private keysSeen = 0;

  constructor(
    /** Tells families apart in the catalogue, from 1. */
    readonly id: number,
    readonly slot: SlotIndex,
    readonly sequence: number,
    definition: FamilyDescriptor,
  ) {
    this.definition = definition;
    this.openLabels = definition.openLabels ? new OpenLabels(definition) : undefined;
  }

  get descriptor(): FamilyDescriptor {
    return this.openLabels?.descriptor ?? this.definition;
  }

  get keyBytes(): number {
    return this.keysSeen === 0 ? 0 : this.keyBytesSeen / this.keysSeen;
  }

  /** Makes room for as many series as the family has. */
  expect(count: number): void {
    this.rows.reserve(count);
  }

  /** Adds a series that a walk has found. It is listed by tidy(). */
  add(slot: SlotIndex, sequence: number, cells: CellOffset, keyBytes: number): void {
    this.keyBytesSeen += keyBytes;
    this.keysSeen++;
    this.rows.push(slot, sequence, cells);
    if (this.rows.settleLast(this.series.length, LATE_ROWS)) return;
    this.rows.length--;
    this.late.push(slot, sequence, cells);
  }

  /** Notes that a series of the list is gone. */
  lose(): void {
    this.hasLost = true;
  }

  /** Lists what was added, and no more what `isThere` does not know. Rows that somebody holds stay as they are. */
  *tidy(isThere: RowFilter): Generator<void, void> {
    if (this.hasLost || this.late.length > 0) {
      this.rows = yield* mergedRows(this.rows, yield* sortedRows(this.late), isThere);
      this.late = new SeriesRows();
      if (this.hasLost) this.openLabels?.forget(isThere);
      this.hasLost = false;
    }
    if (this.rows.length !== this.series.length || this.rows.slots !== this.series.slots)
      this.series = this.rows.view();
  }
}
