/**
 * Snapshot: the values of a registry, read once. The seam between slots and everything that shows them.
 *
 * Not an atomic picture of all series: each sample is read once, between the start and the end of the read. Within one
 * histogram the count is the sum of its buckets. Counters and buckets never go down from one snapshot to the next.
 */
import { CellReader, SHARED_THREAD_ID } from '../memory/cell-reader.js';
import { SCHEMA_MAX, SCHEMA_MIN } from '../memory/exponential-index.js';
import type { CellOffset, SlotIndex } from '../memory/layout.js';
import { SLOT_LIVE } from '../memory/slots.js';
import type { Attachment } from '../memory/attachment.js';
import { SketchReader } from '../memory/sketch-reader.js';
import type { SketchShape } from '../memory/sketch-shape.js';
import { classicBucketsOf, isOnlyShared } from '../primitives/cell-sizes.js';
import { relativeErrorOf } from '../primitives/sketch-options.js';
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import type { Catalogue, FamilyEntry } from './catalogue.js';
import { SnapshotExemplars } from './exemplars.js';
import { FamilyReading } from './family-reading.js';
import type { FamilySnapshot, Snapshot } from './family-reading.js';
import { nativeValueCount, writeNativeValues } from './native-buckets.js';
import { writeQuantiles } from './quantile.js';
import type { SeriesList } from './series-list.js';

export type { FamilySnapshot, Snapshot } from './family-reading.js';

const FIRST_THREADS = 16;

/** Some of the series of a family, from a list of them. */
export interface FamilyPart {
  family: FamilyEntry;
  /** Of the family, from when the list was taken: the names of open labels may be more by now. */
  descriptor: FamilyDescriptor;
  list: SeriesList;
  from: number;
  to: number;
  /** The overflow series, behind the others. */
  hasOverflow: boolean;
  /** Leaves out what was removed since the list was made: its cells may be another's. */
  isChecked: boolean;
}

/** Takes snapshots in one thread, and reuses its buffers from one to the next. */
export class SnapshotReader {
  private readonly reader: CellReader;
  private readonly exemplars: SnapshotExemplars;
  private readonly buffers = new WeakMap<FamilyEntry, Float64Array<ArrayBuffer>>();
  private readonly sketchReaders = new WeakMap<FamilyDescriptor, SketchReader>();
  private threadIds = new Int32Array(FIRST_THREADS);
  private threadValues = new Float64Array(FIRST_THREADS);
  /** What readPart() fills. */
  private part: FamilyReading | undefined;

  constructor(
    private readonly attachment: Attachment,
    private readonly catalogue: Catalogue,
  ) {
    this.reader = new CellReader(attachment);
    this.exemplars = new SnapshotExemplars(attachment);
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
    return { families: families.map(family => this.readWhole(family)) };
  }

  /** Looks at the threads that there are. Call it before readPart(), once in each turn of the event loop. */
  refresh(): void {
    this.reader.refresh();
  }

  /** Stripes that each read adds up. */
  get stripeCount(): number {
    return this.reader.stripeCount;
  }

  /** Reads some series of a family. What it returns is valid until the next call. */
  readPart(part: FamilyPart): FamilySnapshot {
    const reading = (this.part ??= new FamilyReading(this.attachment.records, part.family));
    reading.clear(part.family, part.descriptor);
    this.read(part, reading);
    return reading;
  }

  private readWhole(family: FamilyEntry): FamilySnapshot {
    const reading = new FamilyReading(this.attachment.records, family);
    reading.values = this.buffers.get(family) ?? reading.values;
    const { series: list } = family;
    // Removed during the walk, and created again where the walk found it a second time, a series would be there twice.
    // Of an info the youngest label set is shown, and at every moment only as the walk has found it.
    const { descriptor } = family;
    const isInfo = descriptor.type === 'info';
    const isChecked = !isInfo && this.attachment.records.epoch() !== this.catalogue.epoch;
    this.read({ family, descriptor, list, from: 0, to: list.length, hasOverflow: true, isChecked }, reading);
    if (reading.threads === undefined) this.buffers.set(family, reading.values);
    else reading.values = reading.values.slice(0, reading.rows.length);
    return reading;
  }

