/**
 * Sketch writer: records into the sketch of one series in the thread's own stripe. In the shared one: atomic-sketch.ts.
 *
 * Layout    see layout.ts, "Sketch" and "Bucket array". A value is counted by one increment in the current array.
 *
 *             turn ----> array A   interval 1, shift 0, buckets -40..23    counts
 *                        array B   being filled: nobody reads it           counts of A, at shift 1; then turn -> B
 *
 * Writers   the one thread that leases the stripe. Another handle of that thread may turn the sketch: each compares the
 *           turn word before it records.
 * Readers   any thread, see sketch-reader.ts.
 * Promises  Every value recorded is in exactly one array that counts, at every moment: an array is filled while nobody
 *           reads it and made current by one store. A thread killed while it fills one has changed nothing; whoever owns
 *           the stripe next fills it again. The window depends on the range of values only, see bucket-window.ts; one that
 *           a killed thread made wider for the value that it was about to count stays so.
 * Progress  wait-free. A turn costs a pass over one array; there are at most a few for each schema, and one for each
 *           interval of a sliding window.
 */
import { inspect } from 'node:util';
import {
  addFinest,
  emptyRange,
  fit,
  isSameWindow,
  rangeOf,
  regrouped,
  roomyWindow,
} from './bucket-window.js';
import type { CellWriter } from './cell-place.js';
import { addOne, readStripedInteger, storeInteger } from './counter-cell.js';
import {
  CELL_MASK,
  CELL_SHIFT,
  ENTRY_MASK,
  ENTRY_SHIFT,
  EXPONENT_BIAS,
  EXPONENT_SHIFT,
  FINEST_BUCKETS,
  FINEST_INDEX_MAX,
  NORMAL_MIN,
  REST_MASK,
  coarserIndex,
  exponentialTable,
  finestIndexOf,
} from './exponential-index.js';
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
import {
  ONLY_INTERVAL,
  arrayBytesOf,
  arrayCountOf,
  currentArrayIn,
  firstShiftOf,
  negativeCountIn,
  positiveCountIn,
  shapeWord,
  shiftIn,
  turnAfter,
} from './sketch-shape.js';
import type { BucketWindow, SketchShape } from './sketch-shape.js';

const WORDS_PER_BUCKET = U64_BYTES / U32_BYTES;
/** Constants of this module, which V8 embeds in the code; those of another module are loaded at each recording. */
const CELLS = CELL_MASK;
const CELLS_SHIFT = CELL_SHIFT;
const ENTRIES = ENTRY_MASK;
const ENTRIES_SHIFT = ENTRY_SHIFT;
const REST = REST_MASK;
const EXPONENTS_SHIFT = EXPONENT_SHIFT;
const LOG_FINEST = Math.log2(FINEST_BUCKETS);
/** One more than the bias, because what is halved, rounding up, is the index less one. */
const BIAS = EXPONENT_BIAS * FINEST_BUCKETS + 1;

const value64 = new Float64Array(1);
const valueWords = new Int32Array(value64.buffer);
const HIGH = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;
const LOW = 1 - HIGH;

export class StripedSketch {
  private readonly words: Int32Array;
  private readonly doubles: Float64Array;
  private readonly entries: Int32Array;
  private readonly lowWords: Uint32Array;
  /** Values with a larger high word are positive, have a full exponent, and do not belong to the zero bucket. */
  private readonly floorHigh: number;
  private readonly arrayBytes: number;
  private readonly arrayCount: number;
  /** Where the sketch is, once moveTo() has said. */
  private byteOffset = 0;
  private turnIndex = 0;
  /** What follows is what the turn word and the current array said when the turn word was last compared. */
  private turn = -1;
  private interval = 0;
  private shift = 0;
  private positiveLow = 0;
  private positiveCount = 0;
  /** Positive buckets that add() need not look at twice: those below the one that infinity and NaN would fall into. */
  private sureCount = 0;
  private negativeLow = 0;
  private negativeCount = 0;
  private bucketsIndex = 0;

  constructor(
    writer: CellWriter,
    private readonly shape: SketchShape,
  ) {
    this.words = writer.words;
    this.doubles = writer.doubles;
    const { entries, lowWords } = exponentialTable();
    this.entries = entries;
    this.lowWords = lowWords;
    value64[0] = Math.max(shape.zeroThreshold, NORMAL_MIN);
    this.floorHigh = valueWords[HIGH]!;
    this.arrayBytes = arrayBytesOf(shape);
    this.arrayCount = arrayCountOf(shape);
  }

