/**
 * Counter cells: a 64-bit integer and a double, read and written without a torn value.
 *
 * Layout    see layout.ts, "Counter cells".
 * Writers   StripedCounterCell: the one thread that leases the stripe. AtomicCounterCell: any thread, in stripe 0.
 * Readers   any thread, through readStripedCounter and readAtomicCounter.
 * Promises  A reader never sees a value that the counter did not pass through while it read, and never a smaller one
 *           than it saw before - also when the writer was killed between any two stores.
 * Progress  wait-free on both sides; the compare-exchange loop of an atomic fraction is lock-free.
 *
 * The carry. `low` is the value modulo 2^32 and `halfTurns` counts how often bit 31 of `low` has changed, that is the
 * value divided by 2^31. So bit 31 of `low` and bit 0 of `halfTurns` agree, except between the two stores of a change,
 * where `halfTurns` is exactly one behind. A reader that gets both words in one 64-bit load can tell which and add the
 * missing half turn; there is no moment at which a value 2^32 too large or too small can be seen. Increments of 2^31 or
 * more would turn twice in one step; they go to the fraction, which is exact for integers up to 2^53.
 */
import type { CellPlace, CellWriter } from './cell-place.js';
import { UNRESOLVED_EPOCH } from './cell-place.js';
import {
  COUNTER_CELL_FRACTION_OFFSET,
  COUNTER_CELL_HALF_TURNS_OFFSET,
  COUNTER_CELL_LOW_OFFSET,
  EPOCH_INDEX,
  U32_BYTES,
  U64_BYTES,
  U32_SHIFT,
} from './layout.js';
import { decreased, notFinite } from './refused-value.js';

/** A constant of this module, which V8 embeds in the code; one of another module is loaded at each recording. */
const EPOCH_AT = EPOCH_INDEX;

/** One series of a counter, as user code keeps it. */
export interface CounterCell {
  /**
   * Adds to the counter.
   *
   * @param value finite and not negative; 1 if absent, null or undefined
   * @throws TypeError when `value` is no finite number, Error when it is negative; nothing is added
   */
  inc(value?: number | null): void;
  readonly place: CellPlace;
}

const HALF_TURNS_WORD = (COUNTER_CELL_HALF_TURNS_OFFSET - COUNTER_CELL_LOW_OFFSET) / U32_BYTES;
const FRACTION_DOUBLE = (COUNTER_CELL_FRACTION_OFFSET - COUNTER_CELL_LOW_OFFSET) / U64_BYTES;
const INTEGER_MAX = 0x7fff_ffff;
const ONE = 1n;

/** Plain stores into the thread's own stripe. */
export class StripedCounterCell implements CounterCell {
  private readonly words: Int32Array;
  /** Assigned again only after a removal: V8 then embeds the address of a handle that is a constant. */
  private wordIndex: number;
  private epoch = UNRESOLVED_EPOCH;

  constructor(
    private readonly writer: CellWriter,
    readonly place: CellPlace,
  ) {
    this.words = writer.words;
    this.wordIndex = this.placedWordIndex();
  }

  inc(value: number | null = 1): void {
    if ((value! | 0) !== value || value < 0) {
      this.incChecked(value);
      return;
    }
    const { words } = this;
    if (words[EPOCH_AT] !== this.epoch && !this.relocate()) return;
    const index = this.wordIndex;
    const before = words[index]!;
    const after = (before + value) | 0;
    if ((before ^ after) >= 0) words[index] = after;
    else turnHalf(words, index, after);
  }

  private incChecked(value: unknown): void {
    const amount = checkedIncrement(value, this);
    if (amount <= INTEGER_MAX && Number.isInteger(amount)) {
      this.inc(amount);
      return;
    }
    if (this.words[EPOCH_AT] !== this.epoch && !this.relocate()) return;
    this.writer.doubles[fractionIndex(this.wordIndex)]! += amount;
  }

  private relocate(): boolean {
    if (!this.place.locate()) return false;
    const wordIndex = this.placedWordIndex();
    if (wordIndex !== this.wordIndex) this.wordIndex = wordIndex;
    this.epoch = this.place.epoch;
    return true;
  }

  /** As FollowingCell. */
  follow(cellOffset: number, epoch: number): void {
    this.wordIndex = (this.writer.stripeOffset + cellOffset + COUNTER_CELL_LOW_OFFSET) >>> U32_SHIFT;
    this.epoch = epoch;
  }

  private placedWordIndex(): number {
    return (this.writer.stripeOffset + this.place.cellOffset + COUNTER_CELL_LOW_OFFSET) / U32_BYTES;
  }
}

/**
 * Stores a low word whose bit 31 has changed, then counts the half turn.
 *
 * Both stores are atomic so that no processor shows them, or the low word of a later turn, in another order. If the
 * stripe's previous owner was killed between the two, halfTurns is one behind here; it then catches up by two.
 */
export function turnHalf(words: Int32Array, lowIndex: number, low: number): void {
  Atomics.store(words, lowIndex, low);
  const next = words[lowIndex + HALF_TURNS_WORD]! + 1;
  const agrees = (next & 1) === low >>> 31;
  Atomics.store(words, lowIndex + HALF_TURNS_WORD, agrees ? next : next + 1);
}

