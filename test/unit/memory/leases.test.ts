import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EPOCH_INDEX } from '../../../src/memory/layout.js';
import { Leases } from '../../../src/memory/leases.js';
import { SIZES, newArena } from './arenas.js';

describe('leases', () => {
  it('give each thread a stripe of its own, the lowest that is free', () => {
    const leases = new Leases(newArena());
    const taken = [11, 12, 13].map(threadId => leases.acquire(threadId)!);
    assert.deepEqual(
      taken.map(({ index, stripe, threadId }) => [index, stripe, threadId]),
      [
        [0, 1, 11],
        [1, 2, 12],
        [2, 3, 13],
      ],
    );
    leases.release(taken[1]!);
    assert.equal(leases.acquire(14)!.stripe, 2);
  });

  it('go on without a stripe when all are taken, and end when the records do', () => {
    const leases = new Leases(newArena());
    const stripes = Array.from({ length: SIZES.leaseCount + 1 }, (_, id) => leases.acquire(id)?.stripe);
    assert.deepEqual(stripes, [1, 2, 3, 4, 0, 0, 0, 0, undefined]);
  });

  it('are seen by every thread as they were taken', () => {
    const arena = newArena();
    const beforeMs = Date.now();
    const lease = new Leases(arena).acquire(7)!;
    const [seen, ...others] = new Leases(arena).held();
    assert.equal(others.length, 0);
    assert.deepEqual([seen!.index, seen!.stripe, seen!.threadId, seen!.mark], [0, 1, 7, lease.mark]);
    assert.ok(seen!.leasedMs >= beforeMs && seen!.leasedMs <= Date.now());
    assert.equal(seen!.heartbeatMs, seen!.leasedMs);
    assert.deepEqual(new Leases(arena).holderOf(1), seen);
    assert.equal(new Leases(arena).holderOf(2), undefined);
  });

  it('carry the largest thread id, and thread 0', () => {
    const leases = new Leases(newArena());
    leases.acquire(0);
    const largest = leases.acquire(0xffff_ffff)!;
    assert.deepEqual(
      leases.held().map(lease => lease.threadId),
      [0, 0xffff_ffff],
    );
    leases.release(largest);
    assert.deepEqual(
      leases.held().map(lease => lease.threadId),
      [0],
    );
  });

  it('are ordered by when they were taken, not by their stripes', () => {
    const leases = new Leases(newArena());
    const first = leases.acquire(1)!;
    leases.acquire(2);
    leases.release(first);
    leases.acquire(3);
    const byOrder = leases.held().sort((a, b) => a.order - b.order);
    assert.deepEqual(
      byOrder.map(lease => lease.threadId),
      [2, 3],
    );
  });

  it('have another mark at each use of a record, and never the mark of memory that was not written', () => {
    const leases = new Leases(newArena());
    const marks = Array.from({ length: 20 }, () => {
      const lease = leases.acquire(1)!;
      leases.release(lease);
      return lease.mark;
    });
    assert.equal(new Set(marks).size, 20);
    assert.ok(marks.every(mark => mark % 2 === 1));
  });

  it('wrap their generation without giving a free record away as held', () => {
    const arena = newArena();
    const leases = new Leases(arena);
    const at = arena.regions.leasesOffset / 8;
    arena.quads[at] = 0xffff_fffen;
    const last = leases.acquire(5)!;
    assert.equal(last.mark, -1);
    assert.deepEqual(
      leases.held().map(lease => lease.threadId),
      [5],
    );
    leases.release(last);
    assert.equal(leases.held().length, 0);
    assert.equal(leases.acquire(6)!.mark, 1);
  });
});

describe('ending a lease', () => {
  it('twice does not end the next owner’s', () => {
    const leases = new Leases(newArena());
    const first = leases.acquire(1)!;
    leases.release(first);
    const second = leases.acquire(1)!;
    leases.release(first);
    assert.deepEqual(
      leases.held().map(lease => lease.mark),
      [second.mark],
    );
  });

  it('for a worker that has exited ends all of its leases and no other', () => {
    const leases = new Leases(newArena());
    leases.acquire(1);
    leases.acquire(2);
    leases.acquire(1);
    assert.deepEqual(
      leases.reclaim(1).map(lease => lease.index),
      [0, 2],
    );
    assert.deepEqual(
      leases.held().map(lease => lease.threadId),
      [2],
    );
    assert.deepEqual(leases.reclaim(1), []);
  });
});

