/**
 * Cell reader: the column sums of a scrape.
 *
 * Readers   any attached thread. Writes nothing but the coarse clock: what recording threads do is not waited for.
 * Promises  Counters and cumulative buckets are monotonic from one read to the next. A gauge value counts only if the
 *           lease that wrote it is held now.
 * Progress  wait-free; a histogram is read again at most HISTOGRAM_READ_MAX times while its sum moves.
 */
import type { Attachment } from './attachment.js';
import { SHARED_MARK } from './cell-place.js';
import {
  readAtomicCounter,
  readAtomicDouble,
  readAtomicInteger,
  readStripedCounter,
  readStripedInteger,
} from './counter-cell.js';
import { gaugeIsSet, readAtomicGauge, readStripedGauge } from './gauge-cell.js';
import { advanceTicks, intervalAt, ticksOf } from './coarse-clock.js';
import {
  HEADER_LEASE_HIGH_WATER_OFFSET,
  HEADER_SHARED_STRIPE_USED_OFFSET,
  HISTOGRAM_BUCKETS_OFFSET,
  HISTOGRAM_SUM_OFFSET,
  SUMMARY_COUNT_OFFSET,
  SUMMARY_SKETCH_OFFSET,
  SUMMARY_SUM_OFFSET,
  U64_BYTES,
} from './layout.js';
import type { CellOffset } from './layout.js';
import type { LeaseReading } from './leases.js';
import type { SketchReader } from './sketch-reader.js';
import { readState } from './state-cell.js';

/** A writer faster than this many re-reads is not waited for; the sum may then lag its buckets. */
const HISTOGRAM_READ_MAX = 4;

/** How the values that threads gave to one gauge become one sample. */
export type Aggregator = 'sum' | 'min' | 'max' | 'average' | 'first' | 'last' | 'omit' | 'thread';

/** One thread's value of a gauge. */
export interface GaugeContribution {
  readonly value: number;
  readonly threadId: number;
}

/** The cells of a histogram with native buckets in one stripe. */
interface HistogramPart {
  readonly offset: number;
  readonly isShared: boolean;
  readonly classicCount: number;
}

export class CellReader {
  private stripeOffsets: number[] = [];
  private leases: LeaseReading[] = [];
  private sharedOffset = 0;
  private sharedUsed = false;
  private ticks = 0;
  private bucketScratch = new Float64Array(64);
  private laterScratch = new Float64Array(64);

  constructor(private readonly attachment: Attachment) {}

  /** Looks which stripes and leases there are. Call it once before the reads of a scrape. */
  refresh(): void {
    const { arena, leases } = this.attachment;
    // A process whose only beating thread is blocked still turns its sliding windows when it is scraped.
    advanceTicks(arena);
    this.ticks = ticksOf(arena);
    const stripes = Math.min(arena.header(HEADER_LEASE_HIGH_WATER_OFFSET), arena.sizes.stripeCount);
    while (this.stripeOffsets.length < stripes) {
      this.stripeOffsets.push(arena.stripeOffset(this.stripeOffsets.length + 1));
    }
    this.leases = leases.held().filter(lease => lease.stripe !== 0);
    this.leases.sort((a, b) => a.order - b.order);
    this.sharedOffset = arena.stripeOffset(0);
    this.sharedUsed = arena.header(HEADER_SHARED_STRIPE_USED_OFFSET) !== 0;
  }

  /** Sum over all stripes of a counter. */
  counter(cells: CellOffset): number {
    const { doubles, quads } = this.attachment.arena;
    const { stripeOffsets } = this;
    let sum = 0;
    for (let i = 0; i < stripeOffsets.length; i++)
      sum += readStripedCounter(doubles, stripeOffsets[i]! + cells);
    return this.sharedUsed ? sum + readAtomicCounter(quads, this.sharedOffset + cells) : sum;
  }

  /** A counter that is in the shared stripe alone. */
  sharedCounter(cells: CellOffset): number {
    return readAtomicCounter(this.attachment.arena.quads, this.sharedOffset + cells);
  }

  /**
   * Sum over all stripes of a histogram: `bucketCount` non-cumulative buckets into `out` from `at`, then the sum.
   */
  histogram(cells: CellOffset, bucketCount: number, out: Float64Array, at: number): void {
    out.fill(0, at, at + bucketCount + 1);
    for (const stripeOffset of this.stripeOffsets)
      this.addHistogram(stripeOffset + cells, bucketCount, out, at);
    if (this.sharedUsed) this.addSharedHistogram(this.sharedOffset + cells, bucketCount, out, at);
  }

