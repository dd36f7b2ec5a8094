/**
 * Sketch reader: the buckets of one series, merged over all stripes.
 *
 * Readers   any attached thread. Reads only.
 * Promises  What is read of a stripe is one array that was current, or for a sliding window the arrays of its intervals;
 *           never one that is being filled. Merging expresses all of them at the finest schema at which everything fits:
 *           the result is what one thread would have counted.
 * Progress  wait-free: a stripe is read again only after its writers went over to another array, which happens a few
 *           times for each schema; after SKETCH_READ_MAX times its last reading is taken.
 */
import { addNegative, addPositive, clearRange, emptyRange, fit, tightWindow } from './bucket-window.js';
import type { IndexRange } from './bucket-window.js';
import { readStripedInteger } from './counter-cell.js';
import { SCHEMA_MAX, coarserIndex } from './exponential-index.js';
import {
  BUCKET_ARRAY_BYTES,
  BUCKET_ARRAY_INTERVAL_OFFSET,
  BUCKET_ARRAY_NEGATIVE_LOW_OFFSET,
  BUCKET_ARRAY_POSITIVE_LOW_OFFSET,
  BUCKET_ARRAY_SHAPE_OFFSET,
  BUCKET_ARRAY_ZERO_LOW_OFFSET,
  SKETCH_BYTES,
  SKETCH_TURN_OFFSET,
  U32_BYTES,
  U64_BYTES,
} from './layout.js';
import type { Arena } from './arena.js';
import {
  arrayBytesOf,
  arrayCountOf,
  currentArrayIn,
  firstShiftOf,
  negativeCountIn,
  positiveCountIn,
  shiftIn,
} from './sketch-shape.js';
import type { SketchShape } from './sketch-shape.js';
import { countIn, intervalIn, tagIn, tagOf, windowIn } from './shared-sketch-words.js';

const SKETCH_READ_MAX = 64;
const FIRST_PIECES = 8;
const WORDS = U64_BYTES / U32_BYTES;

/** What was read of one bucket array: its window, and where its counts stand in the scratch. */
interface Piece {
  shift: number;
  positiveLow: number;
  positiveCount: number;
  negativeLow: number;
  negativeCount: number;
  /** First of positiveCount + negativeCount counts. */
  at: number;
  /** The positions that have counts, of each sign from its first. */
  positiveFrom: number;
  positiveEnd: number;
  negativeFrom: number;
  negativeEnd: number;
}

/** How much had been read at some moment. */
interface Mark {
  pieceCount: number;
  scratchLength: number;
  zeroCount: number;
  count: number;
}

/** Written only to keep accesses of this thread apart; nobody reads it. */
const fence = new Int32Array(new SharedArrayBuffer(U32_BYTES));

/** Merged buckets of one series. One object for each reader, filled again for every series. */
export class MergedBuckets {
  schema = SCHEMA_MAX;
  zeroCount = 0;
  /** Sum of all buckets, the zero bucket included. */
  count = 0;
  /** Index of the first positive bucket; meaningless when there is none. */
  positiveLow = 0;
  positiveCount = 0;
  /** As positiveLow, of absolute values. */
  negativeLow = 0;
  negativeCount = 0;
  /** positiveCount counts, then negativeCount, by increasing index. */
  counts = new Float64Array(64);
}

export class SketchReader {
  readonly merged = new MergedBuckets();
  private readonly pieces: Piece[] = [];
  private pieceCount = 0;
  private scratch = new Float64Array(256);
  private scratchLength = 0;
  private zeroCount = 0;
  private count = 0;
  // Made once, as everything here: a scrape makes nothing for a series.
  private readonly before: Mark = { pieceCount: 0, scratchLength: 0, zeroCount: 0, count: 0 };
  private readonly range = emptyRange(0);
  private readonly window = tightWindow(emptyRange(0), 0);

  constructor(
    private readonly arena: Arena,
    readonly shape: SketchShape,
  ) {
    for (let i = 0; i < FIRST_PIECES; i++) this.pieces.push(newPiece());
  }

  /** Forgets what was read before. Call it before the stripes of each series. */
  start(): void {
    this.pieceCount = 0;
    this.scratchLength = 0;
    this.zeroCount = 0;
    this.count = 0;
  }

