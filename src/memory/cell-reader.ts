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
  readStripedInteger,
  stripedIntegerAt,
} from './counter-cell.js';
import { sumCounters } from './counter-sums.js';
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
import type { SketchReader } from './sketch-reader.js';
import { readState } from './state-cell.js';

/** A writer faster than this many re-reads is not waited for; the sum may then lag its buckets. */
const HISTOGRAM_READ_MAX = 4;

/** How the values that threads gave to one gauge become one sample. */
export type Aggregator = 'sum' | 'min' | 'max' | 'average' | 'first' | 'last' | 'omit' | 'thread';

/** The thread id of values that the shared stripe holds. */
export const SHARED_THREAD_ID = -1;

/** The cells of a histogram with native buckets in one stripe; one object, filled again for each. */
interface HistogramPart {
  offset: number;
  isShared: boolean;
  classicCount: number;
}

/** A lease that is held, and the stripe that its owner alone writes. */
interface StripeOwner {
  readonly stripeOffset: number;
  readonly mark: number;
  readonly threadId: number;
}

export class CellReader {
  private readonly stripeOffsets: number[] = [];
  /** The earliest lease first. */
  private owners: StripeOwner[] = [];
  /** State and order of each lease record when `owners` were read. */
  private leaseWords = new Int32Array(0);
  private sharedOffset = 0;
  private sharedUsed = false;
  private ticks = 0;
  private aggregator: Aggregator = 'sum';
  private ownThreadId = SHARED_THREAD_ID;
  private bucketScratch = new Float64Array(64);
  private laterScratch = new Float64Array(64);
  private readonly part: HistogramPart = { offset: 0, isShared: false, classicCount: 0 };

  constructor(private readonly attachment: Attachment) {}

  /** Looks which stripes and leases there are. Call it before the reads of a scrape, and again when the loop has turned. */
  refresh(): void {
    const { arena } = this.attachment;
    // A process whose only beating thread is blocked still turns its sliding windows when it is scraped.
    advanceTicks(arena);
    this.ticks = ticksOf(arena);
    const leases = arena.header(HEADER_LEASE_HIGH_WATER_OFFSET);
    const stripes = Math.min(leases, arena.sizes.stripeCount);
    while (this.stripeOffsets.length < stripes) {
      this.stripeOffsets.push(arena.stripeOffset(this.stripeOffsets.length + 1));
    }
    if (this.haveLeasesMoved(leases)) this.readOwners();
    this.sharedOffset = arena.stripeOffset(0);
    this.sharedUsed = arena.header(HEADER_SHARED_STRIPE_USED_OFFSET) !== 0;
  }

  /** Stripes that a read adds up, the shared one included. */
  get stripeCount(): number {
    return this.stripeOffsets.length + 1;
  }

  /** Sums over all stripes of counters: `count` of them, whose cells are given, into `out`. */
  counters(cells: Uint32Array, count: number, out: Float64Array): void {
    const { doubles, quads } = this.attachment.arena;
    const { stripeOffsets, sharedOffset } = this;
    sumCounters(doubles, stripeOffsets, cells, count, out);
    if (!this.sharedUsed) return;
    for (let i = 0; i < count; i++) out[i]! += readAtomicCounter(quads, sharedOffset + cells[i]!);
  }

  /** As counters(), of a family that is in the shared stripe alone. */
  sharedCounters(cells: Uint32Array, count: number, out: Float64Array): void {
    const { quads } = this.attachment.arena;
    for (let i = 0; i < count; i++) out[i] = readAtomicCounter(quads, this.sharedOffset + cells[i]!);
  }

  /**
   * Sum over all stripes of a histogram: `bucketCount` non-cumulative buckets into `out` from `at`, then the sum.
   */
  histogram(cells: number, bucketCount: number, out: Float64Array, at: number): void {
    const end = at + bucketCount;
    for (let i = at; i <= end; i++) out[i] = 0;
    for (let k = 0; k < this.stripeOffsets.length; k++)
      this.addHistogram(this.stripeOffsets[k]! + cells, bucketCount, out, at);
    if (this.sharedUsed) this.addSharedHistogram(this.sharedOffset + cells, bucketCount, out, at);
  }