  /**
   * Sum over all stripes of a histogram with native buckets: `classicCount` non-cumulative buckets into `out` from `at`,
   * then the sum; what `sketch` returns from merge() are the native ones. Both have the same count.
   */
  nativeHistogram(
    cells: CellOffset,
    classicCount: number,
    sketch: SketchReader,
    out: Float64Array,
    at: number,
  ): void {
    out.fill(0, at, at + classicCount + 1);
    sketch.start();
    const { doubles, quads } = this.attachment.arena;
    for (const stripeOffset of this.stripeOffsets) {
      const offset = stripeOffset + cells;
      out[at + classicCount]! += doubles[(offset + HISTOGRAM_SUM_OFFSET) / U64_BYTES]!;
      this.addDual({ offset, isShared: false, classicCount }, sketch, out, at);
    }
    if (!this.sharedUsed) return;
    const offset = this.sharedOffset + cells;
    out[at + classicCount]! += readAtomicDouble(quads, offset + HISTOGRAM_SUM_OFFSET);
    this.addDual({ offset, isShared: true, classicCount }, sketch, out, at);
  }

  /**
   * Sum over all stripes of a summary: what `sketch` returns from merge() is its window; without a sliding window it has
   * the count too, and windowCount is 0.
   */
  summary(cells: CellOffset, sketch: SketchReader): { sum: number; windowCount: number } {
    const { doubles, quads } = this.attachment.arena;
    const { intervals, intervalTicks } = sketch.shape;
    const interval = intervals === 0 ? 0 : intervalAt(this.ticks, intervalTicks);
    let sum = 0;
    let windowCount = 0;
    sketch.start();
    for (const stripeOffset of this.stripeOffsets) {
      const offset = stripeOffset + cells;
      sum += doubles[(offset + SUMMARY_SUM_OFFSET) / U64_BYTES]!;
      if (intervals > 0) windowCount += readStripedInteger(doubles, offset + SUMMARY_COUNT_OFFSET);
      sketch.addStriped(offset + SUMMARY_SKETCH_OFFSET, interval);
    }
    if (!this.sharedUsed) return { sum, windowCount };
    const offset = this.sharedOffset + cells;
    sum += readAtomicDouble(quads, offset + SUMMARY_SUM_OFFSET);
    if (intervals > 0) windowCount += readAtomicInteger(quads, offset + SUMMARY_COUNT_OFFSET);
    sketch.addShared(offset + SUMMARY_SKETCH_OFFSET, interval);
    return { sum, windowCount };
  }

  /** The values that live threads gave to a gauge, the earliest lease first; the shared one last. */
  contributions(cells: CellOffset): GaugeContribution[] {
    const { words, doubles, quads } = this.attachment.arena;
    const found: GaugeContribution[] = [];
    for (const lease of this.leases) {
      const at = this.stripeOffsets[lease.stripe - 1]! + cells;
      if (!gaugeIsSet(words, at, lease.mark)) continue;
      found.push({ value: readStripedGauge(doubles, at), threadId: lease.threadId });
    }
    const shared = this.sharedOffset + cells;
    if (this.sharedUsed && gaugeIsSet(words, shared, SHARED_MARK)) {
      found.push({ value: readAtomicGauge(quads, shared), threadId: -1 });
    }
    return found;
  }

  /** One value for a gauge over all threads, or undefined when no live thread has set it. */
  gauge(cells: CellOffset, aggregator: Aggregator, ownThreadId: number): number | undefined {
    const values = this.contributions(cells);
    if (values.length === 0) return undefined;
    if (aggregator === 'omit')
      return values.find(({ threadId }) => threadId === ownThreadId || threadId < 0)?.value;
    if (values.length === 1) return values[0]!.value;
    return aggregate(values, aggregator);
  }

  /** A gauge that is in the shared stripe alone; undefined when it was never set. */
  sharedGauge(cells: CellOffset): number | undefined {
    const { words, quads } = this.attachment.arena;
    const at = this.sharedOffset + cells;
    return gaugeIsSet(words, at, SHARED_MARK) ? readAtomicGauge(quads, at) : undefined;
  }

  /** Index of the active state of a state set; -1 when none was ever set. */
  state(cells: CellOffset): number {
    return readState(this.attachment.arena.words, this.sharedOffset + cells);
  }

