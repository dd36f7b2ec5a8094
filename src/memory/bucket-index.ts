/**
 * Bucket index: from a value to its bucket, in a few instructions whatever the bounds.
 *
 * The upper 12 bits of a double are its sign and exponent: its binade. Usual bounds grow by factors, so no binade has more
 * than one of them, and one compare with that one tells the bucket. Where they are closer, such as linear ones, binades
 * are divided into equal cells, as many as leave each with one bound:
 *
 *     high word of a value    sign, exponent | mantissa ...
 *                                   |             |
 *     places    ... 3 4 4 5 5 6 ... |             |        bounds below the binade
 *         or, where one is crowded  v             |
 *               ... 3 4 ~ ~ ~ 9 ... ~ = where its cells are, and how wide
 *     cells             | 5 6 6 7 | <-------------+        bounds below the cell
 *
 *     bucket = bounds below the binade or the cell + 1 if the value is above the bound in it
 *
 * No loop, and no branch that depends on the value: where an observation falls cannot be predicted, and a branch that is
 * mispredicted costs more than all the rest. So when one binade is crowded, all are looked up in cells. Only bounds that
 * differ by less than a thousandth or so are searched. Measured against binary and linear search in bench/micro.
 */

/** Of the high word: what is left is the binade. */
export const BINADE_SHIFT = 20;
const MANTISSA_MASK = (1 << BINADE_SHIFT) - 1;
/** Binades of one sign; the last of them has infinity and NaN. */
const SIGN_BINADES = 1 << 11;
/** Lowest bits of a place of cells: by how much the mantissa is shifted, in as many bits as a shift looks at. */
const SHIFT_BITS = 5;
/** A crowded binade may have so many cells, and so many for each bound in it. Bounds that are still closer are searched. */
const CELL_BITS_MAX = 12;
const CELLS_PER_BOUND = 16;
/** In a cell: it has several bounds, or no finite values. */
const SEARCHED = 0xffff;
/** Cells count bounds in 16 bits. */
export const BUCKETS_MAX = SEARCHED;
/** What indexOf returns for infinities and NaN. */
export const NOT_FINITE = SEARCHED;

const value64 = new Float64Array(1);
const valueWords = new Int32Array(value64.buffer);
const HIGH_WORD = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

/** Families with equal bounds share one, in each thread. */
const known = new Map<string, BucketIndex>();

export class BucketIndex {
  /** For each binade: the number of bounds below it or, in its complement, the place of its cells. Written by nobody else. */
  readonly places = new Int32Array(2 * SIGN_BINADES);
  private readonly cells: Uint16Array;
  /** And one that no value is above. */
  readonly bounds: Float64Array;

  private constructor(bounds: readonly number[]) {
    // -0 is 0 afterwards, as it is for the values: the two are in different binades.
    this.bounds = Float64Array.from([...bounds, Infinity], bound => bound + 0);
    const crowded = this.fillPlaces();
    // For binades that are not crowded; the next one is for what is not finite.
    const cells = Array.from(this.bounds, (_, below) => below);
    const refused = ~placeOf(cells.push(SEARCHED) - 1, 0);
    if (crowded.length > 0) {
      for (let binade = 0; binade < this.places.length; binade++)
        this.places[binade] = ~placeOf(this.places[binade]!, 0);
    }
    for (const run of crowded) this.divide(run, cells);
    this.places[SIGN_BINADES - 1] = refused;
    this.places[2 * SIGN_BINADES - 1] = refused;
    this.cells = Uint16Array.from(cells);
  }

  /** The index for increasing, finite bounds. */
  static over(bounds: readonly number[]): BucketIndex {
    const key = bounds.join();
    let index = known.get(key);
    if (index === undefined) {
      index = new BucketIndex(bounds);
      known.set(key, index);
    }
    return index;
  }

  /** The number of buckets: one for each bound, and the overflow bucket. */
  get bucketCount(): number {
    return this.bounds.length;
  }

  /**
   * Index of the first bound that is not below `value`; the number of bounds when all are; NOT_FINITE for a value that
   * belongs to no bucket, so that recording needs no check of its own before the search.
   */
  indexOf(value: number): number {
    value64[0] = value;
    const high = valueWords[HIGH_WORD]!;
    const place = this.places[high >>> BINADE_SHIFT]!;
    if (place < 0) return this.indexWithin(~place, high, value);
    return place + +(this.bounds[place]! < value);
  }

