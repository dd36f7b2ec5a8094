/**
 * Sketch reader: the buckets of one series, merged over all stripes.
 *
 * Readers   any attached thread. Reads only.
 * Promises  What is read of a stripe is one array that was current, or for a sliding window the arrays of its intervals;
 *           never one that is being filled. Merging expresses all of them at the finest schema at which everything fits:
 *           the result is what one thread would have counted.
 * Progress  wait-free: a stripe is read again only after its writer went over to another array, which happens a few times
 *           for each schema; after SKETCH_READ_MAX times its last reading is taken.
 */
import { addNegative, addPositive, emptyRange, fit, tightWindow } from './bucket-window.js';
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
import type { BucketWindow, SketchShape } from './sketch-shape.js';
import { bucketsIn, countIn, intervalIn, tagIn, tagOf, windowIn } from './shared-sketch-words.js';

const SKETCH_READ_MAX = 64;

/** What was read of one bucket array: its window, and where its counts stand in the scratch. */
interface Piece extends BucketWindow {
  /** First of positiveCount + negativeCount counts. */
  readonly at: number;
}

/** How much had been read at some moment. */
interface Mark {
  readonly pieceCount: number;
  readonly scratchLength: number;
  readonly zeroCount: number;
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

  constructor(
    private readonly arena: Arena,
    readonly shape: SketchShape,
  ) {}

  /** Forgets what was read before. Call it before the stripes of each series. */
  start(): void {
    this.pieceCount = 0;
    this.scratchLength = 0;
    this.zeroCount = 0;
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
    const start = this.mark();
    for (let attempt = 1; ; attempt++) {
      const turn = Atomics.load(words, turnIndex);
      this.addArrays(byteOffset, currentArrayIn(turn), interval);
      // An atomic store between the plain loads above and the load below: arm64 lets the one pass the other otherwise.
      Atomics.store(fence, 0, 0);
      // The array that was current is filled again only after another one was made current.
      if (Atomics.load(words, turnIndex) === turn || attempt === SKETCH_READ_MAX) break;
      this.goBackTo(start);
    }
    return this.countSince(start);
  }

  /** As addStriped, of a sketch in the shared stripe. */
  addShared(byteOffset: number, interval: number): number {
    const { words } = this.arena;
    const turnIndex = (byteOffset + SKETCH_TURN_OFFSET) / U32_BYTES;
    const start = this.mark();
    for (let attempt = 1; ; attempt++) {
      const turn = Atomics.load(words, turnIndex);
      this.addSharedArrays(byteOffset, turn, interval);
      if (Atomics.load(words, turnIndex) === turn || attempt === SKETCH_READ_MAX) break;
      this.goBackTo(start);
    }
    return this.countSince(start);
  }

  /** Merges what was read since start() into `merged`. */
  merge(): MergedBuckets {
    const { merged } = this;
    const range = this.rangeInUse();
    fit(range, this.shape.bucketsMax);
    const { shift, positiveLow, positiveCount, negativeLow, negativeCount } = tightWindow(
      range,
      this.shape.bucketsMax,
    );
    merged.schema = SCHEMA_MAX - shift;
    merged.positiveLow = positiveLow;
    merged.positiveCount = positiveCount;
    merged.negativeLow = negativeLow;
    merged.negativeCount = negativeCount;
    merged.zeroCount = this.zeroCount;
    merged.count = this.zeroCount;
    if (merged.counts.length < positiveCount + negativeCount) {
      merged.counts = new Float64Array(2 * (positiveCount + negativeCount));
    }
    merged.counts.fill(0, 0, positiveCount + negativeCount);
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
    const piece = this.newPiece(windowIn(extent, lows, bucketsMax));
    const length = Math.min(bucketsIn(extent, bucketsMax), bucketsMax);
    this.reserve(length);
    for (let i = 0; i < length; i++) {
      const word = Atomics.load(quads, index + BUCKET_ARRAY_BYTES / U64_BYTES + i);
      if (tagIn(word) !== tag) return;
      this.scratch[piece.at + i] = countIn(word);
    }
    this.pieceCount++;
    this.scratchLength += length;
    this.zeroCount += countIn(zero);
  }

  private sharedExtent(byteOffset: number, array: number): bigint {
    const offset = this.arrayOffset(byteOffset, array) + BUCKET_ARRAY_INTERVAL_OFFSET;
    return Atomics.load(this.arena.quads, offset / U64_BYTES);
  }