  private addHistogram(offset: number, bucketCount: number, out: Float64Array, at: number): void {
    const { doubles } = this.attachment.arena;
    const scratch = this.scratch(bucketCount);
    const sumIndex = (offset + HISTOGRAM_SUM_OFFSET) / U64_BYTES;
    let sum = 0;
    for (let attempt = 0; attempt < HISTOGRAM_READ_MAX; attempt++) {
      // The sum before the buckets, which are written before it: on x64 it never counts what they do not, and on arm64
      // not for longer than two plain stores take to become visible.
      sum = doubles[sumIndex]!;
      for (let i = 0; i < bucketCount; i++) {
        scratch[i] = readStripedInteger(doubles, offset + HISTOGRAM_BUCKETS_OFFSET + i * U64_BYTES);
      }
      if (doubles[sumIndex] === sum) break;
    }
    for (let i = 0; i < bucketCount; i++) out[at + i]! += scratch[i]!;
    out[at + bucketCount]! += sum;
  }

  private addSharedHistogram(offset: number, bucketCount: number, out: Float64Array, at: number): void {
    const { quads } = this.attachment.arena;
    out[at + bucketCount]! += readAtomicDouble(quads, offset + HISTOGRAM_SUM_OFFSET);
    for (let i = 0; i < bucketCount; i++) {
      out[at + i]! += readAtomicInteger(quads, offset + HISTOGRAM_BUCKETS_OFFSET + i * U64_BYTES);
    }
  }

  /** Adds what one stripe has: classic buckets to `out`, native ones to `sketch`, as many of the one as of the other. */
  private addDual(part: HistogramPart, sketch: SketchReader, out: Float64Array, at: number): void {
    const { classicCount } = part;
    const classic = this.readBuckets(part, this.scratch(classicCount));
    const sketchOffset = part.offset + HISTOGRAM_BUCKETS_OFFSET + classicCount * U64_BYTES;
    const native = part.isShared ? sketch.addShared(sketchOffset, 0) : sketch.addStriped(sketchOffset, 0);
    if (classicCount === 0) return;
    if (native > classic) this.raise(part, native - classic);
    else if (native < classic) this.cut(classicCount, classic - native);
    for (let i = 0; i < classicCount; i++) out[at + i]! += this.bucketScratch[i]!;
  }

  /**
   * Takes from the classic buckets that were read what the native ones do not have: the observations that are between the
   * two, of threads that are held up there, or were killed there.
   *
   * From the highest bucket down, so that each cumulative bucket is the smaller one of its own count and of all native
   * ones, and never goes down.
   */
  private cut(classicCount: number, excess: number): void {
    const { bucketScratch } = this;
    for (let i = classicCount - 1; excess > 0; i--) {
      const taken = Math.min(excess, bucketScratch[i]!);
      bucketScratch[i]! -= taken;
      excess -= taken;
    }
  }

  /**
   * Adds to the classic buckets that were read what the native ones have more: observations since.
   *
   * Classic buckets are written first, so a later reading has all of them. Which of those that came since are taken for
   * them is left open; none is taken that is not there, so no bucket is lower in the next scrape. On arm64 a reading may
   * lack what is only just being written; it is counted above all bounds then.
   */
  private raise(part: HistogramPart, missing: number): void {
    const { classicCount } = part;
    const { bucketScratch } = this;
    this.laterScratch = fitted(this.laterScratch, classicCount);
    this.readBuckets(part, this.laterScratch);
    for (let i = 0; i < classicCount && missing > 0; i++) {
      const taken = Math.min(missing, this.laterScratch[i]! - bucketScratch[i]!);
      bucketScratch[i]! += taken;
      missing -= taken;
    }
    bucketScratch[classicCount - 1]! += missing;
  }

  private readBuckets({ offset, isShared, classicCount }: HistogramPart, into: Float64Array): number {
    const { doubles, quads } = this.attachment.arena;
    let count = 0;
    for (let i = 0; i < classicCount; i++) {
      const bucket = offset + HISTOGRAM_BUCKETS_OFFSET + i * U64_BYTES;
      into[i] = isShared ? readAtomicInteger(quads, bucket) : readStripedInteger(doubles, bucket);
      count += into[i]!;
    }
    return count;
  }

  private scratch(length: number): Float64Array<ArrayBuffer> {
    this.bucketScratch = fitted(this.bucketScratch, length);
    return this.bucketScratch;
  }
}

function fitted(scratch: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> {
  return scratch.length < length ? new Float64Array(length) : scratch;
}

function aggregate(values: readonly GaugeContribution[], aggregator: Aggregator): number {
  let result = values[0]!.value;
  if (aggregator === 'first') return result;
  if (aggregator === 'last') return values[values.length - 1]!.value;
  for (let i = 1; i < values.length; i++) {
    const { value } = values[i]!;
    if (aggregator === 'min') result = Math.min(result, value);
    else if (aggregator === 'max') result = Math.max(result, value);
    else result += value;
  }
  return aggregator === 'average' ? result / values.length : result;
}
