/**
 * Family reader: one series, one family or all of them as plain objects, at the moment of the call.
 *
 * Reads what a scrape reads, by the same code, into arrays of its own: a snapshot that somebody holds stays as it is.
 */
import type { Attachment } from '../memory/attachment.js';
import { NO_SLOT } from '../memory/slots.js';
import type { MetricObjectWithValues, SeriesValue } from '../primitives/readings.js';
import type { Catalogue, FamilyEntry } from './catalogue.js';
import type { LiveFamily } from './family-record.js';
import { labelValueMaxOf, setSeriesKey } from './family-record.js';
import { metricObjectOf, valueAt } from './plain-values.js';
import { SeriesRows } from './series-list.js';
import type { FamilySnapshot, SnapshotReader } from './snapshot.js';

export class FamilyReader {
  constructor(
    private readonly attachment: Attachment,
    private readonly catalogue: Catalogue,
    private readonly snapshots: SnapshotReader,
  ) {}

  /** The value of the series with these label values; undefined when there is none. Looks at this one series only. */
  value(family: LiveFamily, values: readonly string[]): SeriesValue | undefined {
    const labelValueMax = labelValueMaxOf(this.attachment.arena.limits, family.descriptor);
    // No series has such a value, and a key with it could spell the key of another.
    if (values.some(value => value.length > labelValueMax)) return undefined;
    return this.pinned(() => {
      const entry = this.entryOf(family, values);
      if (entry === undefined) return undefined;
      const [snapshot] = this.snapshots.takeOf([entry]).families;
      return snapshot!.rows.length === 0 ? undefined : readingOf(snapshot!);
    });
  }

  /** All series of a family; undefined when it is gone. */
  family({ slot, sequence }: LiveFamily): MetricObjectWithValues | undefined {
    return this.objects(family => family.slot === slot && family.sequence === sequence)[0];
  }

  /** Every family, in order of definition. */
  all(): MetricObjectWithValues[] {
    return this.objects(() => true);
  }

  private objects(isWanted: (family: FamilyEntry) => boolean): MetricObjectWithValues[] {
    return this.pinned(() => {
      // Copies: the snapshots' buffers belong to the entries of the catalogue.
      const families = this.catalogue
        .families()
        .filter(isWanted)
        .map(({ slot, sequence, descriptor, openLabels, series, overflow, hidden, keyBytes }) => ({
          slot,
          sequence,
          descriptor,
          openLabels,
          series,
          overflow,
          hidden,
          keyBytes,
        }));
      return this.snapshots.takeOf(families).families.map(metricObjectOf);
    });
  }

  /** A family with one series in it, found by its key and not by a look at all of them. */
  private entryOf(family: LiveFamily, values: readonly string[]): FamilyEntry | undefined {
    const { records } = this.attachment;
    setSeriesKey(this.attachment, family, values);
    const slot = records.find();
    if (slot === NO_SLOT || !records.slots.isShown(slot)) return undefined;
    const { slots } = records;
    const series = new SeriesRows(1);
    series.push(slot, slots.sequence(slot), slots.cellOffset(slot));
    return { ...family, series, overflow: undefined, hidden: [], keyBytes: 0 };
  }

  private pinned<T>(read: () => T): T {
    this.attachment.pin();
    try {
      return read();
    } finally {
      this.attachment.unpin();
    }
  }
}

/** The value of the one series in a snapshot; the sum of what the threads gave when it is shown by thread. */
function readingOf(snapshot: FamilySnapshot): SeriesValue {
  if (snapshot.threads === undefined) return valueAt(snapshot, 0);
  return snapshot.values.reduce((sum, value) => sum + value, 0);
}
