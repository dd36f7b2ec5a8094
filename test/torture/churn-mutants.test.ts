/** What the churn test catches, in a small registry: the same churn with one step left out. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BlockMerge } from '../../src/memory/block-merge.js';
import { BlockPool } from '../../src/memory/block-pool.js';
import { EPOCH_INDEX } from '../../src/memory/layout.js';
import { Leases } from '../../src/memory/leases.js';
import { RecordStore } from '../../src/memory/record-store.js';
import { withMutant } from '../model/stepping.js';
import { Churn, assertSteady, churnUntil, drift } from './churn.js';

const SERIES = 6_000;
const nothing = (): void => undefined;

function churn(): void {
  const small = new Churn({ seriesMax: 200, batch: 8 });
  try {
    churnUntil(small, SERIES / 2, 30);
    const memory = small.registry.memory();
    churnUntil(small, SERIES, 30);
    assertSteady(memory, small.registry.memory());
    small.clear();
    small.check();
    // Four families, each with its base series.
    assert.equal(small.slotsInUse(), 8);
  } finally {
    small.close();
  }
}

describe('churn in a small registry', () => {
  test('leaves nothing behind', () => churn());

  test('mutant: free blocks that are never merged', () => {
    withMutant(
      BlockMerge.prototype,
      'merge',
      () => false,
      () => assert.throws(() => drift(20_000), /nothing overflows/),
    );
  });

  const MUTANTS: readonly [string, object, string, (this: never, ...args: never[]) => unknown, RegExp][] = [
    ['cells that are reused as they are', RecordStore.prototype, 'zeroCells', nothing, /its ledger says/],
    [
      'reclaiming before every thread has passed a safe point',
      Leases.prototype,
      'announcedFloor',
      function (this: { arena: { words: Int32Array } }): number {
        return Atomics.load(this.arena.words, EPOCH_INDEX);
      } as never,
      /its ledger says/,
    ],
    ['blocks that are not given back', BlockPool.prototype, 'free', nothing, /lostBytes/],
    [
      'removed series that are still counted',
      RecordStore.prototype,
      'uncount',
      nothing,
      /series are counted once/,
    ],
    ['records that are never reclaimed', RecordStore.prototype, 'reclaim', () => 0, /slots are in use/],
  ];
  for (const [name, prototype, method, mutant, message] of MUTANTS) {
    test(`mutant: ${name}`, () => {
      withMutant(prototype, method as never, mutant as never, () =>
        assert.throws(churn, (error: Error) => {
          assert.ok(error instanceof assert.AssertionError);
          assert.match(error.message, message);
          return true;
        }),
      );
    });
  }
});
