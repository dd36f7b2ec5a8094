/**
 * Sketch shape: the sizes of one family's sketches, and what stands where in them.
 *
 * A sketch is the exponential buckets of one series in one stripe: the native buckets of a histogram, or what the quantiles
 * of a summary are taken from. It has several bucket arrays, one of them current. An array covers a window of indexes;
 * when a value falls outside, another array with a wider or coarser window is filled with what was counted so far, and
 * made current by one store.
 */
import { SCHEMA_MAX } from './exponential-index.js';
import { BUCKET_ARRAY_BYTES, SKETCH_BYTES, U64_BYTES } from './layout.js';

export interface SketchShape {
  /** Most buckets of an array, positive and negative ones together. */
  readonly bucketsMax: number;
  /** Schema of the first window, SCHEMA_MIN..SCHEMA_MAX; coarser ones follow when the range of values needs them. */
  readonly schema: number;
  /** Values up to this, and down to its negative, are counted in the zero bucket. */
  readonly zeroThreshold: number;
  /** Intervals of a sliding window that count; 0 for a sketch that counts for ever. */
  readonly intervals: number;
  /** Length of an interval in ticks of the arena's coarse clock; meaningless without intervals. */
  readonly intervalTicks: number;
}

/** Bits of a shape word. */
const SHIFT_MASK = 0xf;
const POSITIVE_SHIFT = 4;
const NEGATIVE_SHIFT = 18;
const COUNT_MASK = 0x3fff;
export const SKETCH_BUCKETS_MAX = 8_192;
/** The only interval of a sketch without a sliding window. */
export const ONLY_INTERVAL = 1;

/** Every interval that counts, and one array to fill. */
export function arrayCountOf(shape: SketchShape): number {
  return Math.max(1, shape.intervals) + 1;
}

export function arrayBytesOf(shape: SketchShape): number {
  return BUCKET_ARRAY_BYTES + shape.bucketsMax * U64_BYTES;
}

export function sketchBytesOf(shape: SketchShape): number {
  return SKETCH_BYTES + arrayCountOf(shape) * arrayBytesOf(shape);
}

/** Steps from the finest schema to that of the first window. */
export function firstShiftOf(shape: SketchShape): number {
  return SCHEMA_MAX - shape.schema;
}

/** Which indexes an array covers: positive values from `positiveLow`, absolute values of negative ones from `negativeLow`. */
export interface BucketWindow {
  readonly shift: number;
  readonly positiveLow: number;
  readonly positiveCount: number;
  readonly negativeLow: number;
  readonly negativeCount: number;
}

export function shapeWord({ shift, positiveCount, negativeCount }: BucketWindow): number {
  return shift | (positiveCount << POSITIVE_SHIFT) | (negativeCount << NEGATIVE_SHIFT);
}

export function shiftIn(word: number): number {
  return word & SHIFT_MASK;
}

export function positiveCountIn(word: number): number {
  return (word >>> POSITIVE_SHIFT) & COUNT_MASK;
}

export function negativeCountIn(word: number): number {
  return word >>> NEGATIVE_SHIFT;
}

const TURN_INDEX_BITS = 4;
const TURN_INDEX_MASK = (1 << TURN_INDEX_BITS) - 1;
const TURN_UNIT = TURN_INDEX_MASK + 1;
/** Arrays that a turn word can tell apart, less the one that is filled. */
export const SKETCH_INTERVALS_MAX = TURN_INDEX_MASK;

/** Which array a turn word makes current. */
export function currentArrayIn(turn: number): number {
  return turn & TURN_INDEX_MASK;
}

/** How often a turn word has changed, modulo 2^28. */
export function generationIn(turn: number): number {
  return turn >>> TURN_INDEX_BITS;
}

/** The turn word that follows: another array is current, and the word differs from every recent one. */
export function turnAfter(turn: number, array: number): number {
  return ((turn & ~TURN_INDEX_MASK) + TURN_UNIT) | array | 0;
}