  private indexWithin(place: number, high: number, value: number): number {
    // A shift looks at no more of a place than its lowest bits.
    const below = this.cells[(place >>> SHIFT_BITS) + ((high & MANTISSA_MASK) >>> place)]!;
    if (below === SEARCHED) return Number.isFinite(value) ? this.search(value) : NOT_FINITE;
    return below + +(this.bounds[below]! < value);
  }

  private search(value: number): number {
    const { bounds } = this;
    let low = 0;
    let high = bounds.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (bounds[middle]! < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Counts the bounds below each binade. Returns the crowded ones. */
  private fillPlaces(): Run[] {
    const { places, bounds } = this;
    const negative = this.search(0);
    const slotOf = (bound: number): number => (highWordOf(bound) >>> BINADE_SHIFT) % SIGN_BINADES;
    const below = runsOf(bounds, { from: 0, to: negative }, slotOf);
    const above = runsOf(bounds, { from: negative, to: bounds.length - 1 }, slotOf);
    fillUp(places.subarray(0, SIGN_BINADES), above, bounds.length - 1);
    fillDown(places.subarray(SIGN_BINADES), below, negative);
    return [...below, ...above].filter(isCrowded);
  }

  /** Gives cells of their own to the binade of these bounds. */
  private divide(run: Run, cells: number[]): void {
    const { bounds } = this;
    const high = highWordOf(bounds[run.from]!);
    const bits = cellBitsFor(bounds, run);
    const shift = BINADE_SHIFT - bits;
    const runs = runsOf(bounds, run, bound => (highWordOf(bound) & MANTISSA_MASK) >>> shift);
    const own = new Uint16Array(1 << bits);
    if (high < 0) fillDown(own, runs, run.to);
    else fillUp(own, runs, run.to);
    for (const { slot } of runs.filter(isCrowded)) own[slot] = SEARCHED;
    this.places[high >>> BINADE_SHIFT] = ~placeOf(cells.length, bits);
    for (const below of own) cells.push(below);
  }
}

/** Bounds that follow each other. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/** All bounds that one binade or cell has. */
interface Run extends Range {
  readonly slot: number;
}

function runsOf(bounds: Float64Array, { from, to }: Range, slotOf: (bound: number) => number): Run[] {
  const runs: Run[] = [];
  for (let i = from; i < to;) {
    const start = i;
    const slot = slotOf(bounds[start]!);
    while (i < to && slotOf(bounds[i]!) === slot) i++;
    runs.push({ slot, from: start, to: i });
  }
  return runs;
}

function isCrowded({ from, to }: Run): boolean {
  return to - from > 1;
}

/** Of positive values: they grow from slot to slot. */
function fillUp(slots: Int32Array | Uint16Array, runs: readonly Run[], to: number): void {
  let first = 0;
  for (const { slot, from } of runs) {
    slots.fill(from, first, slot + 1);
    first = slot + 1;
  }
  slots.fill(to, first);
}

/** Of negative values. */
function fillDown(slots: Int32Array | Uint16Array, runs: readonly Run[], to: number): void {
  let end = slots.length;
  for (const { slot, from } of runs) {
    slots.fill(from, slot, end);
    end = slot;
  }
  slots.fill(to, 0, end);
}

/** Leading bits of the mantissa that tell the bounds of a binade apart, if they are worth the cells. */
function cellBitsFor(bounds: Float64Array, { from, to }: Range): number {
  const worth = Math.floor(Math.log2((to - from) * CELLS_PER_BOUND));
  const bitsMax = Math.min(BINADE_SHIFT, Math.max(CELL_BITS_MAX, worth));
  let bits = 1;
  for (let i = from + 1; i < to; i++) {
    const differing = highWordOf(bounds[i]!) ^ highWordOf(bounds[i - 1]!);
    bits = Math.max(bits, Math.clz32(differing) - Math.clz32(MANTISSA_MASK) + 1);
  }
  return Math.min(bits, bitsMax);
}

function placeOf(cell: number, bits: number): number {
  return (cell << SHIFT_BITS) | (BINADE_SHIFT - bits);
}

function highWordOf(value: number): number {
  value64[0] = value;
  return valueWords[HIGH_WORD]!;
}
