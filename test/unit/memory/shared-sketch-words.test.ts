import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  FROZEN,
  LOW_MIN,
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
  planIn,
  planWord,
  plannedFinest,
  plannedIsNegative,
  tagIn,
  tagOf,
  widenPayload,
  windowIn,
} from '../../../src/memory/shared-sketch-words.js';
import { FINEST_INDEX_MAX, SHIFT_MAX, finestIndexOf } from '../../../src/memory/exponential-index.js';
import { SKETCH_BUCKETS_MAX, turnAfter } from '../../../src/memory/sketch-shape.js';

const tag = fc.integer({ min: 1, max: 65_535 });
const low = fc.integer({ min: LOW_MIN, max: -LOW_MIN - 1 });

/** As memory returns it. */
function stored(word: bigint): bigint {
  return BigInt.asIntN(64, word);
}

describe('the words of a sketch in the shared stripe', () => {
  it('keep a count, the frozen bit and the tag apart', () => {
    const count = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: SHARED_COUNT_MAX }));
    fc.assert(
      fc.property(count, tag, (one, of) => {
        const word = bucketWord(one, of);
        assert.equal(stored(word), word, 'fits into the word');
        assert.deepEqual([countIn(word), tagIn(word), isFrozen(word)], [one, of, false]);
        const frozen = word | FROZEN;
        assert.deepEqual([countIn(frozen), tagIn(frozen), isFrozen(frozen)], [one, of, true]);
        if (one === SHARED_COUNT_MAX) return;
        const more = word + ONE_COUNT;
        assert.deepEqual([countIn(more), tagIn(more), isFrozen(more)], [one + 1, of, false]);
      }),
    );
    assert.equal(countIn(bucketWord(2 * SHARED_COUNT_MAX, 1)), SHARED_COUNT_MAX);
  });

  it('keep a window and its interval', () => {
    const bucketsMax = fc.integer({ min: 1, max: SKETCH_BUCKETS_MAX });
    const interval = fc.integer({ min: 1, max: 2 ** 31 - 1 });
    fc.assert(
      fc.property(
        bucketsMax,
        fc.nat(),
        fc.boolean(),
        fc.tuple(low, low, fc.integer({ min: 0, max: SHIFT_MAX })),
        interval,
        tag,
        (max, some, isMixed, [positiveLow, negativeLow, shift], of, own) => {
          const positiveCount = isMixed ? some % max : some % (max + 1);
          const negativeCount = isMixed ? max - positiveCount : 0;
          const window = { shift, positiveLow, positiveCount, negativeLow, negativeCount };
          const [extent, lows] = [extentWord(of, window, own), lowsWord(window, own)];
          assert.deepEqual([stored(extent), stored(lows)], [extent, lows], 'fits into the words');
          assert.deepEqual([intervalIn(extent), tagIn(extent), tagIn(lows)], [of, own, own]);
          assert.deepEqual(windowIn(extent, lows, max), window);
          assert.equal(bucketsIn(extent, max), positiveCount + negativeCount);
        },
      ),
    );
  });

  it('keep a plan, for one generation', () => {
    const finest = fc.integer({ min: finestIndexOf(5e-324), max: FINEST_INDEX_MAX });
    fc.assert(
      fc.property(
        finest,
        fc.boolean(),
        fc.nat(15),
        fc.integer({ min: 1, max: 2 ** 31 - 1 }),
        tag,
        (...given) => {
          const [index, isNegative, array, interval, own] = given;
          const payload = widenPayload(index, isNegative);
          assert.deepEqual([plannedFinest(payload), plannedIsNegative(payload)], [index, isNegative]);
          for (const plan of [
            { kind: PLAN_WIDEN, array, payload },
            { kind: PLAN_TURN, array, payload: interval },
          ] as const) {
            const word = planWord(plan, own);
            assert.equal(stored(word), word, 'fits into the word');
            assert.deepEqual(planIn(word, own), plan);
            assert.equal(planIn(word, (own % 65_535) + 1), undefined);
          }
        },
      ),
    );
  });

  it('of new memory have the tag of no generation', () => {
    let turn = 0;
    const tags = new Set<number>();
    for (let generation = 0; generation < 70_000; generation++) {
      assert.notEqual(tagOf(turn), 0);
      assert.notEqual(tagOf(turn), tagOf(turnAfter(turn, 3)), 'two in a row differ');
      tags.add(tagOf(turn));
      turn = turnAfter(turn, generation % 16);
    }
    assert.equal(tags.size, 65_535);
    assert.equal(planIn(0n, tagOf(0)), undefined);
    // The turn word wraps after 2^28 generations.
    const last = 0xffff_fff0 | 5 | 0;
    assert.notEqual(tagOf(last), tagOf(turnAfter(last, 1)));
    assert.notEqual(tagOf(turnAfter(last, 1)), 0);
  });
});