  /**
   * Reads the sketch at a byte offset of the arena.
   *
   * @param interval the interval of the sliding window that it is now; without a window any number
   * @returns how many values it has counted
   */
  addStriped(byteOffset: number, interval: number): number {
    const { words } = this.arena;
    const turnIndex = (byteOffset + SKETCH_TURN_OFFSET) / U32_BYTES;
    const { before } = this;
    this.mark();
    for (let attempt = 1; ; attempt++) {
      const turn = Atomics.load(words, turnIndex);
      this.addArrays(byteOffset, currentArrayIn(turn), interval);
      // An atomic store between the plain loads above and the load below: arm64 lets the one pass the other otherwise.
      Atomics.store(fence, 0, 0);
      // The array that was current is filled again only after another one was made current.
      if (Atomics.load(words, turnIndex) === turn || attempt === SKETCH_READ_MAX) break;
      this.goBack();
    }
    return this.count - before.count;
  }

  /** As addStriped, of a sketch in the shared stripe. */
  addShared(byteOffset: number, interval: number): number {
    const { words } = this.arena;
    const turnIndex = (byteOffset + SKETCH_TURN_OFFSET) / U32_BYTES;
    const { before } = this;
    this.mark();
    for (let attempt = 1; ; attempt++) {
      const turn = Atomics.load(words, turnIndex);
      this.addSharedArrays(byteOffset, turn, interval);
      if (Atomics.load(words, turnIndex) === turn || attempt === SKETCH_READ_MAX) break;
      this.goBack();
    }
    return this.count - before.count;
  }

  /** Merges what was read since start() into `merged`. */
  merge(): MergedBuckets {
    const { merged } = this;
    const range = this.rangeInUse();
    fit(range, this.shape.bucketsMax);
    tightWindow(range, this.shape.bucketsMax, this.window);
    const { shift, positiveLow, positiveCount, negativeLow, negativeCount } = this.window;
    merged.schema = SCHEMA_MAX - shift;
    merged.positiveLow = positiveLow;
    merged.positiveCount = positiveCount;
    merged.negativeLow = negativeLow;
    merged.negativeCount = negativeCount;
    merged.zeroCount = this.zeroCount;
    merged.count = this.count;
    if (merged.counts.length < positiveCount + negativeCount) {
      merged.counts = new Float64Array(2 * (positiveCount + negativeCount));
    }
    const { counts } = merged;
    for (let i = 0; i < positiveCount + negativeCount; i++) counts[i] = 0;
    for (let i = 0; i < this.pieceCount; i++) this.addPiece(this.pieces[i]!, shift);
    return merged;
  }

  /** The current array, and those of earlier intervals that the sliding window still covers. */
  private addArrays(byteOffset: number, current: number, interval: number): void {
    const { shape } = this;
    const currentOffset = this.arrayOffset(byteOffset, current);
    const currentInterval = this.intervalAt(currentOffset);
    if (shape.intervals === 0) {
      if (currentInterval !== 0) this.addArray(currentOffset, currentInterval);
      return;
    }
    for (let array = 0; array < arrayCountOf(shape); array++) {
      const offset = this.arrayOffset(byteOffset, array);
      const counted = this.intervalAt(offset);
      // An equal interval is a copy that was left behind; a later one is being filled.
      const isPast = array !== current && counted < currentInterval;
      if ((array === current || isPast) && counted !== 0 && counted > interval - shape.intervals) {
        this.addArray(offset, counted);
      }
    }
  }

  private addSharedArrays(byteOffset: number, turn: number, interval: number): void {
    const { shape } = this;
    const current = currentArrayIn(turn);
    const extent = this.sharedExtent(byteOffset, current);
    // Nothing has been counted, or the turn word has moved.
    if (tagIn(extent) !== tagOf(turn)) return;
    if (shape.intervals === 0) {
      this.addSharedArray(byteOffset, current, extent);
      return;
    }
    for (let array = 0; array < arrayCountOf(shape); array++) {
      const own = array === current ? extent : this.sharedExtent(byteOffset, array);
      const counted = intervalIn(own);
      const isPast = array !== current && counted < intervalIn(extent);
      if ((array === current || isPast) && counted !== 0 && counted > interval - shape.intervals) {
        this.addSharedArray(byteOffset, array, own);
      }
    }
  }