  /**
   * Sum over all stripes of a histogram with native buckets: `classicCount` non-cumulative buckets into `out` from `at`,
   * then the sum; what `sketch` returns from merge() are the native ones. Both have the same count.
   */
  nativeHistogram(
    cells: number,
    classicCount: number,
    sketch: SketchReader,
    out: Float64Array,
    at: number,
  ): void {
    const end = at + classicCount;
    for (let i = at; i <= end; i++) out[i] = 0;
    sketch.start();
    const { part } = this;
    const { doubles, quads } = this.attachment.arena;
    part.classicCount = classicCount;
    part.isShared = false;
    for (let k = 0; k < this.stripeOffsets.length; k++) {
      part.offset = this.stripeOffsets[k]! + cells;
      out[end]! += doubles[(part.offset + HISTOGRAM_SUM_OFFSET) / U64_BYTES]!;
      this.addDual(part, sketch, out, at);
    }
    if (!this.sharedUsed) return;
    part.offset = this.sharedOffset + cells;
    part.isShared = true;
    out[end]! += readAtomicDouble(quads, part.offset + HISTOGRAM_SUM_OFFSET);
    this.addDual(part, sketch, out, at);
  }

  /**
   * Sum over all stripes of a summary: its sum into `out` at `at`, then the count of everything ever observed if it has a
   * sliding window, else 0. What `sketch` returns from merge() is the window; without one it has the count, too.
   */
  summary(cells: number, sketch: SketchReader, out: Float64Array, at: number): void {
    const { doubles, quads } = this.attachment.arena;
    const { intervals, intervalTicks } = sketch.shape;
    const interval = intervals === 0 ? 0 : intervalAt(this.ticks, intervalTicks);
    out[at] = 0;
    out[at + 1] = 0;
    sketch.start();
    for (let k = 0; k < this.stripeOffsets.length; k++) {
      const offset = this.stripeOffsets[k]! + cells;
      out[at]! += doubles[(offset + SUMMARY_SUM_OFFSET) / U64_BYTES]!;
      if (intervals > 0) out[at + 1]! += readStripedInteger(doubles, offset + SUMMARY_COUNT_OFFSET);
      sketch.addStriped(offset + SUMMARY_SKETCH_OFFSET, interval);
    }
    if (!this.sharedUsed) return;
    const offset = this.sharedOffset + cells;
    out[at]! += readAtomicDouble(quads, offset + SUMMARY_SUM_OFFSET);
    if (intervals > 0) out[at + 1]! += readAtomicInteger(quads, offset + SUMMARY_COUNT_OFFSET);
    sketch.addShared(offset + SUMMARY_SKETCH_OFFSET, interval);
  }

  /** The most values that threadValues() finds for one gauge. */
  get threadValuesMax(): number {
    return this.owners.length + 1;
  }

  /**
   * The values that live threads gave to a gauge, the earliest lease first, the shared one last: values into `out` from
   * `at`, and with each the id of its thread. Returns how many there are.
   */
  threadValues(cells: number, out: Float64Array, threadIds: Int32Array, at: number): number {
    const { words, doubles, quads } = this.attachment.arena;
    const { owners } = this;
    let found = at;
    for (let i = 0; i < owners.length; i++) {
      const { stripeOffset, mark, threadId } = owners[i]!;
      if (!gaugeIsSet(words, stripeOffset + cells, mark)) continue;
      threadIds[found] = threadId;
      out[found++] = readStripedGauge(doubles, stripeOffset + cells);
    }
    const shared = this.sharedOffset + cells;
    if (this.sharedUsed && gaugeIsSet(words, shared, SHARED_MARK)) {
      threadIds[found] = SHARED_THREAD_ID;
      out[found++] = readAtomicGauge(quads, shared);
    }
    return found - at;
  }

  /** Says how gauge() is to make one value of many. `ownThreadId` gave the one that 'omit' shows. */
  aggregateBy(aggregator: Aggregator, ownThreadId: number): void {
    this.aggregator = aggregator;
    this.ownThreadId = ownThreadId;
  }

