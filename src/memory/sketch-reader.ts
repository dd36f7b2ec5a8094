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
import type { SketchShape } from './sketch-shape.js';

const SKETCH_READ_MAX = 64;
const FIRST_PIECES = 8;

/** What was read of one bucket array: its window, and where its counts stand in the scratch. */
interface Piece {
  shift: number;
  positiveLow: number;
  positiveCount: number;
  negativeLow: number;
  negativeCount: number;
  /** First of positiveCount + negativeCount counts. */
  at: number;
}

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
  ) {
    for (let i = 0; i < FIRST_PIECES; i++) this.pieces.push(newPiece());
  }

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
    const { pieceCount, scratchLength, zeroCount } = this;
    for (let attempt = 1; ; attempt++) {
      const turn = Atomics.load(words, turnIndex);
      this.addArrays(byteOffset, currentArrayIn(turn), interval);
      // The array that was current is filled again only after another one was made current.
      if (Atomics.load(words, turnIndex) === turn || attempt === SKETCH_READ_MAX) break;
      this.pieceCount = pieceCount;
      this.scratchLength = scratchLength;
      this.zeroCount = zeroCount;
    }
    let count = this.zeroCount - zeroCount;
    for (let at = scratchLength; at < this.scratchLength; at++) count += this.scratch[at]!;
    return count;
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
    const arrayBytes = arrayBytesOf(shape);
    const first = byteOffset + SKETCH_BYTES;
    const currentInterval = this.intervalAt(first + current * arrayBytes);
    if (shape.intervals === 0) {
      if (currentInterval !== 0) this.addArray(first + current * arrayBytes, currentInterval);
      return;
    }
    for (let array = 0; array < arrayCountOf(shape); array++) {
      const offset = first + array * arrayBytes;
      const counted = this.intervalAt(offset);
      // An equal interval is a copy that was left behind; a later one is being filled.
      const isPast = array !== current && counted < currentInterval;
      if ((array === current || isPast) && counted !== 0 && counted > interval - shape.intervals) {
        this.addArray(offset, counted);
      }
    }
  }

  private addArray(offset: number, interval: number): void {
    const { words, doubles } = this.arena;
    const word = words[(offset + BUCKET_ARRAY_SHAPE_OFFSET) / U32_BYTES]!;
    const piece = (this.pieces[this.pieceCount] ??= newPiece());
    piece.shift = shiftIn(word);
    piece.positiveLow = words[(offset + BUCKET_ARRAY_POSITIVE_LOW_OFFSET) / U32_BYTES]!;
    piece.positiveCount = positiveCountIn(word);
    piece.negativeLow = words[(offset + BUCKET_ARRAY_NEGATIVE_LOW_OFFSET) / U32_BYTES]!;
    piece.negativeCount = negativeCountIn(word);
    piece.at = this.scratchLength;
    const length = Math.min(piece.positiveCount + piece.negativeCount, this.shape.bucketsMax);
    this.reserve(length);
    const { scratch } = this;
    for (let i = 0; i < length; i++) {
      scratch[piece.at + i] = readStripedInteger(doubles, offset + BUCKET_ARRAY_BYTES + i * U64_BYTES);
    }
    const zero = readStripedInteger(doubles, offset + BUCKET_ARRAY_ZERO_LOW_OFFSET);
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

  private reserve(length: number): void {
    if (this.scratchLength + length <= this.scratch.length) return;
    const grown = new Float64Array(2 * (this.scratchLength + length));
    grown.set(this.scratch);
    this.scratch = grown;
  }
}

function newPiece(): Piece {
  return { shift: 0, positiveLow: 0, positiveCount: 0, negativeLow: 0, negativeCount: 0, at: 0 };
}

function indexAt({ positiveLow, positiveCount, negativeLow }: Piece, position: number): number {
  return position < positiveCount ? positiveLow + position : negativeLow + position - positiveCount;
}
