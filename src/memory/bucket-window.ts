/**
 * Bucket window: which indexes an array of exponential buckets is to cover, for what it has counted and a value more.
 *
 * The schema follows from the range alone: the finest one, from the first schema on, at which everything fits. So it does
 * not matter in which order values came, nor in which thread: sketches that are merged come out as if one thread had
 * recorded everything.
 */
import { SHIFT_MAX, coarserIndex } from './exponential-index.js';
import type { BucketWindow } from './sketch-shape.js';

/** Indexes in use, of positive values and of the absolute values of negative ones; low > high where there are none. */
export interface IndexRange {
  shift: number;
  positiveLow: number;
  positiveHigh: number;
  negativeLow: number;
  negativeHigh: number;
}

/** Room of a window for a few values; wider ones get twice the range that is in use, so widening becomes rare. */
const WINDOW_MIN = 32;
const GROWTH = 2;

export function emptyRange(shift: number): IndexRange {
  return {
    shift,
    positiveLow: Infinity,
    positiveHigh: -Infinity,
    negativeLow: Infinity,
    negativeHigh: -Infinity,
  };
}

export function addPositive(range: IndexRange, index: number): void {
  range.positiveLow = Math.min(range.positiveLow, index);
  range.positiveHigh = Math.max(range.positiveHigh, index);
}

export function addNegative(range: IndexRange, index: number): void {
  range.negativeLow = Math.min(range.negativeLow, index);
  range.negativeHigh = Math.max(range.negativeHigh, index);
}

/** The number of buckets that a range takes. */
export function widthOf(range: IndexRange): number {
  return positiveWidth(range) + negativeWidth(range);
}

/** Makes a range coarser until it takes at most `bucketsMax` buckets, or the schema is the coarsest. */
export function fit(range: IndexRange, bucketsMax: number): void {
  while (widthOf(range) > bucketsMax && range.shift < SHIFT_MAX) coarsen(range, range.shift + 1);
}

/** Expresses a range at a coarser schema, `shift` steps from the finest. */
export function coarsen(range: IndexRange, shift: number): void {
  const steps = shift - range.shift;
  range.shift = shift;
  if (positiveWidth(range) > 0) {
    range.positiveLow = coarserIndex(range.positiveLow, steps);
    range.positiveHigh = coarserIndex(range.positiveHigh, steps);
  }
  if (negativeWidth(range) > 0) {
    range.negativeLow = coarserIndex(range.negativeLow, steps);
    range.negativeHigh = coarserIndex(range.negativeHigh, steps);
  }
}

/**
 * The window that covers a range and nothing else. A range that does not fit at the coarsest schema keeps its upper ends:
 * what is below them is counted in the window's lowest bucket of its sign.
 */
export function tightWindow(range: IndexRange, bucketsMax: number): BucketWindow {
  const isTooWide = widthOf(range) > bucketsMax;
  const negativeCount = isTooWide ? Math.min(negativeWidth(range), bucketsMax >> 1) : negativeWidth(range);
  const positiveCount = Math.min(positiveWidth(range), bucketsMax - negativeCount);
  return {
    shift: range.shift,
    positiveLow: positiveCount === 0 ? 0 : range.positiveHigh - positiveCount + 1,
    positiveCount,
    negativeLow: negativeCount === 0 ? 0 : range.negativeHigh - negativeCount + 1,
    negativeCount,
  };
}

/** As tightWindow, with room on both sides of what is in use. */
export function roomyWindow(range: IndexRange, bucketsMax: number): BucketWindow {
  const tight = tightWindow(range, bucketsMax);
  const used = tight.positiveCount + tight.negativeCount;
  if (used === 0) return tight;
  const room = Math.min(bucketsMax, Math.max(WINDOW_MIN, used * GROWTH)) - used;
  const positiveRoom = tight.negativeCount === 0 ? room : tight.positiveCount === 0 ? 0 : room >> 1;
  const negativeRoom = tight.negativeCount === 0 ? 0 : room - positiveRoom;
  return {
    shift: tight.shift,
    positiveLow: tight.positiveLow - (positiveRoom >> 1),
    positiveCount: tight.positiveCount + positiveRoom,
    negativeLow: tight.negativeLow - (negativeRoom >> 1),
    negativeCount: tight.negativeCount + negativeRoom,
  };
}

function positiveWidth({ positiveLow, positiveHigh }: IndexRange): number {
  return positiveHigh < positiveLow ? 0 : positiveHigh - positiveLow + 1;
}

function negativeWidth({ negativeLow, negativeHigh }: IndexRange): number {
  return negativeHigh < negativeLow ? 0 : negativeHigh - negativeLow + 1;
}