  /** Every word of an array has the tag of one generation, or else the array is being filled again and counts no more. */
  private addSharedArray(byteOffset: number, array: number, extent: bigint): void {
    const { quads } = this.arena;
    const { bucketsMax } = this.shape;
    const index = this.arrayOffset(byteOffset, array) / U64_BYTES;
    const tag = tagIn(extent);
    const lows = Atomics.load(quads, index + BUCKET_ARRAY_POSITIVE_LOW_OFFSET / U64_BYTES);
    const zero = Atomics.load(quads, index + BUCKET_ARRAY_ZERO_LOW_OFFSET / U64_BYTES);
    if (tagIn(lows) !== tag || tagIn(zero) !== tag) return;
    const piece = Object.assign(this.nextPiece(), windowIn(extent, lows, bucketsMax));
    const length = piece.positiveCount + piece.negativeCount;
    this.reserve(length);
    let sum = countIn(zero);
    for (let i = 0; i < length; i++) {
      const word = Atomics.load(quads, index + BUCKET_ARRAY_BYTES / U64_BYTES + i);
      if (tagIn(word) !== tag) return;
      const count = countIn(word);
      this.scratch[piece.at + i] = count;
      sum += count;
    }
    this.pieceCount++;
    this.scratchLength += length;
    this.zeroCount += countIn(zero);
    this.count += sum;
  }

  private sharedExtent(byteOffset: number, array: number): bigint {
    const offset = this.arrayOffset(byteOffset, array) + BUCKET_ARRAY_INTERVAL_OFFSET;
    return Atomics.load(this.arena.quads, offset / U64_BYTES);
  }

  private addArray(offset: number, interval: number): void {
    const { words, doubles } = this.arena;
    const { bucketsMax } = this.shape;
    const word = words[(offset + BUCKET_ARRAY_SHAPE_OFFSET) / U32_BYTES]!;
    const piece = this.nextPiece();
    piece.shift = shiftIn(word);
    piece.positiveLow = words[(offset + BUCKET_ARRAY_POSITIVE_LOW_OFFSET) / U32_BYTES]!;
    // Within the array also when the word is read while the array is filled again.
    piece.positiveCount = Math.min(positiveCountIn(word), bucketsMax);
    piece.negativeLow = words[(offset + BUCKET_ARRAY_NEGATIVE_LOW_OFFSET) / U32_BYTES]!;
    piece.negativeCount = Math.min(negativeCountIn(word), bucketsMax - piece.positiveCount);
    const length = piece.positiveCount + piece.negativeCount;
    this.reserve(length);
    const { scratch } = this;
    const firstBucket = (offset + BUCKET_ARRAY_BYTES) / U32_BYTES;
    const { at } = piece;
    let sum = 0;
    for (let i = 0; i < length; i++) {
      const lowIndex = firstBucket + i * WORDS;
      const low = words[lowIndex]!;
      // Most buckets have not counted to 2^31. Half turns only grow: if there were none after `low` was read, there were
      // none before, and `low` is the count. It costs a third of a read of both words at one moment.
      const isSmall = low >= 0 && words[lowIndex + 1] === 0;
      const count = isSmall ? low : readStripedInteger(doubles, lowIndex * U32_BYTES);
      scratch[at + i] = count;
      sum += count;
    }
    const zero = readStripedInteger(doubles, offset + BUCKET_ARRAY_ZERO_LOW_OFFSET);
    // Before the load, as in addStriped.
    Atomics.store(fence, 0, 0);
    // Filled again meanwhile: its interval has left the window.
    if (this.intervalAt(offset) !== interval) return;
    this.pieceCount++;
    this.scratchLength += length;
    this.zeroCount += zero;
    this.count += sum + zero;
  }

  private rangeInUse(): IndexRange {
    let shift = firstShiftOf(this.shape);
    for (let i = 0; i < this.pieceCount; i++) shift = Math.max(shift, this.pieces[i]!.shift);
    const { range } = this;
    clearRange(range, shift);
    for (let i = 0; i < this.pieceCount; i++) this.addUse(this.pieces[i]!, range);
    return range;
  }