describe('the parent of a lease', () => {
  it('is seen by every thread, and is -1 when nobody watches the owner', () => {
    const arena = newArena();
    const leases = new Leases(arena);
    leases.acquire(5, 3);
    leases.acquire(6);
    assert.deepEqual(
      new Leases(arena).held().map(lease => lease.parentId),
      [3, -1],
    );
  });

  it('is not taken for the parent of the next owner of the record, whose writer has not come to name its own', () => {
    const arena = newArena();
    const leases = new Leases(arena);
    const first = leases.acquire(5, 3)!;
    leases.release(first);
    // What acquire does first: state and thread id in one exchange.
    arena.quads[arena.regions.leasesOffset / 8] = (6n << 32n) | BigInt(first.mark + 2);
    assert.deepEqual(
      leases.held().map(lease => [lease.threadId, lease.parentId]),
      [[6, -1]],
    );
  });

  it('makes a thread one of the descendants of its ancestors, whatever the order of the leases', () => {
    const leases = new Leases(newArena());
    for (const [threadId, parentId] of [
      [4, 3],
      [2, 1],
      [3, 2],
      [9, 8],
    ] as const)
      leases.acquire(threadId, parentId);
    assert.deepEqual(leases.withDescendants(1), new Set([1, 2, 3, 4]));
    assert.deepEqual(leases.withDescendants(3), new Set([3, 4]));
    assert.deepEqual(leases.withDescendants(9), new Set([9]));
    assert.deepEqual(leases.withDescendants(77), new Set([77]));
  });
});

describe('the announced floor', () => {
  it('is the oldest epoch that a held lease stands at', () => {
    const arena = newArena();
    const leases = new Leases(arena);
    const [a, b] = [leases.acquire(1)!, leases.acquire(2)!];
    Atomics.store(arena.words, EPOCH_INDEX, 10);
    leases.announce(a, 9);
    leases.announce(b, 7);
    assert.equal(leases.announcedFloor(), 7);
    leases.announce(b, 10);
    assert.equal(leases.announcedFloor(), 9);
    leases.release(a);
    assert.equal(leases.announcedFloor(), 10);
  });

  it('is the epoch itself when nobody is attached', () => {
    const arena = newArena();
    Atomics.store(arena.words, EPOCH_INDEX, 4);
    assert.equal(new Leases(arena).announcedFloor(), 4);
  });

  it('starts for a new lease at the epoch of that moment', () => {
    const arena = newArena();
    const leases = new Leases(arena);
    Atomics.store(arena.words, EPOCH_INDEX, 4);
    leases.acquire(1);
    assert.equal(leases.announcedFloor(), 4);
    Atomics.store(arena.words, EPOCH_INDEX, 6);
    assert.equal(leases.announcedFloor(), 4);
  });

  it('compares epochs across their wrap', () => {
    const arena = newArena();
    const leases = new Leases(arena);
    const lease = leases.acquire(1)!;
    leases.announce(lease, 0x7fff_fffe);
    Atomics.store(arena.words, EPOCH_INDEX, -0x8000_0000 + 3);
    assert.equal(leases.announcedFloor(), 0x7fff_fffe);
  });
});

describe('a heartbeat', () => {
  it('is seen by every thread', () => {
    const arena = newArena();
    const leases = new Leases(arena);
    const lease = leases.acquire(1)!;
    leases.beat(lease, 1_234.5);
    assert.equal(new Leases(arena).held()[0]!.heartbeatMs, 1_234.5);
  });
});

describe('the offer to remove idle series', () => {
  it('is seen by every thread until it is taken back', () => {
    const arena = newArena();
    const leases = new Leases(arena);
    const [a, b] = [leases.acquire(1)!, leases.acquire(2)!];
    const offers = (): boolean[] => new Leases(arena).held().map(lease => lease.isSweeper);
    assert.deepEqual(offers(), [false, false]);
    leases.setSweeper(b, true);
    assert.deepEqual(offers(), [false, true]);
    leases.setSweeper(a, false);
    leases.setSweeper(b, false);
    assert.deepEqual(offers(), [false, false]);
  });

  it('ends with the lease, and is not taken back from the next owner of the record', () => {
    const arena = newArena();
    const leases = new Leases(arena);
    const first = leases.acquire(1)!;
    leases.setSweeper(first, true);
    leases.release(first);
    const second = leases.acquire(2)!;
    assert.equal(second.index, first.index);
    assert.equal(leases.held()[0]!.isSweeper, false);
    leases.setSweeper(second, true);
    leases.setSweeper(first, false);
    assert.equal(leases.held()[0]!.isSweeper, true);
  });
});
