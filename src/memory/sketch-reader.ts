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
  readonly pieceCount: number;
  readonly scratchLength: number;
  readonly zeroCount: number;
  readonly count: number;
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
    return this.count - start.count;
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
    return this.count - start.count;
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
    merged.count = this.count;
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
    const range = emptyRange(shift);
    for (let i = 0; i < this.pieceCount; i++) {
      const piece = this.pieces[i]!;
      const steps = shift - piece.shift;
      const { at, positiveCount, negativeCount } = piece;
      const [positiveFrom, positiveEnd] = this.inUse(at, positiveCount);
      const [negativeFrom, negativeEnd] = this.inUse(at + positiveCount, negativeCount);
      piece.positiveFrom = positiveFrom;
      piece.positiveEnd = positiveEnd;
      piece.negativeFrom = negativeFrom;
      piece.negativeEnd = negativeEnd;
      if (positiveFrom < positiveEnd) {
        addPositive(range, coarserIndex(piece.positiveLow + positiveFrom, steps));
        addPositive(range, coarserIndex(piece.positiveLow + positiveEnd - 1, steps));
      }
      if (negativeFrom < negativeEnd) {
        addNegative(range, coarserIndex(piece.negativeLow + negativeFrom, steps));
        addNegative(range, coarserIndex(piece.negativeLow + negativeEnd - 1, steps));
      }
    }
    return range;
  }

  /** Where the counts that are not 0 begin and end, among `length` from `at` on. */
  private inUse(at: number, length: number): [from: number, end: number] {
    const { scratch } = this;
    let from = 0;
    while (from < length && scratch[at + from] === 0) from++;
    let end = length;
    while (end > from && scratch[at + end - 1] === 0) end--;
    return [from, end];
  }

  private addPiece(piece: Piece, shift: number): void {
    const { merged, scratch } = this;
    const { at, positiveFrom, positiveEnd, negativeFrom, negativeEnd } = piece;
    const steps = shift - piece.shift;
    const counts = scratch.subarray(at + positiveFrom, at + positiveEnd);
    addCounts(counts, piece.positiveLow + positiveFrom, steps, merged.counts, -merged.positiveLow);
    if (negativeFrom === negativeEnd) return;
    const start = at + piece.positiveCount;
    const negatives = scratch.subarray(start + negativeFrom, start + negativeEnd);
    const to = merged.positiveCount - merged.negativeLow;
    addCounts(negatives, piece.negativeLow + negativeFrom, steps, merged.counts, to, merged.positiveCount);
  }

  private intervalAt(arrayOffset: number): number {
    return Atomics.load(this.arena.words, (arrayOffset + BUCKET_ARRAY_INTERVAL_OFFSET) / U32_BYTES);
  }

  private arrayOffset(byteOffset: number, array: number): number {
    return byteOffset + SKETCH_BYTES + array * arrayBytesOf(this.shape);
  }

  private mark(): Mark {
    const { pieceCount, scratchLength, zeroCount, count } = this;
    return { pieceCount, scratchLength, zeroCount, count };
  }

  private goBackTo({ pieceCount, scratchLength, zeroCount, count }: Mark): void {
    this.pieceCount = pieceCount;
    this.scratchLength = scratchLength;
    this.zeroCount = zeroCount;
    this.count = count;
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

/**
 * Adds counts of consecutive indexes, `steps` schemas finer than those of `out`, where index i stands at i + `offset`;
 * what would stand below `lowest` is added there.
 */
function addCounts(
  ...[counts, firstIndex, steps, out, offset, lowest = 0]: [
    counts: Float64Array,
    firstIndex: number,
    steps: number,
    out: Float64Array,
    offset: number,
    lowest?: number,
  ]
): void {
  for (let i = 0; i < counts.length; i++) {
    const at = ((firstIndex + i - 1) >> steps) + 1 + offset;
    out[at < lowest ? lowest : at]! += counts[i]!;
  }
}
