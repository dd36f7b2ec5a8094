/**
 * Atomic sketch: records into the sketch of one series in the shared stripe, from any number of threads.
 *
 * Layout    see shared-sketch-words.ts. Every word has the tag of the generation that wrote it; the turn word counts the
 *           generations, and names the array of the one that is current.
 *
 *             turn = g --> array A   tag g     counts                     plan = g+1: array B, and the value that asks
 *                          array B   tag g-1   left behind                for a place
 *
 *             1  plan      one compare-exchange: what generation g+1 is for, and which array it gets
 *             2  freeze    each bucket of A gets its frozen bit: its count stays, who wants to add to it comes here
 *             3  fill      each word of B: from whatever it was to what the frozen counts and the plan say
 *             4  publish   one compare-exchange of the turn word, g to g+1
 *
 *           A sliding window turns the same way, to an empty array of a new interval: nothing is frozen then, and what is
 *           still added to A counts for the interval of A.
 *
 * Writers   any thread, in any number. Who needs the next generation, or finds a frozen bucket, does what is left of
 *           steps 2 to 4; two threads that do the same step write the same words.
 * Readers   any thread, see sketch-reader.ts. A reader takes the current array, frozen or not: all that was counted so
 *           far is in it, until the turn word says otherwise.
 * Promises  A value is counted once: by a compare-exchange of a bucket that is not frozen and has the tag of its
 *           generation. Was it before the freeze, then the freeze has seen it; after it, it fails, and finds the next
 *           array. A thread killed anywhere leaves a plan that others carry out, or none. What is counted where depends
 *           on the values only, as in sketch-writer.ts.
 * Progress  lock-free. A round of add() that fails means that the turn word has moved, an exchange that fails means that
 *           another thread's has succeeded. ROUNDS_MAX of them in a row do not happen: without a sliding window there are
 *           not as many generations, with one they take longer to come than the rounds; the header would count it.
 *
 * Why a thread that comes late changes nothing. It can be held up before any exchange, while others finish the generation
 * and later ones. To plan g+1, it has read the plan word, and then the turn word, which still said g: all later plans
 * replace that plan word. To freeze, it expects a word with tag g that is not frozen, but the generation ended with all
 * of them frozen. To fill, it has read a word of B, and then the turn word, which still said g: the generation began with
 * all of them replaced. To publish, it expects turn word g. Tags come again after 65535 generations, see tagOf.
 */
import { format } from 'node:util';
import {
  addFinest,
  emptyRange,
  fit,
  isSameWindow,
  lowestPosition,
  positionIn,
  rangeOf,
  regrouped,
  sharedWindow,
} from './bucket-window.js';
import type { CellWriter } from './cell-place.js';
import { SHIFT_MAX, finestIndexOf } from './exponential-index.js';
import {
  BUCKET_ARRAY_BYTES,
  BUCKET_ARRAY_INTERVAL_OFFSET,
  BUCKET_ARRAY_POSITIVE_LOW_OFFSET,
  BUCKET_ARRAY_ZERO_LOW_OFFSET,
  HEADER_RETRY_LIMIT_HITS_OFFSET,
  SKETCH_BYTES,
  SKETCH_PLAN_OFFSET,
  SKETCH_TURN_OFFSET,
  U32_BYTES,
  U64_BYTES,
} from './layout.js';
import {
  FROZEN,
  ONE_COUNT,
  PLAN_TURN,
  PLAN_WIDEN,
  SHARED_COUNT_MAX,
  bucketWord,
  bucketsIn,
  countIn,
  extentWord,
  intervalIn,
  isFrozen,
  lowsWord,
  plannedFinest,
  plannedIsNegative,
  planIn,
  planWord,
  tagIn,
  tagOf,
  widenPayload,
  windowIn,
} from './shared-sketch-words.js';
import type { Plan } from './shared-sketch-words.js';
import {
  ONLY_INTERVAL,
  arrayBytesOf,
  arrayCountOf,
  currentArrayIn,
  firstShiftOf,
  turnAfter,
} from './sketch-shape.js';
import type { BucketWindow, SketchShape } from './sketch-shape.js';

/** Generations that may pass while one value looks for its bucket, and exchanges that may be lost in a row. */
export const ROUNDS_MAX = 10_000;

