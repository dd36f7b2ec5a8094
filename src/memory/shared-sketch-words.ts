/**
 * Shared sketch words: the 64-bit words that a sketch in the shared stripe consists of, and what stands in which bits.
 *
 * Layout    Offsets are those of layout.ts, "Sketch" and "Bucket array"; here all of them are 64-bit words. Each carries
 *           the tag of the generation that wrote it, so that a compare-exchange of an earlier one fails.
 *
 *             plan, at +8 of the sketch   payload 32 | array 4 | kind 1 | tag 16     how the next generation comes about
 *             extent, at +0 of an array   interval 32 | positive buckets 14 | has negative ones 1 | tag 16
 *             lows, at +8                 positiveLow 20 | negativeLow 20 | shift 4 | tag 16      lows less LOW_MIN
 *             zero, at +16, each bucket   count 46 | frozen 1 | tag 16
 *
 *           An array with negative buckets uses all that there are, so the number of positive ones says the other. A word
 *           of no use to the generation that has the array is 0, and 0 is the tag of none.
 *
 * Writers   none here: coding and arithmetic. atomic-sketch.ts has the protocol.
 */
import type { BucketWindow } from './sketch-shape.js';
import { generationIn } from './sketch-shape.js';

const TAG_BITS = 16;
const TAG_MASK = (1 << TAG_BITS) - 1;
const LONG_TAG_MASK = BigInt(TAG_MASK);
const TAGS = TAG_MASK;

const COUNT_SHIFT = BigInt(TAG_BITS + 1);
/** Set in a bucket word whose count has been taken over by the generation that the plan announces. */
export const FROZEN = 1n << BigInt(TAG_BITS);
/** What one value adds to a bucket word. */
export const ONE_COUNT = 1n << COUNT_SHIFT;
/** A count of 46 bits leaves the sign bit alone. Ten million values a second, all in one bucket, take 81 days. */
export const SHARED_COUNT_MAX = 2 ** 46 - 1;

const KIND_SHIFT = TAG_BITS;
const PLAN_ARRAY_SHIFT = KIND_SHIFT + 1;
const PAYLOAD_SHIFT = BigInt(PLAN_ARRAY_SHIFT + 4);
const PLAN_LOW_MASK = (1n << PAYLOAD_SHIFT) - 1n;
const SIGN_SHIFT = 20;

const HAS_NEGATIVE_SHIFT = TAG_BITS;
const POSITIVE_COUNT_SHIFT = HAS_NEGATIVE_SHIFT + 1;
const INTERVAL_SHIFT = 31n;
const EXTENT_LOW_MASK = (1n << INTERVAL_SHIFT) - 1n;

const WINDOW_SHIFT_SHIFT = TAG_BITS;
const WINDOW_SHIFT_MASK = 0xf;
const NEGATIVE_LOW_SHIFT = 20n;
const POSITIVE_LOW_SHIFT = 40n;
const LOW_BITS = 20n;
const LOW_MASK = (1n << LOW_BITS) - 1n;
/** Lower than any index, and the room of any window below it; the highest are as far from the upper end. */
export const LOW_MIN = -(1 << 19);

/**
 * The tag of the generation that a turn word names: 1..65535, then 1 again.
 *
 * For an exchange to take a word of another generation for that of its own, its thread has to be held up between the load
 * and the exchange while an exact multiple of 65535 generations pass, and the count to be the same again. Without a
 * sliding window that many never come: each generation has a wider or coarser window than the last one. With one, what is
 * wrong then is gone with the next interval, which starts with an empty array and freezes nothing.
 */
export function tagOf(turn: number): number {
  return (generationIn(turn) % TAGS) + 1;
}

/** The tag in any of these words but the plan's; 0 in a word that no generation uses. */
export function tagIn(word: bigint): number {
  return Number(word & LONG_TAG_MASK);
}

export function bucketWord(count: number, tag: number): bigint {
  return (BigInt(Math.min(count, SHARED_COUNT_MAX)) << COUNT_SHIFT) | BigInt(tag);
}

