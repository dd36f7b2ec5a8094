/** Shown family: the rows and values of a family under another definition, or of series that stand in no arena. */
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import type { SnapshotExemplars } from './exemplars.js';
import type { FamilySnapshot } from './family-reading.js';
import type { SeriesEntry } from './series-entry.js';
import { SeriesRows } from './series-list.js';
import type { SeriesList } from './series-list.js';

/** The same rows and values. Copies nothing: it is what the other one is. */
export class ShownFamily implements FamilySnapshot {
  readonly values: Float64Array;
  readonly stride: number;
  readonly threads: readonly string[] | undefined;
  readonly exemplars: SnapshotExemplars | undefined;
  readonly rows: SeriesList;
  readonly store: object;
  readonly entryAt: (row: number) => SeriesEntry;

  /** @param shownAs what each series is shown as; itself if absent */
  constructor(
    private readonly family: FamilySnapshot,
    readonly descriptor: FamilyDescriptor,
    private readonly shownAs?: (series: SeriesEntry) => SeriesEntry,
  ) {
    ({
      values: this.values,
      stride: this.stride,
      threads: this.threads,
      exemplars: this.exemplars,
      rows: this.rows,
      store: this.store,
    } = family);
    this.entryAt = shownAs === undefined ? family.entryAt : row => shownAs(family.entryAt(row));
  }

  get series(): readonly SeriesEntry[] {
    const { family, shownAs } = this;
    return shownAs === undefined ? family.series : family.series.map(series => shownAs(series));
  }
}

/** A family whose series are objects, which stand in no arena. */
export function familyOfSeries(
  family: Omit<FamilySnapshot, 'rows' | 'store' | 'entryAt'>,
  store: object,
): FamilySnapshot {
  const { series } = family;
  const rows = new SeriesRows(series.length);
  for (const { slot, sequence, cells } of series) rows.push(slot, sequence, cells);
  return { ...family, rows, store, entryAt: row => series[row]! };
}
