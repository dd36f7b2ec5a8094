import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  addFinest,
  addNegative,
  addPositive,
  emptyRange,
  fit,
  isSameWindow,
  lowestPosition,
  positionIn,
  rangeOf,
  regrouped,
  roomyWindow,
  sharedWindow,
  tightWindow,
} from '../../../src/memory/bucket-window.js';
import type { IndexRange } from '../../../src/memory/bucket-window.js';
import { SHIFT_MAX } from '../../../src/memory/exponential-index.js';
import type { BucketWindow } from '../../../src/memory/sketch-shape.js';

/** A range over these indexes, both ends included. */
function rangeFrom(
  shift: number,
  positive?: readonly [number, number],
  negative?: readonly [number, number],
): IndexRange {
  const range = emptyRange(shift);
  for (const index of positive ?? []) addPositive(range, index);
  for (const index of negative ?? []) addNegative(range, index);
  return range;
}

const countsOf = ({ positiveCount, negativeCount }: BucketWindow): [number, number] => [
  positiveCount,
  negativeCount,
];

describe('a tight window', () => {
  it('covers what is in use and nothing else', () => {
    const window = tightWindow(rangeFrom(3, [-2, 5], [7, 7]), 20);
    assert.deepEqual(window, {
      shift: 3,
      positiveLow: -2,
      positiveCount: 8,
      negativeLow: 7,
      negativeCount: 1,
    });
    assert.deepEqual(countsOf(tightWindow(emptyRange(0), 20)), [0, 0]);
  });

  it('keeps the upper ends of what does not fit, half of the buckets for each sign and what the other leaves', () => {
    const CUTS: readonly [positive: number, negative: number, kept: [number, number]][] = [
      [30, 0, [20, 0]],
      [0, 30, [0, 20]],
      [30, 4, [16, 4]],
      [4, 30, [4, 16]],
      [30, 30, [10, 10]],
      [10, 10, [10, 10]],
      [11, 10, [10, 10]],
    ];
    for (const [positive, negative, kept] of CUTS) {
      const range = rangeFrom(
        SHIFT_MAX,
        positive > 0 ? [1, positive] : undefined,
        negative > 0 ? [1, negative] : undefined,
      );
      const window = tightWindow(range, 20);
      assert.deepEqual(countsOf(window), kept, `${positive} and ${negative}`);
      if (positive > 0) assert.equal(window.positiveLow + window.positiveCount - 1, positive);
      if (negative > 0) assert.equal(window.negativeLow + window.negativeCount - 1, negative);
    }
  });

  it('of a cut range that grew later is that of the range that was never cut', () => {
    // Negative values alone had half of the buckets once, and all of them after a cut had made their range smaller.
    const early = tightWindow(rangeFrom(SHIFT_MAX, [1, 3], [1, 30]), 20);
    const low = early.negativeLow;
    const late = tightWindow(rangeFrom(SHIFT_MAX, [1, 3], [low, 35]), 20);
    assert.deepEqual(late, tightWindow(rangeFrom(SHIFT_MAX, [1, 3], [1, 35]), 20));
  });
});

describe('a window with room', () => {
  it('has twice what is in use, on both sides, and no more than there is', () => {
    assert.deepEqual(countsOf(roomyWindow(rangeFrom(0, [1, 40]), 1_000)), [80, 0]);
    assert.equal(roomyWindow(rangeFrom(0, [1, 40]), 1_000).positiveLow, -19);
    assert.deepEqual(countsOf(roomyWindow(rangeFrom(0, [1, 40]), 50)), [50, 0]);
    assert.deepEqual(countsOf(roomyWindow(rangeFrom(0, [1, 1]), 1_000)), [32, 0]);
    assert.deepEqual(countsOf(roomyWindow(emptyRange(0), 1_000)), [0, 0]);
  });

  it('of the shared stripe takes all buckets as soon as a value is negative', () => {
    const positive = rangeFrom(0, [1, 40]);
    assert.deepEqual(sharedWindow(positive, 1_000), roomyWindow(positive, 1_000));
    for (const range of [rangeFrom(0, [1, 40], [3, 3]), rangeFrom(0, undefined, [3, 9])]) {
      const window = sharedWindow(range, 200);
      const [positiveCount, negativeCount] = countsOf(window);
      assert.equal(positiveCount + negativeCount, 200);
      assert.ok(window.negativeLow <= 3 && window.negativeLow + negativeCount > 3);
    }
  });
});

describe('positions in a window', () => {
  const window: BucketWindow = {
    shift: 2,
    positiveLow: 0,
    positiveCount: 3,
    negativeLow: -1,
    negativeCount: 2,
  };

  it('are those of positive values, then those of negative ones', () => {
    // Four indexes of the finest schema for each of these; index 1 here is 1..4 there.
    assert.deepEqual(
      [-4, -3, 0, 1, 4, 5, 8, 9].map(finest => positionIn(window, finest, false)),
      [undefined, 0, 0, 1, 1, 2, 2, undefined],
    );
    assert.deepEqual(
      [-8, -7, -4, -3, 0, 1].map(finest => positionIn(window, finest, true)),
      [undefined, 3, 3, 4, 4, undefined],
    );
    assert.deepEqual([lowestPosition(window, false), lowestPosition(window, true)], [0, 3]);
  });

  it('that have counted anything make a range, and find their places in another window', () => {
    const counts = Float64Array.of(0, 5, 2, 0, 7);
    const range = rangeOf(window, counts);
    assert.deepEqual(range, {
      shift: 2,
      positiveLow: 1,
      positiveHigh: 2,
      negativeLow: 0,
      negativeHigh: 0,
    });
    addFinest(range, 100, false);
    fit(range, 4);
    assert.deepEqual([range.shift, range.positiveLow, range.positiveHigh, range.negativeLow], [6, 1, 2, 0]);
    const wider = tightWindow(range, 4);
    assert.deepEqual([...regrouped(window, counts, wider)], [7, 0, 7]);
    const high = { ...wider, positiveLow: 2, positiveCount: 1 };
    assert.deepEqual(
      [...regrouped(window, counts, high)],
      [7, 7],
      'what is too low is counted at the lower end',
    );
  });

  it('are compared with those of another window in every part', () => {
    assert.ok(isSameWindow(window, { ...window }));
    for (const part of Object.keys(window) as (keyof BucketWindow)[]) {
      assert.ok(!isSameWindow(window, { ...window, [part]: window[part] + 1 }), part);
    }
  });
});
