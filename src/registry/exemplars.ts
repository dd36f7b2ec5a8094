/** Exemplars of a snapshot: read when somebody asks for them, because most text formats cannot show any. */
import type { Attachment } from '../memory/attachment.js';
import { ExemplarReader } from '../memory/exemplar-reader.js';
import type { SlotIndex } from '../memory/layout.js';
import type { RecordStore } from '../memory/record-store.js';
import { classicBucketsOf, exemplarCountOf, valueBytesOf } from '../primitives/cell-sizes.js';
import type { FamilySnapshot } from './family-reading.js';
import { assertUnreclaimed } from './series-entry.js';

export interface ExemplarReading {
  /**
   * Index of the classic bucket that `value` lies in, `+Inf` last; 0 for a counter. Those of native buckets belong to no
   * single one.
   */
  readonly bucket: number | 'native';
  readonly labels: Readonly<Record<string, string>>;
  /** The observation; of a counter, the increment. */
  readonly value: number;
  /** Seconds since 1970, to the millisecond. */
  readonly timestampSeconds: number;
}

const NO_EXEMPLARS: readonly ExemplarReading[] = [];

/** Reads the exemplars of series in a snapshot. Use exemplarsOf. */
export class SnapshotExemplars {
  private readonly reader: ExemplarReader;

  private readonly records: RecordStore;

  constructor({ arena, records }: Attachment) {
    this.reader = new ExemplarReader(arena);
    this.records = records;
  }

  read(family: FamilySnapshot, row: number): ExemplarReading[] {
    const { descriptor, rows } = family;
    const readings: ExemplarReading[] = [];
    const count = exemplarCountOf(descriptor);
    const nativeFrom = descriptor.type === 'counter' ? count : classicBucketsOf(descriptor);
    const first = rows.cells[row]! + valueBytesOf(descriptor);
    for (let index = 0; index < count; index++) {
      const exemplar = this.reader.read(first, index);
      if (exemplar === undefined) continue;
      const { value, timestampSeconds } = exemplar;
      const bucket = index < nativeFrom ? index : 'native';
      readings.push({ bucket, labels: objectOf(exemplar.labels), value, timestampSeconds });
    }
    // After the reads: cells that were another's, or on their way there, by then are not taken for this series'.
    assertUnreclaimed(this.records, rows.slots[row] as SlotIndex, rows.sequences[row]!);
    return readings;
  }
}

/**
 * The exemplars of the series with this index, over all threads the latest of each bucket: classic buckets in their order,
 * then those of native buckets, at most ten, in no order. They are read now and not when the snapshot was taken, so one
 * may belong to a later observation. One that is being written all the time is left out. Empty for families without.
 *
 * @throws StaleSnapshotError when the series was removed since and its cells may be another's
 */
export function exemplarsOf(family: FamilySnapshot, series: number): readonly ExemplarReading[] {
  if (family.exemplars === undefined || !(series >= 0 && series < family.rows.length)) return NO_EXEMPLARS;
  return family.exemplars.read(family, series);
}

/** Own properties all of them: `__proto__` is a label name as any other. */
function objectOf(labels: readonly string[]): Record<string, string> {
  const entries: [string, string][] = [];
  for (let i = 0; i < labels.length; i += 2) entries.push([labels[i]!, labels[i + 1]!]);
  return Object.fromEntries(entries);
}