const EXTENT_OFFSET = BUCKET_ARRAY_INTERVAL_OFFSET;
const LOWS_OFFSET = BUCKET_ARRAY_POSITIVE_LOW_OFFSET;
const UNUSED = 0n;
/** Equal to no turn word. */
const NO_TURN = NaN;
const NO_COUNTS = new Float64Array(0);

/** What the next array is to look like. Every thread that carries out a plan comes to the same. */
interface Successor {
  readonly array: number;
  readonly interval: number;
  readonly window: BucketWindow;
  readonly zeroCount: number;
  /** By position in the window. */
  readonly counts: Float64Array;
}

export class AtomicSketch {
  private readonly words: Int32Array;
  private readonly quads: BigInt64Array;
  private readonly emptyWindow: BucketWindow;
  private byteOffset = 0;
  private turnIndex = 0;
  private planIndex = 0;
  /** What follows is what the turn word and the current array said when the turn word was last compared. */
  private turn = NO_TURN;
  private tag = 0;
  private nextTag = 0;
  private interval = 0;
  private window: BucketWindow;
  private arrayOffset = 0;

  constructor(
    writer: CellWriter,
    private readonly shape: SketchShape,
  ) {
    this.words = writer.words;
    this.quads = writer.quads;
    this.emptyWindow = sharedWindow(emptyRange(firstShiftOf(shape)), shape.bucketsMax);
    this.window = this.emptyWindow;
  }

  /** Goes over to the sketch at a byte offset of the arena. Called before the first recording, and after removals. */
  moveTo(byteOffset: number): void {
    this.byteOffset = byteOffset;
    this.turnIndex = (byteOffset + SKETCH_TURN_OFFSET) / U32_BYTES;
    this.planIndex = (byteOffset + SKETCH_PLAN_OFFSET) / U64_BYTES;
    this.turn = NO_TURN;
  }

  /**
   * Counts a value.
   *
   * @throws TypeError when `value` is not finite; nothing is counted
   */
  add(value: number): void {
    if (!Number.isFinite(value)) throw new TypeError(`Value is not a valid number: ${format(value)}`);
    const magnitude = Math.abs(value);
    const isZero = magnitude <= this.shape.zeroThreshold;
    const finest = isZero ? 0 : finestIndexOf(magnitude);
    for (let round = 0; round < ROUNDS_MAX; round++) {
      if (!this.refresh()) continue;
      if (this.interval === 0) {
        this.goOn(PLAN_TURN, ONLY_INTERVAL);
        continue;
      }
      const index = isZero ? this.zeroIndex() : this.indexFor(finest, value < 0);
      if (index !== undefined && this.increment(index)) return;
    }
    this.giveUp();
  }

  /** Starts an interval of a sliding window with an empty array, unless it has been started. */
  turnTo(interval: number): void {
    for (let round = 0; round < ROUNDS_MAX; round++) {
      if (!this.refresh()) continue;
      if (this.interval >= interval) return;
      this.goOn(PLAN_TURN, interval);
    }
    this.giveUp();
  }

  /**
   * Adds 1 to a bucket of the current array.
   *
   * @returns false when it has left for the next array, where the value has to go
   */
  private increment(index: number): boolean {
    const { quads } = this;
    for (let attempt = 0; attempt < ROUNDS_MAX; attempt++) {
      const seen = Atomics.load(quads, index);
      if (tagIn(seen) !== this.tag) return false;
      if (isFrozen(seen)) {
        this.help();
        return false;
      }
      // One more would run over into the sign, and take all of them away.
      if (countIn(seen) === SHARED_COUNT_MAX) break;
      if (Atomics.compareExchange(quads, index, seen, seen + ONE_COUNT) === seen) return true;
    }
    this.giveUp();
    return true;
  }

  /** Where the bucket of a value is; undefined when the next array will have it. */
  private indexFor(finest: number, isNegative: boolean): number | undefined {
    const position = positionIn(this.window, finest, isNegative);
    if (position !== undefined) return this.bucketIndex(this.arrayOffset, position);
    if (this.isBelowAll(finest, isNegative)) {
      return this.bucketIndex(this.arrayOffset, lowestPosition(this.window, isNegative));
    }
    this.goOn(PLAN_WIDEN, widenPayload(finest, isNegative));
    return undefined;
  }