  /** One value for a gauge over all threads, into `out` at `at`; false when no live thread has set it. */
  gauge(cells: number, out: Float64Array, at: number): boolean {
    const { words, doubles, quads } = this.attachment.arena;
    const { owners, aggregator, ownThreadId } = this;
    let count = 0;
    for (let i = 0; i < owners.length; i++) {
      const { stripeOffset, mark, threadId } = owners[i]!;
      if (aggregator === 'omit' && (threadId !== ownThreadId || count > 0)) continue;
      if (!gaugeIsSet(words, stripeOffset + cells, mark)) continue;
      out[at] = combined(aggregator, count++, out[at]!, readStripedGauge(doubles, stripeOffset + cells));
    }
    const shared = this.sharedOffset + cells;
    const isSharedWanted = this.sharedUsed && (aggregator !== 'omit' || count === 0);
    if (isSharedWanted && gaugeIsSet(words, shared, SHARED_MARK))
      out[at] = combined(aggregator, count++, out[at]!, readAtomicGauge(quads, shared));
    if (aggregator === 'average' && count > 1) out[at]! /= count;
    return count > 0;
  }

  /** A gauge that is in the shared stripe alone, into `out` at `at`; false when it was never set. */
  sharedGauge(cells: number, out: Float64Array, at: number): boolean {
    const { words, quads } = this.attachment.arena;
    const offset = this.sharedOffset + cells;
    if (!gaugeIsSet(words, offset, SHARED_MARK)) return false;
    out[at] = readAtomicGauge(quads, offset);
    return true;
  }

  /** Index of the active state of a state set; -1 when none was ever set. */
  state(cells: number): number {
    return readState(this.attachment.arena.words, this.sharedOffset + cells);
  }

  /** Compares words, and makes nothing, as long as no lease begins or ends. */
  private haveLeasesMoved(count: number): boolean {
    const { leases } = this.attachment;
    let hasMoved = this.leaseWords.length !== 2 * count;
    if (hasMoved) this.leaseWords = new Int32Array(2 * count);
    const { leaseWords } = this;
    for (let i = 0; i < count; i++) {
      const state = leases.stateAt(i);
      // Its owner writes it after the state: what was read in between has another order now.
      const order = leases.orderAt(i);
      if (leaseWords[2 * i] === state && leaseWords[2 * i + 1] === order) continue;
      leaseWords[2 * i] = state;
      leaseWords[2 * i + 1] = order;
      hasMoved = true;
    }
    return hasMoved;
  }

  private readOwners(): void {
    this.owners = this.attachment.leases
      .held()
      .filter(({ stripe }) => stripe !== 0 && stripe <= this.stripeOffsets.length)
      .sort((a, b) => a.order - b.order)
      .map(({ stripe, mark, threadId }) => ({
        stripeOffset: this.stripeOffsets[stripe - 1]!,
        mark,
        threadId,
      }));
  }

  private addHistogram(offset: number, bucketCount: number, out: Float64Array, at: number): void {
    const { doubles } = this.attachment.arena;
    const scratch = this.scratch(bucketCount);
    const sumIndex = (offset + HISTOGRAM_SUM_OFFSET) / U64_BYTES;
    const first = (offset + HISTOGRAM_BUCKETS_OFFSET) / U64_BYTES;
    let sum = 0;
    for (let attempt = 0; attempt < HISTOGRAM_READ_MAX; attempt++) {
      // The sum before the buckets, which are written before it: on x64 it never counts what they do not, and on arm64
      // not for longer than two plain stores take to become visible.
      sum = doubles[sumIndex]!;
      for (let i = 0; i < bucketCount; i++) scratch[i] = stripedIntegerAt(doubles, first + i);
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

/** What `count` values came to, and one more. The mean is their sum until it is divided. */
function combined(aggregator: Aggregator, count: number, before: number, value: number): number {
  if (count === 0) return value;
  switch (aggregator) {
    case 'first':
    case 'omit':
      return before;
    case 'last':
      return value;
    case 'min':
      return Math.min(before, value);
    case 'max':
      return Math.max(before, value);
    default:
      return before + value;
  }
}
