/**
 * Merged snapshot: families of several processes in the form of a snapshot, for renderers, filters and readings.
 *
 * A series keeps its slot and its sequence from one merge to the next, so renderers find what they encoded of it. When it
 * is gone its slot is given to another; when it turns out to be older than it was thought, it is another one itself.
 */
import type { MergedBuckets } from '../memory/sketch-reader.js';
import type { SnapshotExemplars } from '../registry/exemplars.js';
import { nativeValueCount, writeNativeValues } from '../registry/native-buckets.js';
import { writeQuantiles } from '../registry/quantile.js';
import { familyOfSeries } from '../registry/shown-family.js';
import type { FamilySnapshot, Snapshot } from '../registry/snapshot.js';
import { relativeErrorOf } from '../primitives/sketch-options.js';
import { seriesKey } from './family-sum.js';
import { MergedSeries } from './merged-series.js';
import type { FamilyPart, SeriesPart } from './process-snapshot.js';

interface KnownSeries {
  entry: MergedSeries;
  /** The merge that had it last. */
  merge: number;
}

type Exemplars = Pick<SnapshotExemplars, 'read'>;
const EXEMPLARS: Exemplars = {
  read: (family, row) => {
    const series = family.entryAt(row);
    return series instanceof MergedSeries ? [...series.exemplars] : [];
  },
};

export class MergedSnapshots {
  /** By family and label values. */
  private readonly known = new Map<string, KnownSeries>();
  private readonly freeSlots: number[] = [];
  private slots = 0;
  private sequences = 0;
  private merges = 0;

  snapshotOf(families: readonly FamilyPart[]): Snapshot {
    this.merges++;
    const shown = families.map(family => this.familyOf(family));
    for (const [key, { entry, merge }] of this.known) {
      if (merge === this.merges) continue;
      this.known.delete(key);
      this.freeSlots.push(entry.slot);
    }
    return { families: shown };
  }

  private familyOf({ descriptor, series }: FamilyPart): FamilySnapshot {
    const { name, labelNames, type, aggregator, enableExemplars } = descriptor;
    // With its label names: values alone would be those of another series once a label has come or gone.
    const prefix = `${JSON.stringify([name, ...labelNames])} `;
    const entries = series.map(part => this.entryOf(prefix, part));
    const { values, stride } = valuesOf({ descriptor, series });
    const isByThread = type === 'gauge' && aggregator === 'thread';
    const snapshot = {
      descriptor,
      series: entries,
      values,
      stride,
      threads: isByThread ? series.map(({ thread }) => thread ?? '') : undefined,
    };
    const exemplars = enableExemplars ? (EXEMPLARS as SnapshotExemplars) : undefined;
    return familyOfSeries({ ...snapshot, exemplars }, this);
  }

  private entryOf(prefix: string, part: SeriesPart): MergedSeries {
    const { labels, isOverflow, createdMs, exemplars } = part;
    const key = `${prefix}${isOverflow ? '!' : seriesKey({ labels, thread: undefined })}`;
    let known = this.known.get(key);
    if (known === undefined) {
      known = { entry: this.newEntry(part, this.freeSlots.pop() ?? this.slots++), merge: this.merges };
      this.known.set(key, known);
    } else if (known.entry.createdMs !== createdMs && known.merge !== this.merges) {
      known.entry = this.newEntry(part, known.entry.slot);
    }
    known.merge = this.merges;
    known.entry.exemplars = exemplars;
    return known.entry;
  }

  private newEntry({ labels, isOverflow, createdMs }: SeriesPart, slot: number): MergedSeries {
    // Sequences are words, which start over; by then nothing that was encoded of the first ones is left.
    this.sequences = (this.sequences + 1) | 0;
    const identity = { slot, sequence: this.sequences };
    return new MergedSeries(identity, labels, isOverflow, createdMs);
  }
}

/** The values of a family, as FamilySnapshot has them. */
function valuesOf({ descriptor, series }: FamilyPart): Pick<FamilySnapshot, 'values' | 'stride'> {
  const { type, bounds, quantiles, sketch } = descriptor;
  if (type === 'histogram') {
    const classic = bounds.length + 2;
    const stride = classic + (sketch === null ? 0 : nativeValueCount(sketch));
    return written(series, stride, ({ numbers, buckets }, values, at) => {
      values.set(numbers, at);
      if (sketch !== null) writeNativeValues(buckets!, sketch, values, at + classic);
    });
  }
  if (type === 'summary') {
    return written(series, quantiles.length + 3, ({ numbers, buckets }, values, at) =>
      writeSummary({ numbers, buckets: buckets!, quantiles }, values, at),
    );
  }
  const isAverage = type === 'gauge' && descriptor.aggregator === 'average';
  return written(series, 1, ({ numbers }, values, at) => {
    const [value = 1, setters = 1] = numbers;
    values[at] = isAverage && setters > 0 ? value / setters : value;
  });
}

function writeSummary(
  {
    numbers,
    buckets,
    quantiles,
  }: { numbers: readonly number[]; buckets: MergedBuckets; quantiles: readonly number[] },
  values: Float64Array,
  at: number,
): void {
  writeQuantiles(buckets, quantiles, values, at);
  const end = at + quantiles.length;
  values[end] = numbers[0]!;
  values[end + 1] = numbers[1]!;
  values[end + 2] = relativeErrorOf(buckets.schema);
}

function written(
  series: readonly SeriesPart[],
  stride: number,
  write: (part: SeriesPart, values: Float64Array, at: number) => void,
): Pick<FamilySnapshot, 'values' | 'stride'> {
  const values = new Float64Array(series.length * stride);
  series.forEach((part, i) => write(part, values, i * stride));
  return { values, stride };
}