  /**
   * True when a value is counted in the lowest bucket of its sign, because no window has a place for it and for all else.
   *
   * Others may add to the array meanwhile. That changes nothing about a yes: they add within a window that is full and
   * whose upper ends are in use.
   */
  private isBelowAll(finest: number, isNegative: boolean): boolean {
    if (this.window.shift < SHIFT_MAX) return false;
    const { positiveCount, negativeCount } = this.window;
    const counts = new Float64Array(positiveCount + negativeCount);
    for (let position = 0; position < counts.length; position++) {
      const word = Atomics.load(this.quads, this.bucketIndex(this.arrayOffset, position));
      if (tagIn(word) !== this.tag) return false;
      counts[position] = countIn(word);
    }
    return isSameWindow(this.window, this.windowFor(counts, finest, isNegative));
  }

  private windowFor(counts: Float64Array, finest: number, isNegative: boolean): BucketWindow {
    const range = rangeOf(this.window, counts);
    addFinest(range, finest, isNegative);
    fit(range, this.shape.bucketsMax);
    return sharedWindow(range, this.shape.bucketsMax);
  }

  /** Sees to the next generation: with this plan, or with the one that another thread was first with. */
  private goOn(kind: Plan['kind'], payload: number): void {
    const { quads, planIndex } = this;
    const seen = Atomics.load(quads, planIndex);
    // After the plan word: whatever plan it is, it is not one that came after this generation, so that the exchange
    // below cannot replace one that others carry out. Keep this order.
    if (Atomics.load(this.words, this.turnIndex) !== this.turn) return;
    if (planIn(seen, this.nextTag) === undefined) {
      const plan: Plan = { kind, array: this.spareArray(), payload };
      Atomics.compareExchange(quads, planIndex, seen, planWord(plan, this.nextTag));
    }
    this.help();
  }

  /** Carries out the plan for the next generation. Without one, the turn word has moved. */
  private help(): void {
    const plan = planIn(Atomics.load(this.quads, this.planIndex), this.nextTag);
    if (plan === undefined) return;
    const successor = plan.kind === PLAN_TURN ? this.turned(plan) : this.widened(plan);
    if (successor === undefined || !this.fill(successor)) return;
    // Publishes the array: refresh() and readers take the current one from this word. Keep this exchange last.
    Atomics.compareExchange(this.words, this.turnIndex, this.turn, turnAfter(this.turn, plan.array));
  }

  private turned({ array, payload }: Plan): Successor {
    return { array, interval: payload, window: this.emptyWindow, zeroCount: 0, counts: NO_COUNTS };
  }

  /** Freezes the current array; undefined when the turn word has moved. */
  private widened({ array, payload }: Plan): Successor | undefined {
    const zeroCount = this.freeze(this.zeroIndex());
    const counts = new Float64Array(this.window.positiveCount + this.window.negativeCount);
    if (zeroCount === undefined) return undefined;
    for (let position = 0; position < counts.length; position++) {
      const count = this.freeze(this.bucketIndex(this.arrayOffset, position));
      if (count === undefined) return undefined;
      counts[position] = count;
    }
    const window = this.windowFor(counts, plannedFinest(payload), plannedIsNegative(payload));
    return {
      array,
      interval: this.interval,
      window,
      zeroCount,
      counts: regrouped(this.window, counts, window),
    };
  }

  /** Ends the counting in a bucket; its last count, or undefined when the turn word has moved. */
  private freeze(index: number): number | undefined {
    const { quads } = this;
    for (let attempt = 0; attempt < ROUNDS_MAX; attempt++) {
      const seen = Atomics.load(quads, index);
      if (tagIn(seen) !== this.tag) return undefined;
      if (isFrozen(seen)) return countIn(seen);
      if (Atomics.compareExchange(quads, index, seen, seen | FROZEN) === seen) return countIn(seen);
    }
    this.giveUp();
    return undefined;
  }