export function countIn(word: bigint): number {
  return Number(word >> COUNT_SHIFT);
}

export function isFrozen(word: bigint): boolean {
  return (word & FROZEN) !== 0n;
}

/** A window that has a place for one value more, with the counts of the current array. */
export const PLAN_WIDEN = 0;
/** An empty window, for another interval. */
export const PLAN_TURN = 1;

export interface Plan {
  readonly kind: typeof PLAN_WIDEN | typeof PLAN_TURN;
  /** The array that is filled. */
  readonly array: number;
  /** For PLAN_TURN the interval, for PLAN_WIDEN the value, as widenPayload has it. */
  readonly payload: number;
}

/** The index of a value at the finest schema, and its sign. */
export function widenPayload(finest: number, isNegative: boolean): number {
  return (finest - LOW_MIN) | (isNegative ? 1 << SIGN_SHIFT : 0);
}

export function plannedFinest(payload: number): number {
  return (payload & ((1 << SIGN_SHIFT) - 1)) + LOW_MIN;
}

export function plannedIsNegative(payload: number): boolean {
  return payload >>> SIGN_SHIFT === 1;
}

export function planWord({ kind, array, payload }: Plan, tag: number): bigint {
  const low = (array << PLAN_ARRAY_SHIFT) | (kind << KIND_SHIFT) | tag;
  return (BigInt(payload) << PAYLOAD_SHIFT) | BigInt(low);
}

/** What a plan word says; undefined when it is not for the generation with this tag. */
export function planIn(word: bigint, tag: number): Plan | undefined {
  const low = Number(word & PLAN_LOW_MASK);
  if ((low & TAG_MASK) !== tag) return undefined;
  const kind = ((low >> KIND_SHIFT) & 1) === PLAN_TURN ? PLAN_TURN : PLAN_WIDEN;
  return { kind, array: low >> PLAN_ARRAY_SHIFT, payload: Number(word >> PAYLOAD_SHIFT) };
}

export function extentWord(interval: number, window: BucketWindow, tag: number): bigint {
  const hasNegative = window.negativeCount > 0 ? 1 : 0;
  const low = (window.positiveCount << POSITIVE_COUNT_SHIFT) | (hasNegative << HAS_NEGATIVE_SHIFT) | tag;
  return (BigInt(interval) << INTERVAL_SHIFT) | BigInt(low);
}

export function intervalIn(extent: bigint): number {
  return Number(extent >> INTERVAL_SHIFT);
}

/** How many bucket words of an array the generation that wrote its extent uses. */
export function bucketsIn(extent: bigint, bucketsMax: number): number {
  const low = Number(extent & EXTENT_LOW_MASK);
  return (low >> HAS_NEGATIVE_SHIFT) & 1 ? bucketsMax : low >> POSITIVE_COUNT_SHIFT;
}

export function lowsWord({ shift, positiveLow, negativeLow }: BucketWindow, tag: number): bigint {
  const low = (shift << WINDOW_SHIFT_SHIFT) | tag;
  return (
    (BigInt(positiveLow - LOW_MIN) << POSITIVE_LOW_SHIFT) |
    (BigInt(negativeLow - LOW_MIN) << NEGATIVE_LOW_SHIFT) |
    BigInt(low)
  );
}

/** The window that an array's extent and lows tell of, both of one generation. */
export function windowIn(extent: bigint, lows: bigint, bucketsMax: number): BucketWindow {
  const positiveCount = Number(extent & EXTENT_LOW_MASK) >> POSITIVE_COUNT_SHIFT;
  return {
    shift: (Number(lows & LOW_MASK) >> WINDOW_SHIFT_SHIFT) & WINDOW_SHIFT_MASK,
    positiveLow: Number(lows >> POSITIVE_LOW_SHIFT) + LOW_MIN,
    positiveCount,
    negativeLow: Number((lows >> NEGATIVE_LOW_SHIFT) & LOW_MASK) + LOW_MIN,
    negativeCount: bucketsIn(extent, bucketsMax) - positiveCount,
  };
}