/** Adds 1 to a striped integer. */
export function addOne(words: Int32Array, lowIndex: number): void {
  const before = words[lowIndex]!;
  const after = (before + 1) | 0;
  if ((before ^ after) >= 0) words[lowIndex] = after;
  else turnHalf(words, lowIndex, after);
}

/** Writes a striped integer below 2^62 where no reader looks yet: one that looked could see half of it. */
export function storeInteger(words: Int32Array, lowIndex: number, value: number): void {
  words[lowIndex] = (value % 0x1_0000_0000) | 0;
  words[lowIndex + HALF_TURNS_WORD] = Math.floor(value / 0x8000_0000) | 0;
}

const pair = new Float64Array(1);
const pairWords = new Int32Array(pair.buffer);

/** The integer in a striped word pair at a byte offset of the arena. */
export function readStripedInteger(doubles: Float64Array, byteOffset: number): number {
  return stripedIntegerAt(doubles, byteOffset / U64_BYTES);
}

/**
 * As readStripedInteger(), at an index of the doubles: for loops, which divide nothing then.
 *
 * One 64-bit load takes both words at one moment; x64 and arm64 do not tear an aligned one (docs/memory-model.md).
 */
export function stripedIntegerAt(doubles: Float64Array, index: number): number {
  pair[0] = doubles[index]!;
  const low = pairWords[0]!;
  let halfTurns = pairWords[1]!;
  if (halfTurns === 0 && low >= 0) return low;
  if ((halfTurns & 1) !== low >>> 31) halfTurns++;
  return (halfTurns >>> 1) * 0x1_0000_0000 + (low >>> 0);
}

/** Integer and fraction of a striped counter at a byte offset of the arena. */
export function readStripedCounter(doubles: Float64Array, byteOffset: number): number {
  return stripedCounterAt(doubles, byteOffset / U64_BYTES);
}

/** As readStripedCounter(), at an index of the doubles. */
export function stripedCounterAt(doubles: Float64Array, index: number): number {
  return stripedIntegerAt(doubles, index) + doubles[index + FRACTION_DOUBLE]!;
}

/** Atomic read-modify-write in the shared stripe: slower, for whatever has no single writer. */
export class AtomicCounterCell implements CounterCell {
  protected byteOffset = 0;
  private epoch = UNRESOLVED_EPOCH;

  constructor(
    protected readonly writer: CellWriter,
    readonly place: CellPlace,
  ) {}

  inc(value: number | null = 1): void {
    const amount = checkedIncrement(value, this);
    const { quads } = this.writer;
    if (!this.isPlaced()) return;
    if (amount === 1) Atomics.add(quads, this.byteOffset / U64_BYTES, ONE);
    else if (amount <= INTEGER_MAX && Number.isInteger(amount)) {
      Atomics.add(quads, this.byteOffset / U64_BYTES, BigInt(amount));
    } else addDouble(quads, this.byteOffset + COUNTER_CELL_FRACTION_OFFSET, amount);
  }

  /** As FollowingCell. */
  follow(cellOffset: number, epoch: number): void {
    this.byteOffset = this.writer.stripeOffset + cellOffset;
    this.epoch = epoch;
  }

  protected isPlaced(): boolean {
    if (this.writer.words[EPOCH_AT] === this.epoch) return true;
    if (!this.place.locate()) return false;
    this.byteOffset = this.writer.stripeOffset + this.place.cellOffset;
    this.epoch = this.place.epoch;
    return true;
  }
}

/** Integer of an atomic cell at a byte offset of the arena. */
export function readAtomicInteger(quads: BigInt64Array, byteOffset: number): number {
  return Number(Atomics.load(quads, byteOffset / U64_BYTES));
}

/** Integer and fraction of an atomic counter at a byte offset of the arena. */
export function readAtomicCounter(quads: BigInt64Array, byteOffset: number): number {
  return (
    readAtomicInteger(quads, byteOffset) + readAtomicDouble(quads, byteOffset + COUNTER_CELL_FRACTION_OFFSET)
  );
}

const bitsOf = new Float64Array(1);
const bits = new BigInt64Array(bitsOf.buffer);

/** Adds to a double in the shared stripe; `Atomics` has no floating-point operations, so this exchanges its bits. */
export function addDouble(quads: BigInt64Array, byteOffset: number, amount: number): void {
  const index = byteOffset / U64_BYTES;
  let seen = Atomics.load(quads, index);
  for (;;) {
    bits[0] = seen;
    bitsOf[0] = bitsOf[0]! + amount;
    const found = Atomics.compareExchange(quads, index, seen, bits[0]!);
    if (found === seen) return;
    seen = found;
  }
}

export function storeDouble(quads: BigInt64Array, byteOffset: number, value: number): void {
  bitsOf[0] = value;
  Atomics.store(quads, byteOffset / U64_BYTES, bits[0]!);
}

export function readAtomicDouble(quads: BigInt64Array, byteOffset: number): number {
  bits[0] = Atomics.load(quads, byteOffset / U64_BYTES);
  return bitsOf[0]!;
}

function fractionIndex(lowIndex: number): number {
  return (lowIndex + (COUNTER_CELL_FRACTION_OFFSET - COUNTER_CELL_LOW_OFFSET) / U32_BYTES) / 2;
}

function checkedIncrement(value: unknown, cell: CounterCell): number {
  if (value === null || value === undefined) return 1;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw notFinite(value, cell);
  if (value < 0) throw decreased(value, cell);
  return value;
}
