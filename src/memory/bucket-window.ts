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

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

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

/** Makes a range what emptyRange() returns. */
export function clearRange(range: IndexRange, shift: number): void {
  range.shift = shift;
  range.positiveLow = Infinity;
  range.positiveHigh = -Infinity;
  range.negativeLow = Infinity;
  range.negativeHigh = -Infinity;
}

export function addPositive(range: IndexRange, index: number): void {
  range.positiveLow = Math.min(range.positiveLow, index);
  range.positiveHigh = Math.max(range.positiveHigh, index);
}

export function addNegative(range: IndexRange, index: number): void {
  range.negativeLow = Math.min(range.negativeLow, index);
  range.negativeHigh = Math.max(range.negativeHigh, index);
}

/** Adds the bucket of a value whose index at the finest schema is given. */
export function addFinest(range: IndexRange, finest: number, isNegative: boolean): void {
  const index = coarserIndex(finest, range.shift);
  if (isNegative) addNegative(range, index);
  else addPositive(range, index);
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
 *
 * Each sign may have half of the buckets, and what the other one leaves. So a window that is full stays full, and the
 * lower end of a sign that was cut only ever moves up: cutting early, in one stripe, and cutting late, when all of them
 * are merged, come to the same. A rule that gave a sign less than there is would let a cut range grow back.
 *
 * @param window is filled and returned, for callers that make none for each range
 */
export function tightWindow(
  range: IndexRange,
  bucketsMax: number,
  window: Mutable<BucketWindow> = {
    shift: 0,
    positiveLow: 0,
    positiveCount: 0,
    negativeLow: 0,
    negativeCount: 0,
  },
): BucketWindow {
  const positiveMost = positiveWidth(range);
  const negativeCount = Math.min(negativeWidth(range), Math.max(bucketsMax >> 1, bucketsMax - positiveMost));
  const positiveCount = Math.min(positiveMost, bucketsMax - negativeCount);
  window.shift = range.shift;
  window.positiveLow = positiveCount === 0 ? 0 : range.positiveHigh - positiveCount + 1;
  window.positiveCount = positiveCount;
  window.negativeLow = negativeCount === 0 ? 0 : range.negativeHigh - negativeCount + 1;
  window.negativeCount = negativeCount;
  return window;
}

/** As tightWindow, with room on both sides of what is in use. */
export function roomyWindow(range: IndexRange, bucketsMax: number): BucketWindow {
  const tight = tightWindow(range, bucketsMax);
  const used = tight.positiveCount + tight.negativeCount;
  return withRoom(tight, Math.min(bucketsMax, Math.max(WINDOW_MIN, used * GROWTH)) - used);
}

/** As roomyWindow; a window with negative buckets takes all of `bucketsMax`, so that the one count says the other. */
export function sharedWindow(range: IndexRange, bucketsMax: number): BucketWindow {
  const tight = tightWindow(range, bucketsMax);
  if (tight.negativeCount === 0) return roomyWindow(range, bucketsMax);
  return withRoom(tight, bucketsMax - tight.positiveCount - tight.negativeCount);
}

/** Where the bucket of a finest index stands in a window; undefined when it is outside. */
export function positionIn(window: BucketWindow, finest: number, isNegative: boolean): number | undefined {
  const low = isNegative ? window.negativeLow : window.positiveLow;
  const from = coarserIndex(finest, window.shift) - low;
  if (from < 0 || from >= (isNegative ? window.negativeCount : window.positiveCount)) return undefined;
  return isNegative ? window.positiveCount + from : from;
}

/** The position of the lowest bucket of a sign, which takes what is below it when there is no coarser schema. */
export function lowestPosition(window: BucketWindow, isNegative: boolean): number {
  return isNegative ? window.positiveCount : 0;
}

/** The indexes at which a window has counted anything; `counts` by position. */
export function rangeOf(window: BucketWindow, counts: Float64Array): IndexRange {
  const range = emptyRange(window.shift);
  const { positiveLow, positiveCount, negativeLow } = window;
  for (let position = 0; position < positiveCount + window.negativeCount; position++) {
    if (counts[position] === 0) continue;
    if (position < positiveCount) addPositive(range, positiveLow + position);
    else addNegative(range, negativeLow + position - positiveCount);
  }
  return range;
}

/** The same counts in the places of another window, which is at least as coarse. */
export function regrouped(from: BucketWindow, counts: Float64Array, to: BucketWindow): Float64Array {
  const result = new Float64Array(to.positiveCount + to.negativeCount);
  const steps = to.shift - from.shift;
  for (let position = 0; position < from.positiveCount + from.negativeCount; position++) {
    if (counts[position] === 0) continue;
    const isNegative = position >= from.positiveCount;
    const index = isNegative ? from.negativeLow + position - from.positiveCount : from.positiveLow + position;
    const at = coarserIndex(index, steps) - (isNegative ? to.negativeLow : to.positiveLow);
    result[lowestPosition(to, isNegative) + Math.max(0, at)]! += counts[position]!;
  }
  return result;
}

export function isSameWindow(a: BucketWindow, b: BucketWindow): boolean {
  return (
    a.shift === b.shift &&
    a.positiveLow === b.positiveLow &&
    a.positiveCount === b.positiveCount &&
    a.negativeLow === b.negativeLow &&
    a.negativeCount === b.negativeCount
  );
}

function withRoom(tight: BucketWindow, room: number): BucketWindow {
  if (tight.positiveCount + tight.negativeCount === 0) return tight;
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