  private read(part: FamilyPart, reading: FamilyReading): void {
    const { descriptor } = part;
    const { type, aggregator } = descriptor;
    reading.stride = strideOf(descriptor);
    reading.exemplars = descriptor.enableExemplars ? this.exemplars : undefined;
    reading.reserve(part.to - part.from + 1);
    this.addRows(part, reading);
    if (type === 'histogram') this.readHistograms(reading);
    else if (type === 'summary') this.readSummaries(reading);
    else if (type === 'counter') this.readCounters(reading);
    else if (type === 'info') this.readInfo(reading);
    else if (type === 'stateset') this.readStates(reading);
    else if (aggregator === 'thread') this.readThreadGauges(reading);
    else this.readGauges(reading);
  }

  private addRows(
    { family, descriptor, list, from, to, hasOverflow, isChecked }: FamilyPart,
    reading: FamilyReading,
  ): void {
    const { overflow } = family;
    const hasExtra = hasOverflow && overflow !== undefined;
    if (!isChecked && !hasExtra && to - from === list.length && showsAll(descriptor)) {
      reading.rows = list;
      return;
    }
    const { own } = reading;
    own.reserve(to - from + 1);
    if (!isChecked) own.pushRows(list, from, to);
    else
      for (let row = from; row < to; row++)
        if (this.isLive(list.slots[row] as SlotIndex, list.sequences[row]!)) own.pushRow(list, row);
    if (hasExtra && (!isChecked || this.isLive(overflow.slot, overflow.sequence)))
      own.push(overflow.slot, overflow.sequence, overflow.cells);
  }

  /**
   * True when a slot still holds this series. It does until this thread passes its next safe point: its reuse waits for
   * that, because whoever removes the series now dates it after the last one.
   */
  private isLive(slot: SlotIndex, sequence: number): boolean {
    const { slots } = this.attachment.records;
    // The state first: what is live now keeps its sequence until then.
    return slots.state(slot) === SLOT_LIVE && slots.sequence(slot) === sequence;
  }

  private readCounters(reading: FamilyReading): void {
    const { rows, values, descriptor } = reading;
    if (isOnlyShared(descriptor)) this.reader.sharedCounters(rows.cells, rows.length, values);
    else this.reader.counters(rows.cells, rows.length, values);
    if (isOverflowLast(reading) && values[rows.length - 1] === 0) reading.own.length--;
  }

  private readHistograms(reading: FamilyReading): void {
    const { rows, values, stride, descriptor } = reading;
    const bucketCount = descriptor.bounds.length + 1;
    if (descriptor.sketch === null) {
      for (let row = 0; row < rows.length; row++)
        this.reader.histogram(rows.cells[row]!, bucketCount, values, row * stride);
    } else this.readNativeHistograms(reading, descriptor.sketch);
    const last = (rows.length - 1) * stride;
    if (isOverflowLast(reading) && isZero(values, last, bucketCount + 1)) reading.own.length--;
  }

  private readNativeHistograms(
    { rows, values, stride, descriptor }: FamilyReading,
    shape: SketchShape,
  ): void {
    const bucketCount = descriptor.bounds.length + 1;
    const sketch = this.sketchReaderFor(descriptor, shape);
    const classicCount = classicBucketsOf(descriptor);
    for (let row = 0; row < rows.length; row++) {
      const at = row * stride;
      this.reader.nativeHistogram(rows.cells[row]!, classicCount, sketch, values, at);
      const merged = sketch.merge();
      if (classicCount === 0) {
        values[at + bucketCount] = values[at]!;
        values[at] = merged.count;
      }
      writeNativeValues(merged, shape, values, at + bucketCount + 1);
    }
  }

  private readSummaries(reading: FamilyReading): void {
    const { rows, values, stride, descriptor } = reading;
    const { quantiles } = descriptor;
    const shape = descriptor.sketch!;
    const sketch = this.sketchReaderFor(descriptor, shape);
    for (let row = 0; row < rows.length; row++) {
      const at = row * stride;
      const sumAt = at + quantiles.length;
      this.reader.summary(rows.cells[row]!, sketch, values, sumAt);
      const merged = sketch.merge();
      writeQuantiles(merged, quantiles, values, at);
      if (shape.intervals === 0) values[sumAt + 1] = merged.count;
      values[sumAt + 2] = RELATIVE_ERRORS[merged.schema - SCHEMA_MIN]!;
    }
    if (isOverflowLast(reading) && values[rows.length * stride - 2] === 0) reading.own.length--;
  }

  private sketchReaderFor(descriptor: FamilyDescriptor, shape: SketchShape): SketchReader {
    let reader = this.sketchReaders.get(descriptor);
    if (reader === undefined) {
      reader = new SketchReader(this.attachment.arena, shape);
      this.sketchReaders.set(descriptor, reader);
    }
    return reader;
  }

