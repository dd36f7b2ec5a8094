/**
 * Snapshot: the values of a registry, read once. The seam between slots and everything that shows them.
 *
 * Not an atomic picture of all series: each sample is read once, between the start and the end of the read. Within one
 * histogram the count is the sum of its buckets. Counters and buckets never go down from one snapshot to the next.
 */
import { CellReader } from '../memory/cell-reader.js';
import type { CellOffset } from '../memory/layout.js';
import { isLaterSequence } from '../memory/slots.js';
import type { Attachment } from '../memory/attachment.js';
import { SketchReader } from '../memory/sketch-reader.js';
import type { SketchShape } from '../memory/sketch-shape.js';
import { classicBucketsOf, isOnlyShared } from '../primitives/cell-sizes.js';
import { relativeErrorOf } from '../primitives/sketch-options.js';
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import type { Catalogue, FamilyEntry, SeriesEntry } from './catalogue.js';
import { SnapshotExemplars } from './exemplars.js';
import { nativeValueCount, writeNativeValues } from './native-buckets.js';
import { writeQuantiles } from './quantile.js';

/** One family's values. Valid until the event loop turns, or the same reader takes its next snapshot. */
export interface FamilySnapshot {
  readonly descriptor: FamilyDescriptor;
  /** The series that have a value, in order of creation, the overflow series last; with threads, one entry for each thread of a series. */
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
  readonly exemplars?: SnapshotExemplars;
}

export interface Snapshot {
  readonly families: readonly FamilySnapshot[];
}

const INITIAL_VALUES = 16;

/** Takes snapshots in one thread, and reuses its buffers from one to the next. */
export class SnapshotReader {
  private readonly reader: CellReader;
  private readonly exemplars: SnapshotExemplars;
  private readonly buffers = new WeakMap<FamilyEntry, Float64Array>();
  private readonly sketchReaders = new WeakMap<FamilyDescriptor, SketchReader>();

  constructor(
    private readonly attachment: Attachment,
    private readonly catalogue: Catalogue,
  ) {
    this.reader = new CellReader(attachment);
    this.exemplars = new SnapshotExemplars(attachment.arena);
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
    const snapshot = this.readValues(family);
    return family.descriptor.enableExemplars ? { ...snapshot, exemplars: this.exemplars } : snapshot;
  }

  private readValues(family: FamilyEntry): FamilySnapshot {
    const { type, aggregator } = family.descriptor;
    if (type === 'histogram') return this.readHistograms(family);
    if (type === 'summary') return this.readSummaries(family);
    if (type === 'counter') return this.readCounters(family);
    if (type === 'info') return this.readInfo(family);
    if (type === 'stateset') return this.readStates(family);
    return aggregator === 'thread' ? this.readThreadGauges(family) : this.readGauges(family);
  }

  private readCounters(family: FamilyEntry): FamilySnapshot {
    const { reader } = this;
    const { series, overflow } = family;
    const values = this.bufferFor(family, series.length + 1);
    const isShared = isOnlyShared(family.descriptor);
    const read = (cells: CellOffset): number =>
      isShared ? reader.sharedCounter(cells) : reader.counter(cells);
    for (let i = 0; i < series.length; i++) values[i] = read(series[i]!.cells);
    const extra = overflow === undefined ? 0 : read(overflow.cells);
    values[series.length] = extra;
    return snapshotOf(family, extra === 0 ? series : [...series, overflow!], values, 1);
  }

  private readHistograms(family: FamilyEntry): FamilySnapshot {
    const { series, overflow, descriptor } = family;
    const bucketCount = descriptor.bounds.length + 1;
    const stride = bucketCount + 1 + (descriptor.sketch === null ? 0 : nativeValueCount(descriptor.sketch));
    const values = this.bufferFor(family, (series.length + 1) * stride);
    for (let i = 0; i < series.length; i++) this.readHistogram(family, series[i]!, values, i * stride);
    const end = series.length * stride;
    if (overflow !== undefined) this.readHistogram(family, overflow, values, end);
    const hasExtra = overflow !== undefined && !isZero(values, end, bucketCount + 1);
    return snapshotOf(family, hasExtra ? [...series, overflow] : series, values, stride);
  }

