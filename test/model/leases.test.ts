/** Leases and free lists: every moment of preemption, every moment of death. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BlockPool } from '../../src/memory/block-pool.js';
import type { Arena } from '../../src/memory/arena.js';
import { Attachment } from '../../src/memory/attachment.js';
import {
  HEADER_LEASE_HIGH_WATER_OFFSET,
  LEASE_BYTES,
  LEASE_PARENT_ID_OFFSET,
  U64_BYTES,
} from '../../src/memory/layout.js';
import { Leases } from '../../src/memory/leases.js';
import { interleave } from './interleaving.js';
import { forEveryAccess, killAt, withMutant } from './stepping.js';
import { World } from './world.js';

describe('leases', () => {
  const bothAcquire = (): number => {
    let marks: string[] = [];
    return interleave(
      () => void (marks = []),
      world => marks.push(`${new Leases(world.arena).acquire(50)?.index}`),
      world => marks.push(`${new Leases(world.arena).acquire(51)?.index}`),
      world => {
        assert.equal(new Set(marks).size, 2, `both threads took lease ${marks.join()}`);
        const ids = new Leases(world.arena).held().map(lease => lease.threadId);
        assert.ok(ids.includes(50) && ids.includes(51));
      },
    );
  };

  test('two threads never take the same stripe, at every interleaving', () => {
    assert.ok(bothAcquire() > 3);
  });

  test('mutant: taking a lease without an exchange is caught', () => {
    const acquireBlindly = function (this: Leases, threadId: number): unknown {
      const self = this as unknown as {
        arena: World['arena'];
        quadIndex(index: number): number;
        begin(index: number, threadId: number, mark: number): unknown;
      };
      for (let index = 0; index < self.arena.sizes.leaseCount; index++) {
        const state = Number(BigInt.asUintN(32, Atomics.load(self.arena.quads, self.quadIndex(index))));
        if ((state & 1) === 1) continue;
        self.arena.raiseHeader(HEADER_LEASE_HIGH_WATER_OFFSET, index + 1);
        Atomics.store(self.arena.quads, self.quadIndex(index), (BigInt(threadId) << 32n) | BigInt(state + 1));
        return self.begin(index, threadId, state + 1);
      }
      return undefined;
    };
    withMutant(Leases.prototype, 'acquire', acquireBlindly, () =>
      assert.throws(bothAcquire, assert.AssertionError),
    );
  });

  test('a thread that dies while it takes a lease holds none, or one that its parent can end', () => {
    const points = forEveryAccess(n => {
      const world = new World(1);
      try {
        const leases = new Leases(world.arena);
        const died = killAt(n, () => void leases.acquire(77));
        leases.reclaim(77);
        const free = Array.from({ length: 7 }, (_, id) => leases.acquire(100 + id));
        assert.ok(
          free.every(lease => lease !== undefined),
          'every lease can be taken again',
        );
        assert.equal(leases.acquire(200), undefined, 'no lease is given out twice');
        return died;
      } finally {
        world.close();
      }
    });
    assert.ok(points > 3);
  });

  /** Deaths of a thread that takes a lease, after which the end of its parent does not end that lease. */
  const deathsUnseen = (): number => {
    let unseen = 0;
    forEveryAccess(n => {
      const world = new World(1);
      const parent = new Attachment(world.arena, 50, 1);
      const died = killAt(n, () => void new Leases(world.arena).acquire(51, 50));
      world.thread(0).recover(50);
      if (died && new Leases(world.arena).held().some(({ threadId }) => threadId === 51)) unseen++;
      parent.detach();
      world.close();
      return died;
    });
    return unseen;
  };

  test('a thread that dies with its parent is known by it from the access after the exchange on', () => {
    assert.equal(deathsUnseen(), 1);
  });

  test('mutant: naming the parent when the lease has begun is caught', () => {
    const { begin } = Leases.prototype as unknown as { begin: (...args: unknown[]) => unknown };
    const late = function (this: Leases, index: number, threadId: number, mark: number): unknown {
      const { arena } = this as unknown as { arena: Arena };
      const at = (arena.regions.leasesOffset + index * LEASE_BYTES + LEASE_PARENT_ID_OFFSET) / U64_BYTES;
      const parent = arena.quads[at]!;
      arena.quads[at] = 0n;
      const lease = begin.call(this, index, threadId, mark);
      Atomics.store(arena.quads, at, parent);
      return lease;
    };
    withMutant(Leases.prototype, 'begin' as never, late, () => assert.notEqual(deathsUnseen(), 1));
  });

  test('ending a lease twice ends it once, so its successor keeps the stripe', () => {
    const world = new World(1);
    try {
      const leases = new Leases(world.arena);
      const first = leases.acquire(7)!;
      leases.release(first);
      const second = leases.acquire(8)!;
      assert.equal(second.index, first.index);
      leases.release(first);
      const holders = leases.held().map(lease => lease.threadId);
      assert.deepEqual(new Set(holders), new Set([1, 8]));
    } finally {
      world.close();
    }
  });
});

describe('block pool', () => {
  const popAgainstPopPopPush = (): number => {
    let taken: number[] = [];
    return interleave(
      world => {
        taken = [];
        const pool = poolOf(world);
        const blocks = [pool.allocate(16), pool.allocate(16), pool.allocate(16)];
        for (const block of blocks) pool.free(block, 16);
      },
      world => taken.push(poolOf(world).allocate(16)),
      world => {
        // The classic hazard: head A is taken, then B, then A comes back - the head looks unchanged, its next is not.
        const pool = poolOf(world);
        const a = pool.allocate(16);
        taken.push(pool.allocate(16));
        pool.free(a, 16);
      },
      world => {
        const pool = poolOf(world);
        for (let i = 0; i < 4; i++) taken.push(pool.allocate(16));
        assert.equal(new Set(taken).size, taken.length, `a block was given out twice: ${taken.join()}`);
      },
    );
  };

  function poolOf(world: World): BlockPool {
    return (world.thread(0).records as unknown as { cells: BlockPool }).cells;
  }

  test('no block is given out twice when the list head goes away and comes back', () => {
    assert.ok(popAgainstPopPopPush() > 2);
  });

  test('mutant: list heads without a tag are caught', () => {
    const untagged = function (this: BlockPool, _seen: bigint, offset: number): bigint {
      return BigInt(offset);
    } as never;
    withMutant(BlockPool.prototype, 'nextHead', untagged, () =>
      assert.throws(popAgainstPopPopPush, assert.AssertionError),
    );
  });
});