  private readGauges(reading: FamilyReading): void {
    const { own: rows, values, descriptor } = reading;
    const isUnlabelled = descriptor.labelNames.length === 0;
    const { reader } = this;
    const isShared = isOnlyShared(descriptor);
    reader.aggregateBy(descriptor.aggregator, this.attachment.lease?.threadId ?? SHARED_THREAD_ID);
    let shown = 0;
    for (let row = 0; row < rows.length; row++) {
      const cells = rows.cells[row]!;
      if (!(isShared ? reader.sharedGauge(cells, values, shown) : reader.gauge(cells, values, shown))) {
        // A gauge without labels is there from its definition on, at 0, as in every client library; one with labels from
        // its initialisation on.
        if (!isUnlabelled && !this.isInitialised(rows, row)) continue;
        values[shown] = 0;
      }
      rows.move(row, shown++);
    }
    rows.length = shown;
  }

  private readStates(reading: FamilyReading): void {
    const { own: rows, values, descriptor } = reading;
    const isUnlabelled = descriptor.labelNames.length === 0;
    let shown = 0;
    for (let row = 0; row < rows.length; row++) {
      let state = this.reader.state(rows.cells[row]!);
      // As a gauge without labels, a state set without labels is there from its definition on.
      if (state < 0 && (isUnlabelled || this.isInitialised(rows, row)))
        state = descriptor.states.indexOf(descriptor.initial);
      if (state < 0) continue;
      values[shown] = state;
      rows.move(row, shown++);
    }
    rows.length = shown;
  }

  private isInitialised(rows: SeriesList, row: number): boolean {
    return this.attachment.records.slots.isInitialised(rows.slots[row] as SlotIndex);
  }

  /** The youngest label set, see shown-series.ts; the overflow series when there is none, once it was needed. */
  private readInfo(reading: FamilyReading): void {
    const { own: rows } = reading;
    // In order of creation, the overflow series behind all.
    const last = rows.length - 1;
    const shown = last > 0 && reading.isOverflowAt(last) ? last - 1 : last;
    if (shown > 0) rows.move(shown, 0);
    rows.length = Math.min(rows.length, 1);
    reading.values[0] = 1;
  }

  private readThreadGauges(reading: FamilyReading): void {
    const { reader } = this;
    const { own: rows } = reading;
    if (this.threadIds.length < reader.threadValuesMax) {
      this.threadIds = new Int32Array(reader.threadValuesMax);
      this.threadValues = new Float64Array(reader.threadValuesMax);
    }
    const series = rows.length;
    const threads: string[] = [];
    // The rows of threads behind those of series, which go then.
    for (let row = 0; row < series; row++) {
      const count = reader.threadValues(rows.cells[row]!, this.threadValues, this.threadIds, 0);
      reading.reserve(rows.length + count);
      for (let i = 0; i < count; i++) {
        reading.values[threads.length] = this.threadValues[i]!;
        const threadId = this.threadIds[i]!;
        threads.push(threadId === SHARED_THREAD_ID ? 'shared' : String(threadId));
        rows.push(rows.slots[row] as SlotIndex, rows.sequences[row]!, rows.cells[row] as CellOffset);
      }
    }
    for (let i = 0; i < threads.length; i++) rows.move(series + i, i);
    rows.length = threads.length;
    reading.threads = threads;
  }
}

/** False where series without a value are left out, or have a row for each thread. */
function showsAll({ type }: FamilyDescriptor): boolean {
  return type === 'counter' || type === 'histogram' || type === 'summary';
}

/** The overflow series of what counts is shown once something was recorded in it. */
function isOverflowLast(reading: FamilyReading): boolean {
  return reading.rows.length > 0 && reading.isOverflowAt(reading.rows.length - 1);
}

const RELATIVE_ERRORS = Float64Array.from({ length: SCHEMA_MAX - SCHEMA_MIN + 1 }, (_, i) =>
  relativeErrorOf(SCHEMA_MIN + i),
);

/** How many numbers a row has. */
function strideOf({ type, bounds, sketch, quantiles }: FamilyDescriptor): number {
  if (type === 'summary') return quantiles.length + 3;
  if (type !== 'histogram') return 1;
  return bounds.length + 2 + (sketch === null ? 0 : nativeValueCount(sketch));
}

function isZero(values: Float64Array, at: number, length: number): boolean {
  for (let i = at; i < at + length; i++) if (values[i] !== 0) return false;
  return true;
}
