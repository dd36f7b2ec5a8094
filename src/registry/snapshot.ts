/**
 * Snapshot: the values of a registry, read once. The seam between slots and everything that shows them.
 *
 * Not an atomic picture of all series: each sample is read once, between the start and the end of the read. Within one
 * histogram the count is the sum of its buckets. Counters and buckets never go down from one snapshot to the next.
 */
import { CellReader } from '../memory/cell-reader.js';
import type { Attachment } from '../memory/attachment.js';
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import type { Catalogue, FamilyEntry, SeriesEntry } from './catalogue.js';

/** One family's values. Valid until the event loop turns, or the same reader takes its next snapshot. */
export interface FamilySnapshot {
  readonly descriptor: FamilyDescriptor;
  /** The series that have a value, in order of creation, the overflow series last; with threads, one entry for each thread of a series. */
  readonly series: readonly SeriesEntry[];
  /** `stride` values for each series: one, or for a histogram its buckets, non-cumulative, then the sum. */
  readonly values: Float64Array;
  readonly stride: number;
  /** The `thread` label of each series, for gauges that are shown by thread; otherwise absent. */
  readonly threads: readonly string[] | undefined;
}

export interface Snapshot {
  readonly families: readonly FamilySnapshot[];
}

const INITIAL_VALUES = 16;

/** Takes snapshots in one thread, and reuses its buffers from one to the next. */
export class SnapshotReader {
  private readonly reader: CellReader;
  private readonly buffers = new WeakMap<FamilyEntry, Float64Array>();

  constructor(
    private readonly attachment: Attachment,
    private readonly catalogue: Catalogue,
  ) {
    this.reader = new CellReader(attachment);
  }

  /** Reads every series. Waits for nobody and changes nothing; its cost does not depend on what other threads do. */
  take(): Snapshot {
    this.attachment.pin();
    try {
      return this.takeOf(this.catalogue.families());
    } finally {
      this.attachment.unpin();
    }
  }

  /** As take(), of some families. The caller has been pinned since the catalogue gave them. */
  takeOf(families: readonly FamilyEntry[]): Snapshot {
    this.reader.refresh();
    return { families: families.map(family => this.read(family)) };
  }

  private read(family: FamilyEntry): FamilySnapshot {
    const { type, aggregator } = family.descriptor;
    if (type === 'histogram') return this.readHistograms(family);
    if (type === 'counter') return this.readCounters(family);
    return aggregator === 'thread' ? this.readThreadGauges(family) : this.readGauges(family);
  }

  private readCounters(family: FamilyEntry): FamilySnapshot {
    const { reader } = this;
    const { series, overflow } = family;
    const values = this.bufferFor(family, series.length + 1);
    for (let i = 0; i < series.length; i++) values[i] = reader.counter(series[i]!.cells);
    const extra = overflow === undefined ? 0 : reader.counter(overflow.cells);
    values[series.length] = extra;
    return snapshotOf(family, extra === 0 ? series : [...series, overflow!], values, 1);
  }

  private readHistograms(family: FamilyEntry): FamilySnapshot {
    const { reader } = this;
    const { series, overflow } = family;
    const bucketCount = family.descriptor.bounds.length + 1;
    const stride = bucketCount + 1;
    const values = this.bufferFor(family, (series.length + 1) * stride);
    for (let i = 0; i < series.length; i++)
      reader.histogram(series[i]!.cells, bucketCount, values, i * stride);
    const end = series.length * stride;
    if (overflow !== undefined) reader.histogram(overflow.cells, bucketCount, values, end);
    const hasExtra = overflow !== undefined && !isZero(values, end, stride);
    return snapshotOf(family, hasExtra ? [...series, overflow] : series, values, stride);
  }

  private readGauges(family: FamilyEntry): FamilySnapshot {
    const { descriptor } = family;
    const entries = overflowLast(family);
    const values = this.bufferFor(family, entries.length);
    const series: SeriesEntry[] = [];
    const ownThreadId = this.attachment.lease?.threadId ?? -1;
    const isUnlabelled = descriptor.labelNames.length === 0;
    for (const entry of entries) {
      let value = this.reader.gauge(entry.cells, descriptor.aggregator, ownThreadId);
      // A gauge without labels is there from its definition on, at 0, as in every client library; one with labels from
      // its initialisation on.
      if (value === undefined && (isUnlabelled || entry.isInitialised())) value = 0;
      if (value === undefined) continue;
      values[series.length] = value;
      series.push(entry);
    }
    return snapshotOf(family, series, values, 1);
  }

  private readThreadGauges(family: FamilyEntry): FamilySnapshot {
    const series: SeriesEntry[] = [];
    const threads: string[] = [];
    const values: number[] = [];
    for (const entry of overflowLast(family)) {
      for (const { value, threadId } of this.reader.contributions(entry.cells)) {
        series.push(entry);
        values.push(value);
        threads.push(threadId < 0 ? 'shared' : String(threadId));
      }
    }
    return { ...snapshotOf(family, series, Float64Array.from(values), 1), threads };
  }

  private bufferFor(family: FamilyEntry, length: number): Float64Array {
    let buffer = this.buffers.get(family);
    if (buffer === undefined || buffer.length < length) {
      buffer = new Float64Array(Math.max(INITIAL_VALUES, length * 2));
      this.buffers.set(family, buffer);
    }
    return buffer;
  }
}

function snapshotOf(
  { descriptor }: FamilyEntry,
  series: readonly SeriesEntry[],
  values: Float64Array,
  stride: number,
): FamilySnapshot {
  return { descriptor, series, values, stride, threads: undefined };
}

function overflowLast({ series, overflow }: FamilyEntry): readonly SeriesEntry[] {
  return overflow === undefined ? series : [...series, overflow];
}

function isZero(values: Float64Array, at: number, length: number): boolean {
  for (let i = at; i < at + length; i++) if (values[i] !== 0) return false;
  return true;
}
