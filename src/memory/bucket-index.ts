/**
 * Bucket index: from a value to its bucket, in a few instructions whatever the bounds.
 *
 * The upper 12 bits of a double are its sign and exponent. A table over them gives the range of buckets that values of
 * that binade can fall into; usual bounds grow by factors, so the range has one to three members and the search is done
 * in as many compares. Where a binade holds many bounds (linear ones), binary search narrows the range first.
 *
 * Measured against plain binary and linear search in bench/micro.
 */

const CLASS_BITS = 12;
const CLASS_SHIFT = 32 - CLASS_BITS;
const RANGE_BITS = 16;
const RANGE_MASK = (1 << RANGE_BITS) - 1;
/** Ranges up to this are scanned: a binary step costs a branch that is mispredicted half of the time. */
const SCAN_MAX = 4;
/** Table entries hold two 16-bit bucket numbers. */
export const BUCKETS_MAX = RANGE_MASK;
/** What indexOf returns for infinities and NaN: the class of their exponent has this for its range. */
export const NOT_FINITE = RANGE_MASK;

const value64 = new Float64Array(1);
const valueWords = new Int32Array(value64.buffer);
const HIGH_WORD = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

/** Families with equal bounds share one, in each thread. */
const known = new Map<string, BucketIndex>();

export class BucketIndex {
  private readonly ranges: Uint32Array;

  private constructor(private readonly bounds: Float64Array) {
    this.ranges = rangesFor(bounds);
  }

  /** The index for increasing, finite bounds. */
  static over(bounds: readonly number[]): BucketIndex {
    const key = bounds.join();
    let index = known.get(key);
    if (index === undefined) {
      index = new BucketIndex(Float64Array.from(bounds));
      known.set(key, index);
    }
    return index;
  }

  /** The number of buckets: one for each bound, and the overflow bucket. */
  get bucketCount(): number {
    return this.bounds.length + 1;
  }

  /**
   * Index of the first bound that is not below `value`; the number of bounds when all are; NOT_FINITE for a value that
   * belongs to no bucket, so that recording needs no check of its own before the search.
   */
  indexOf(value: number): number {
    value64[0] = value;
    const range = this.ranges[valueWords[HIGH_WORD]! >>> CLASS_SHIFT]!;
    const { bounds } = this;
    let low = range & RANGE_MASK;
    let high = range >>> RANGE_BITS;
    while (high - low > SCAN_MAX) {
      const middle = (low + high) >>> 1;
      if (bounds[middle]! < value) low = middle + 1;
      else high = middle;
    }
    while (low < high && bounds[low]! < value) low++;
    return low;
  }
}

/** For each sign and exponent: the buckets of the smallest and the largest value that has them. */
function rangesFor(bounds: Float64Array): Uint32Array {
  const ranges = new Uint32Array(1 << CLASS_BITS);
  for (let valueClass = 0; valueClass < ranges.length; valueClass++) {
    const nearZero = doubleFrom(valueClass << CLASS_SHIFT, 0);
    const farFromZero = doubleFrom((valueClass << CLASS_SHIFT) | ((1 << CLASS_SHIFT) - 1), -1);
    if (Number.isNaN(farFromZero)) {
      ranges[valueClass] = NOT_FINITE | (NOT_FINITE << RANGE_BITS);
      continue;
    }
    const low = lowerBound(bounds, Math.min(nearZero, farFromZero));
    const high = lowerBound(bounds, Math.max(nearZero, farFromZero));
    ranges[valueClass] = low | (high << RANGE_BITS);
  }
  return ranges;
}

function doubleFrom(highWord: number, lowWord: number): number {
  valueWords[HIGH_WORD] = highWord;
  valueWords[1 - HIGH_WORD] = lowWord;
  return value64[0]!;
}

function lowerBound(bounds: Float64Array, value: number): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (bounds[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