  /** Adds the buckets of a piece that have counted anything to a range, and notes them in the piece. */
  private addUse(piece: Piece, range: IndexRange): void {
    const steps = range.shift - piece.shift;
    const negativesAt = piece.at + piece.positiveCount;
    const negativesEnd = negativesAt + piece.negativeCount;
    piece.positiveFrom = this.firstUsed(piece.at, negativesAt) - piece.at;
    piece.positiveEnd = this.usedEnd(piece.at + piece.positiveFrom, negativesAt) - piece.at;
    piece.negativeFrom = this.firstUsed(negativesAt, negativesEnd) - negativesAt;
    piece.negativeEnd = this.usedEnd(negativesAt + piece.negativeFrom, negativesEnd) - negativesAt;
    if (piece.positiveFrom < piece.positiveEnd) {
      addPositive(range, coarserIndex(piece.positiveLow + piece.positiveFrom, steps));
      addPositive(range, coarserIndex(piece.positiveLow + piece.positiveEnd - 1, steps));
    }
    if (piece.negativeFrom < piece.negativeEnd) {
      addNegative(range, coarserIndex(piece.negativeLow + piece.negativeFrom, steps));
      addNegative(range, coarserIndex(piece.negativeLow + piece.negativeEnd - 1, steps));
    }
  }

  /** Where the first count that is not 0 stands in the scratch; `end` when there is none. */
  private firstUsed(from: number, end: number): number {
    const { scratch } = this;
    let at = from;
    while (at < end && scratch[at] === 0) at++;
    return at;
  }

  /** The place behind the last one; `from` when there is none. */
  private usedEnd(from: number, end: number): number {
    const { scratch } = this;
    let at = end;
    while (at > from && scratch[at - 1] === 0) at--;
    return at;
  }

  private addPiece(piece: Piece, shift: number): void {
    const { merged } = this;
    const { at, positiveCount, positiveFrom, positiveEnd, negativeFrom, negativeEnd } = piece;
    const steps = shift - piece.shift;
    for (let i = positiveFrom; i < positiveEnd; i++) {
      const to = coarserIndex(piece.positiveLow + i, steps) - merged.positiveLow;
      this.addCount(at + i, to < 0 ? 0 : to);
    }
    for (let i = negativeFrom; i < negativeEnd; i++) {
      const to = coarserIndex(piece.negativeLow + i, steps) - merged.negativeLow;
      // What would stand below the lowest one is added there.
      this.addCount(at + positiveCount + i, merged.positiveCount + (to < 0 ? 0 : to));
    }
  }

  private addCount(from: number, to: number): void {
    this.merged.counts[to]! += this.scratch[from]!;
  }

  private intervalAt(arrayOffset: number): number {
    return Atomics.load(this.arena.words, (arrayOffset + BUCKET_ARRAY_INTERVAL_OFFSET) / U32_BYTES);
  }

  private arrayOffset(byteOffset: number, array: number): number {
    return byteOffset + SKETCH_BYTES + array * arrayBytesOf(this.shape);
  }

  /** Notes how much has been read. */
  private mark(): void {
    const { before } = this;
    before.pieceCount = this.pieceCount;
    before.scratchLength = this.scratchLength;
    before.zeroCount = this.zeroCount;
    before.count = this.count;
  }

  /** Forgets what was read since mark(). */
  private goBack(): void {
    const { before } = this;
    this.pieceCount = before.pieceCount;
    this.scratchLength = before.scratchLength;
    this.zeroCount = before.zeroCount;
    this.count = before.count;
  }

  /** A piece behind the others; it counts once pieceCount says so. */
  private nextPiece(): Piece {
    const piece = (this.pieces[this.pieceCount] ??= newPiece());
    piece.at = this.scratchLength;
    return piece;
  }

  private reserve(length: number): void {
    if (this.scratchLength + length <= this.scratch.length) return;
    const grown = new Float64Array(2 * (this.scratchLength + length));
    grown.set(this.scratch);
    this.scratch = grown;
  }
}

function newPiece(): Piece {
  return {
    shift: 0,
    positiveLow: 0,
    positiveCount: 0,
    negativeLow: 0,
    negativeCount: 0,
    at: 0,
    positiveFrom: 0,
    positiveEnd: 0,
    negativeFrom: 0,
    negativeEnd: 0,
  };
}