  private addArray(offset: number, interval: number): void {
    const { words, doubles } = this.arena;
    const { bucketsMax } = this.shape;
    const word = words[(offset + BUCKET_ARRAY_SHAPE_OFFSET) / U32_BYTES]!;
    // Within the array also when the word is read while the array is filled again.
    const positiveCount = Math.min(positiveCountIn(word), bucketsMax);
    const piece = this.newPiece({
      shift: shiftIn(word),
      positiveLow: words[(offset + BUCKET_ARRAY_POSITIVE_LOW_OFFSET) / U32_BYTES]!,
      positiveCount,
      negativeLow: words[(offset + BUCKET_ARRAY_NEGATIVE_LOW_OFFSET) / U32_BYTES]!,
      negativeCount: Math.min(negativeCountIn(word), bucketsMax - positiveCount),
    });
    const length = piece.positiveCount + piece.negativeCount;
    this.reserve(length);
    for (let i = 0; i < length; i++) {
      const bucket = offset + BUCKET_ARRAY_BYTES + i * U64_BYTES;
      this.scratch[piece.at + i] = readStripedInteger(doubles, bucket);
    }
    const zero = readStripedInteger(doubles, offset + BUCKET_ARRAY_ZERO_LOW_OFFSET);
    // Before the load, as in addStriped.
    Atomics.store(fence, 0, 0);
    // Filled again meanwhile: its interval has left the window.
    if (this.intervalAt(offset) !== interval) return;
    this.pieceCount++;
    this.scratchLength += length;
    this.zeroCount += zero;
  }

  private rangeInUse(): IndexRange {
    let shift = firstShiftOf(this.shape);
    for (let i = 0; i < this.pieceCount; i++) shift = Math.max(shift, this.pieces[i]!.shift);
    const range = emptyRange(shift);
    for (let i = 0; i < this.pieceCount; i++) {
      const piece = this.pieces[i]!;
      const steps = shift - piece.shift;
      const total = piece.positiveCount + piece.negativeCount;
      for (let position = 0; position < total; position++) {
        if (this.scratch[piece.at + position] === 0) continue;
        const isNegative = position >= piece.positiveCount;
        const index = coarserIndex(indexAt(piece, position), steps);
        if (isNegative) addNegative(range, index);
        else addPositive(range, index);
      }
    }
    return range;
  }

  private addPiece(piece: Piece, shift: number): void {
    const { merged, scratch } = this;
    const steps = shift - piece.shift;
    for (let position = 0; position < piece.positiveCount + piece.negativeCount; position++) {
      const count = scratch[piece.at + position]!;
      if (count === 0) continue;
      const isNegative = position >= piece.positiveCount;
      const at =
        coarserIndex(indexAt(piece, position), steps) -
        (isNegative ? merged.negativeLow : merged.positiveLow);
      merged.counts[(isNegative ? merged.positiveCount : 0) + Math.max(0, at)]! += count;
      merged.count += count;
    }
  }

  private intervalAt(arrayOffset: number): number {
    return Atomics.load(this.arena.words, (arrayOffset + BUCKET_ARRAY_INTERVAL_OFFSET) / U32_BYTES);
  }

  private arrayOffset(byteOffset: number, array: number): number {
    return byteOffset + SKETCH_BYTES + array * arrayBytesOf(this.shape);
  }

  private mark(): Mark {
    const { pieceCount, scratchLength, zeroCount } = this;
    return { pieceCount, scratchLength, zeroCount };
  }

  private goBackTo({ pieceCount, scratchLength, zeroCount }: Mark): void {
    this.pieceCount = pieceCount;
    this.scratchLength = scratchLength;
    this.zeroCount = zeroCount;
  }

  private countSince({ scratchLength, zeroCount }: Mark): number {
    let count = this.zeroCount - zeroCount;
    for (let at = scratchLength; at < this.scratchLength; at++) count += this.scratch[at]!;
    return count;
  }

  /** A piece behind the others; it counts once pieceCount says so. */
  private newPiece(window: BucketWindow): Piece {
    return (this.pieces[this.pieceCount] = { ...window, at: this.scratchLength });
  }

  private reserve(length: number): void {
    if (this.scratchLength + length <= this.scratch.length) return;
    const grown = new Float64Array(2 * (this.scratchLength + length));
    grown.set(this.scratch);
    this.scratch = grown;
  }
}

function indexAt({ positiveLow, positiveCount, negativeLow }: Piece, position: number): number {
  return position < positiveCount ? positiveLow + position : negativeLow + position - positiveCount;
}