  /** Goes over to the sketch at a byte offset of the arena. Called before the first recording, and after removals. */
  moveTo(byteOffset: number): void {
    this.byteOffset = byteOffset;
    this.turnIndex = (byteOffset + SKETCH_TURN_OFFSET) / U32_BYTES;
    this.refresh();
    if (this.interval === 0) this.begin(ONLY_INTERVAL);
  }

  /**
   * Counts a value.
   *
   * @throws TypeError when `value` is not finite; nothing is counted
   */
  add(value: number): void {
    const { words } = this;
    if (words[this.turnIndex] !== this.turn) this.refresh();
    value64[0] = value;
    const high = valueWords[HIGH]!;
    if (high <= this.floorHigh) {
      this.addOther(value);
      return;
    }
    const cell = (high >>> CELLS_SHIFT) & CELLS;
    const entry = this.entries[cell]!;
    const bound = entry & ENTRIES;
    const rest = high & REST;
    // Without a branch: whether a value is above the bound of its cell cannot be predicted.
    let finest =
      ((high >>> EXPONENTS_SHIFT) << LOG_FINEST) + (entry >>> ENTRIES_SHIFT) + ((bound - rest) >>> 31);
    if (rest === bound && valueWords[LOW]! >>> 0 > this.lowWords[cell]!) finest++;
    const position = ((finest - BIAS) >> this.shift) - this.positiveLow + 1;
    // Also for infinity and NaN, whose exponents are beyond every sure bucket.
    if (position >>> 0 >= this.sureCount) {
      this.addOther(value);
      return;
    }
    addOne(words, this.bucketsIndex + position * WORDS_PER_BUCKET);
  }

  /** Starts an interval of a sliding window with an empty array, unless it has been started. */
  turnTo(interval: number): void {
    if (this.words[this.turnIndex] !== this.turn) this.refresh();
    if (this.interval < interval) this.begin(interval);
  }

  private addOther(value: number): void {
    if (!Number.isFinite(value)) throw new TypeError(`Value is not a valid number: ${inspect(value)}`);
    const magnitude = Math.abs(value);
    if (magnitude <= this.shape.zeroThreshold) {
      addOne(this.words, this.zeroIndex());
      return;
    }
    const finest = finestIndexOf(magnitude);
    if (this.positionOf(finest, value < 0) === undefined) this.widen(finest, value < 0);
    const position = this.positionOf(finest, value < 0) ?? (value < 0 ? this.positiveCount : 0);
    addOne(this.words, this.bucketsIndex + position * WORDS_PER_BUCKET);
  }

  /** Where the bucket of a value stands in the current array; undefined when it is outside of the window. */
  private positionOf(finest: number, isNegative: boolean): number | undefined {
    const index = coarserIndex(finest, this.shift);
    const from = index - (isNegative ? this.negativeLow : this.positiveLow);
    if (from < 0 || from >= (isNegative ? this.negativeCount : this.positiveCount)) return undefined;
    return isNegative ? this.positiveCount + from : from;
  }

  /** Goes over to an array whose window has a place for one value more. */
  private widen(finest: number, isNegative: boolean): void {
    const { bucketsMax } = this.shape;
    const window = this.window();
    const counts = this.counts();
    const range = rangeOf(window, counts);
    addFinest(range, finest, isNegative);
    fit(range, bucketsMax);
    const wider = roomyWindow(range, bucketsMax);
    // At the coarsest schema a window may have no place for the value; it is counted at the window's end then.
    if (isSameWindow(window, wider)) return;
    this.fill(this.interval, wider, array => this.copyTo(array, regrouped(window, counts, wider)));
  }

  private begin(interval: number): void {
    const window = roomyWindow(emptyRange(firstShiftOf(this.shape)), this.shape.bucketsMax);
    this.fill(interval, window, () => {});
  }