  private readHistogram(family: FamilyEntry, series: SeriesEntry, values: Float64Array, at: number): void {
    const { descriptor } = family;
    const bucketCount = descriptor.bounds.length + 1;
    if (descriptor.sketch === null) {
      this.reader.histogram(series.cells, bucketCount, values, at);
      return;
    }
    const sketch = this.sketchReaderFor(family, descriptor.sketch);
    const classicCount = classicBucketsOf(descriptor);
    this.reader.nativeHistogram(series.cells, classicCount, sketch, values, at);
    const merged = sketch.merge();
    if (classicCount === 0) {
      values[at + bucketCount] = values[at]!;
      values[at] = merged.count;
    }
    writeNativeValues(merged, descriptor.sketch, values, at + bucketCount + 1);
  }

  private readSummaries(family: FamilyEntry): FamilySnapshot {
    const { series, overflow, descriptor } = family;
    const stride = descriptor.quantiles.length + 3;
    const values = this.bufferFor(family, (series.length + 1) * stride);
    for (let i = 0; i < series.length; i++) this.readSummary(family, series[i]!, values, i * stride);
    const end = series.length * stride;
    if (overflow !== undefined) this.readSummary(family, overflow, values, end);
    const hasExtra = overflow !== undefined && values[end + stride - 2] !== 0;
    return snapshotOf(family, hasExtra ? [...series, overflow] : series, values, stride);
  }

  private readSummary(family: FamilyEntry, series: SeriesEntry, values: Float64Array, at: number): void {
    const { quantiles } = family.descriptor;
    const shape = family.descriptor.sketch!;
    const sketch = this.sketchReaderFor(family, shape);
    const { sum, windowCount } = this.reader.summary(series.cells, sketch);
    const merged = sketch.merge();
    writeQuantiles(merged, quantiles, values, at);
    values[at + quantiles.length] = sum;
    values[at + quantiles.length + 1] = shape.intervals === 0 ? merged.count : windowCount;
    values[at + quantiles.length + 2] = relativeErrorOf(merged.schema);
  }

  private sketchReaderFor(family: FamilyEntry, shape: SketchShape): SketchReader {
    let reader = this.sketchReaders.get(family.descriptor);
    if (reader === undefined) {
      reader = new SketchReader(this.attachment.arena, shape);
      this.sketchReaders.set(family.descriptor, reader);
    }
    return reader;
  }

  private readGauges(family: FamilyEntry): FamilySnapshot {
    const { descriptor } = family;
    const entries = overflowLast(family);
    const values = this.bufferFor(family, entries.length);
    const series: SeriesEntry[] = [];
    const ownThreadId = this.attachment.lease?.threadId ?? -1;
    const isUnlabelled = descriptor.labelNames.length === 0;
    const isShared = isOnlyShared(descriptor);
    for (const entry of entries) {
      let value = isShared
        ? this.reader.sharedGauge(entry.cells)
        : this.reader.gauge(entry.cells, descriptor.aggregator, ownThreadId);
      // A gauge without labels is there from its definition on, at 0, as in every client library; one with labels from
      // its initialisation on.
      if (value === undefined && (isUnlabelled || entry.isInitialised())) value = 0;
      if (value === undefined) continue;
      values[series.length] = value;
      series.push(entry);
    }
    return snapshotOf(family, series, values, 1);
  }

  private readStates(family: FamilyEntry): FamilySnapshot {
    const { descriptor } = family;
    const entries = overflowLast(family);
    const values = this.bufferFor(family, entries.length);
    const series: SeriesEntry[] = [];
    for (const entry of entries) {
      let state = this.reader.state(entry.cells);
      // As a gauge without labels, a state set without labels is there from its definition on.
      if (state < 0 && (descriptor.labelNames.length === 0 || entry.isInitialised()))
        state = descriptor.states.indexOf(descriptor.initial);
      if (state < 0) continue;
      values[series.length] = state;
      series.push(entry);
    }
    return snapshotOf(family, series, values, 1);
  }

  /** The youngest label set, see shown-series.ts; the overflow series when there is none, once it was needed. */
  private readInfo(family: FamilyEntry): FamilySnapshot {
    let shown = family.overflow;
    for (const entry of family.series)
      if (shown === undefined || shown.isOverflow || isLaterSequence(entry.sequence, shown.sequence))
        shown = entry;
    const values = this.bufferFor(family, 1);
    values[0] = 1;
    return snapshotOf(family, shown === undefined ? [] : [shown], values, 1);
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