  /** Brings the words of an array to what a successor says; false when the turn word has moved. */
  private fill({ array, interval, window, zeroCount, counts }: Successor): boolean {
    const offset = this.offsetOf(array);
    const extent = extentWord(interval, window, this.nextTag);
    const before = Atomics.load(this.quads, (offset + EXTENT_OFFSET) / U64_BYTES);
    // Written last: what comes before it is done.
    if (before === extent) return true;
    if (!this.put(offset + BUCKET_ARRAY_ZERO_LOW_OFFSET, bucketWord(zeroCount, this.nextTag))) return false;
    // Buckets that the array had and has no more are left without a tag: a tag found here is never a very old one.
    const last = Math.max(counts.length, window.positiveCount + window.negativeCount, this.bucketsOf(before));
    for (let position = 0; position < last; position++) {
      const isUsed = position < counts.length;
      const word = isUsed ? bucketWord(counts[position]!, this.nextTag) : UNUSED;
      if (!this.put(offset + BUCKET_ARRAY_BYTES + position * U64_BYTES, word)) return false;
    }
    return (
      this.put(offset + LOWS_OFFSET, lowsWord(window, this.nextTag)) &&
      this.put(offset + EXTENT_OFFSET, extent)
    );
  }

  /** Writes a word of the array that is filled, unless it is written; false when the turn word has moved. */
  private put(byteOffset: number, word: bigint): boolean {
    const { quads } = this;
    const index = byteOffset / U64_BYTES;
    for (let attempt = 0; attempt < ROUNDS_MAX; attempt++) {
      const seen = Atomics.load(quads, index);
      if (seen === word) return true;
      // After the load: while the turn word is what it was, what was seen is left from before, and only that is replaced.
      if (Atomics.load(this.words, this.turnIndex) !== this.turn) return false;
      if (Atomics.compareExchange(quads, index, seen, word) === seen) return true;
    }
    this.giveUp();
    return false;
  }

  /** As in sketch-writer.ts: one that was left behind when its interval was copied, or never used, or else the oldest. */
  private spareArray(): number {
    const current = currentArrayIn(this.turn);
    let spare = -1;
    let oldest = this.interval;
    for (let array = 0; array < arrayCountOf(this.shape); array++) {
      if (array === current) continue;
      const interval = intervalIn(
        Atomics.load(this.quads, (this.offsetOf(array) + EXTENT_OFFSET) / U64_BYTES),
      );
      if (interval === 0 || interval >= this.interval) return array;
      if (interval >= oldest) continue;
      spare = array;
      oldest = interval;
    }
    return spare;
  }

  /**
   * Sees to it that this object knows the current generation.
   *
   * @returns false when the turn word moved while its array was looked at
   */
  private refresh(): boolean {
    const { quads } = this;
    const turn = Atomics.load(this.words, this.turnIndex);
    if (turn === this.turn) return true;
    const offset = this.offsetOf(currentArrayIn(turn));
    const tag = tagOf(turn);
    const extent = Atomics.load(quads, (offset + EXTENT_OFFSET) / U64_BYTES);
    const lows = Atomics.load(quads, (offset + LOWS_OFFSET) / U64_BYTES);
    // The memory of a new series has no generation yet.
    const isNew = turn === 0 && extent === UNUSED;
    if (!isNew && (tagIn(extent) !== tag || tagIn(lows) !== tag)) return false;
    this.turn = turn;
    this.tag = tag;
    this.nextTag = tagOf(turnAfter(turn, 0));
    this.interval = intervalIn(extent);
    this.window = isNew ? this.emptyWindow : windowIn(extent, lows, this.shape.bucketsMax);
    this.arrayOffset = offset;
    return true;
  }

  private bucketsOf(extent: bigint): number {
    return bucketsIn(extent, this.shape.bucketsMax);
  }

  private offsetOf(array: number): number {
    return this.byteOffset + SKETCH_BYTES + array * arrayBytesOf(this.shape);
  }

  private zeroIndex(): number {
    return (this.arrayOffset + BUCKET_ARRAY_ZERO_LOW_OFFSET) / U64_BYTES;
  }

  private bucketIndex(arrayOffset: number, position: number): number {
    return (arrayOffset + BUCKET_ARRAY_BYTES) / U64_BYTES + position;
  }

  private giveUp(): void {
    Atomics.add(this.words, HEADER_RETRY_LIMIT_HITS_OFFSET / U32_BYTES, 1);
  }
}