  /** Fills the array that counts nothing, and makes it current. */
  private fill(interval: number, window: BucketWindow, copy: (arrayOffset: number) => void): void {
    const { words } = this;
    const array = this.spareArray();
    const offset = this.arrayOffset(array);
    // Before the rest: a reader that still takes the array for an interval of the window sees that it is not any more.
    Atomics.store(words, (offset + BUCKET_ARRAY_INTERVAL_OFFSET) / U32_BYTES, 0);
    // An atomic load between the two keeps the plain stores that follow behind the atomic one: arm64 lets them pass it
    // otherwise, and the reader that checks the interval last would take counts that are half erased.
    Atomics.load(words, (offset + BUCKET_ARRAY_INTERVAL_OFFSET) / U32_BYTES);
    // No further than the window reaches: a page that nobody needs is not to be touched.
    const end = offset + BUCKET_ARRAY_BYTES + (window.positiveCount + window.negativeCount) * U64_BYTES;
    words.fill(0, (offset + BUCKET_ARRAY_SHAPE_OFFSET) / U32_BYTES, end / U32_BYTES);
    words[(offset + BUCKET_ARRAY_SHAPE_OFFSET) / U32_BYTES] = shapeWord(window);
    words[(offset + BUCKET_ARRAY_POSITIVE_LOW_OFFSET) / U32_BYTES] = window.positiveLow;
    words[(offset + BUCKET_ARRAY_NEGATIVE_LOW_OFFSET) / U32_BYTES] = window.negativeLow;
    copy(offset);
    Atomics.store(words, (offset + BUCKET_ARRAY_INTERVAL_OFFSET) / U32_BYTES, interval);
    // Publishes the array: readers take the current one from this word, and start over when it changes meanwhile. Keep
    // this store last.
    Atomics.store(words, this.turnIndex, turnAfter(words[this.turnIndex]!, array));
    this.refresh();
  }

  /** Gives an array that is being filled what the current one has counted. */
  private copyTo(arrayOffset: number, counts: Float64Array): void {
    const { words, doubles } = this;
    const from = this.arrayOffset(currentArrayIn(this.turn));
    const zero = readStripedInteger(doubles, from + BUCKET_ARRAY_ZERO_LOW_OFFSET);
    storeInteger(words, (arrayOffset + BUCKET_ARRAY_ZERO_LOW_OFFSET) / U32_BYTES, zero);
    const buckets = (arrayOffset + BUCKET_ARRAY_BYTES) / U32_BYTES;
    counts.forEach((count, position) => storeInteger(words, buckets + position * WORDS_PER_BUCKET, count));
  }

  private window(): BucketWindow {
    const { shift, positiveLow, positiveCount, negativeLow, negativeCount } = this;
    return { shift, positiveLow, positiveCount, negativeLow, negativeCount };
  }

  /** What the current array has counted, by position. */
  private counts(): Float64Array {
    const counts = new Float64Array(this.positiveCount + this.negativeCount);
    const at = this.bucketsIndex * U32_BYTES;
    for (let i = 0; i < counts.length; i++) counts[i] = readStripedInteger(this.doubles, at + i * U64_BYTES);
    return counts;
  }

  /**
   * An array that counts nothing now: one that was left behind when its interval was copied, or filled and not made
   * current; or else the one with the oldest interval, which has left the sliding window.
   */
  private spareArray(): number {
    const current = currentArrayIn(this.turn);
    let spare = -1;
    let oldest = this.interval;
    for (let array = 0; array < this.arrayCount; array++) {
      if (array === current) continue;
      const interval = this.words[(this.arrayOffset(array) + BUCKET_ARRAY_INTERVAL_OFFSET) / U32_BYTES]!;
      if (interval === 0 || interval >= this.interval) return array;
      if (interval >= oldest) continue;
      spare = array;
      oldest = interval;
    }
    return spare;
  }

  /** Reads the turn word, and what the current array looks like. */
  private refresh(): void {
    const { words } = this;
    this.turn = words[this.turnIndex]!;
    const offset = this.arrayOffset(currentArrayIn(this.turn));
    const shape = words[(offset + BUCKET_ARRAY_SHAPE_OFFSET) / U32_BYTES]!;
    this.interval = words[(offset + BUCKET_ARRAY_INTERVAL_OFFSET) / U32_BYTES]!;
    this.shift = shiftIn(shape);
    this.positiveCount = positiveCountIn(shape);
    this.negativeCount = negativeCountIn(shape);
    this.positiveLow = words[(offset + BUCKET_ARRAY_POSITIVE_LOW_OFFSET) / U32_BYTES]!;
    this.negativeLow = words[(offset + BUCKET_ARRAY_NEGATIVE_LOW_OFFSET) / U32_BYTES]!;
    // The largest doubles take the way of addOther, which refuses what is not finite. A window can reach as far as
    // infinity and NaN, and a check of every value would cost more.
    const sure = coarserIndex(FINEST_INDEX_MAX, this.shift) - this.positiveLow;
    this.sureCount = Math.max(0, Math.min(this.positiveCount, sure));
    this.bucketsIndex = (offset + BUCKET_ARRAY_BYTES) / U32_BYTES;
  }

  private arrayOffset(array: number): number {
    return this.byteOffset + SKETCH_BYTES + array * this.arrayBytes;
  }

  private zeroIndex(): number {
    const offset = this.arrayOffset(currentArrayIn(this.turn));
    return (offset + BUCKET_ARRAY_ZERO_LOW_OFFSET) / U32_BYTES;
  }
}
