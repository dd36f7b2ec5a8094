/**
 * Exponential index: from a value to its bucket of a base-2 exponential histogram, exact at every bound.
 *
 * At schema s a power of two is divided into 2^s buckets: bucket i holds the values in (2^((i-1)/2^s), 2^(i/2^s)], upper
 * bound included (Prometheus, "Native Histograms", section "Schema"; an OpenTelemetry bucket of scale s has index i-1).
 * The index is computed at the finest schema and halved, rounding up, once for each step to a coarser one: the bounds of a coarser schema
 * are bounds of every finer one, so what is exact at the finest is exact at all.
 *
 * The finest schema needs the place of the mantissa among 256 irrational bounds. `Math.log2` rounds to the wrong side near
 * them. Instead, the 9 upper bits of the mantissa select a cell of a table; a cell is narrower than the distance of two
 * bounds, so it contains at most one, and one compare decides. Bounds are the largest doubles that are not above the real
 * ones, from integer square roots; test/unit/memory/exponential-index.test.ts checks each against exact powers.
 */

export const SCHEMA_MAX = 8;
export const SCHEMA_MIN = -4;
/** Buckets of a power of two at the finest schema. */
export const FINEST_BUCKETS = 1 << SCHEMA_MAX;
/** Steps from the finest schema to the coarsest. */
export const SHIFT_MAX = SCHEMA_MAX - SCHEMA_MIN;

const MANTISSA_HIGH_BITS = 20;
const CELL_BITS = 9;
export const CELL_SHIFT = MANTISSA_HIGH_BITS - CELL_BITS;
export const CELL_MASK = (1 << CELL_BITS) - 1;
/** The bits of the high word below those that select the cell. */
export const REST_MASK = (1 << CELL_SHIFT) - 1;
/** A cell's entry is `buckets before the cell << 12 | bits of the bound below the cell's`; without a bound, NO_BOUND. */
export const ENTRY_SHIFT = 12;
export const ENTRY_MASK = (1 << ENTRY_SHIFT) - 1;
const NO_BOUND = ENTRY_MASK;
export const EXPONENT_SHIFT = MANTISSA_HIGH_BITS;
export const EXPONENT_BIAS = 1023;
const EXPONENT_MAX = 1024;
/** Index of the bucket that ends at 2^1024: it has the largest doubles, and by its bits infinity would belong there too. */
export const FINEST_INDEX_MAX = EXPONENT_MAX * FINEST_BUCKETS;

/** The smallest double with a full mantissa: what is below has its exponent in leading zeros, and is looked up slowly. */
export const NORMAL_MIN = 2 ** -1022;
const SUBNORMAL_SCALE_BITS = 52;

const value64 = new Float64Array(1);
const valueWords = new Int32Array(value64.buffer);
const HIGH_WORD = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

export interface ExponentialTable {
  /** By cell: see ENTRY_SHIFT. */
  readonly entries: Int32Array;
  /** By cell: the low word of its bound. */
  readonly lowWords: Uint32Array;
}

let table: ExponentialTable | undefined;

/** The table, made at its first use: programs without such buckets do not pay for it. */
export function exponentialTable(): ExponentialTable {
  return (table ??= buildTable(mantissaBounds()));
}

/**
 * Index of the bucket of a positive, finite value, at the finest schema.
 *
 * Recording does the same inline (sketch-writer.ts); this is for its slow path, and for what reads.
 */
export function finestIndexOf(value: number): number {
  if (value < NORMAL_MIN) {
    return finestIndexOf(value * 2 ** SUBNORMAL_SCALE_BITS) - SUBNORMAL_SCALE_BITS * FINEST_BUCKETS;
  }
  const { entries, lowWords } = exponentialTable();
  value64[0] = value;
  const high = valueWords[HIGH_WORD]!;
  const low = valueWords[1 - HIGH_WORD]! >>> 0;
  const cell = (high >>> CELL_SHIFT) & CELL_MASK;
  const entry = entries[cell]!;
  const rest = high & REST_MASK;
  const bound = entry & ENTRY_MASK;
  const isAbove = rest > bound || (rest === bound && low > lowWords[cell]!);
  const exponent = (high >>> EXPONENT_SHIFT) - EXPONENT_BIAS;
  return exponent * FINEST_BUCKETS + (entry >>> ENTRY_SHIFT) + (isAbove ? 1 : 0);
}

/** The index at a schema `shift` steps coarser: half as large, rounded up, for each step. */
export function coarserIndex(index: number, shift: number): number {
  return ((index - 1) >> shift) + 1;
}

/** The largest doubles not above 2^(k/256), for k = 0..255, as integers of 53 bits. */
export function mantissaBounds(): readonly bigint[] {
  // 2^(1/2), 2^(1/4), ... 2^(1/256) as integers over 2^PRECISION, each rounded down; products of them are all others.
  const roots: bigint[] = [];
  let root = 2n << PRECISION;
  for (let step = 0; step < SCHEMA_MAX; step++) {
    root = squareRoot(root << PRECISION);
    roots.push(root);
  }
  return Array.from({ length: FINEST_BUCKETS }, (_, k) => {
    let power = 1n << PRECISION;
    for (let step = 0; step < SCHEMA_MAX; step++) {
      if ((k >> (SCHEMA_MAX - 1 - step)) & 1) power = (power * roots[step]!) >> PRECISION;
    }
    return power >> (PRECISION - MANTISSA_BITS);
  });
}

/** The roots carry errors in the last dozen of these bits; a bound that close to a double would have been found by the test. */
const PRECISION = 160n;
const MANTISSA_BITS = 52n;

/** Integer square root, rounded down (Newton). */
function squareRoot(value: bigint): bigint {
  let guess = 1n << BigInt((value.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (guess + value / guess) >> 1n;
    if (next >= guess) return guess;
    guess = next;
  }
}

function buildTable(bounds: readonly bigint[]): ExponentialTable {
  const entries = new Int32Array(1 << CELL_BITS);
  const lowWords = new Uint32Array(1 << CELL_BITS);
  const mantissas = bounds.map(bound => bound - (1n << MANTISSA_BITS));
  const cellOf = (mantissa: bigint): number => Number(mantissa >> (MANTISSA_BITS - BigInt(CELL_BITS)));
  let passed = 0;
  for (let cell = 0; cell < entries.length; cell++) {
    const mantissa = mantissas[passed];
    const hasBound = mantissa !== undefined && cellOf(mantissa) === cell;
    const rest = hasBound ? Number(mantissa >> 32n) & REST_MASK : NO_BOUND;
    entries[cell] = (passed << ENTRY_SHIFT) | rest;
    lowWords[cell] = hasBound ? Number(mantissa & 0xffff_ffffn) : 0;
    if (hasBound) passed++;
  }
  return { entries, lowWords };
}
