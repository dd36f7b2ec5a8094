import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { startTimer } from '../../../src/primitives/timer.js';

/** A monotonic clock that the test turns. */
function clock(test: TestContext): { nowMs: number } {
  const hands = { nowMs: 5_000 };
  test.mock.method(performance, 'now', () => hands.nowMs);
  return hands;
}

describe('a timer', () => {
  it('gives the elapsed seconds to its recorder and its caller', test => {
    const hands = clock(test);
    const recorded: number[] = [];
    const end = startTimer(seconds => recorded.push(seconds));
    hands.nowMs += 1_500;
    assert.equal(end(), 1.5);
    assert.deepEqual(recorded, [1.5]);
  });

  it('records again when it is ended again, from the same start', test => {
    const hands = clock(test);
    const recorded: number[] = [];
    const end = startTimer(seconds => recorded.push(seconds));
    hands.nowMs += 250;
    end();
    hands.nowMs += 250;
    end();
    assert.deepEqual(recorded, [0.25, 0.5]);
  });

  it('hands on what it is ended with', test => {
    clock(test);
    const recorded: unknown[] = [];
    const end = startTimer((seconds, ...rest: [string, number]) => recorded.push([seconds, ...rest]));
    end('a', 2);
    assert.deepEqual(recorded, [[0, 'a', 2]]);
  });

  it('ends by itself at the end of a block, also when the block throws', test => {
    const hands = clock(test);
    const recorded: number[] = [];
    const work = (fails: boolean): void => {
      using timer = startTimer(seconds => recorded.push(seconds));
      assert.equal(typeof timer, 'function');
      hands.nowMs += 1_000;
      if (fails) throw new Error('the work failed');
    };
    work(false);
    assert.throws(() => work(true), /the work failed/);
    assert.deepEqual(recorded, [1, 1]);
  });

  it('is disposed of without arguments', test => {
    clock(test);
    const recorded: unknown[][] = [];
    startTimer((...args: [number, string?]) => recorded.push(args))[Symbol.dispose]();
    assert.deepEqual(recorded, [[0]]);
  });
});
