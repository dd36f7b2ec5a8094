/** Publishing, retiring and reusing records: every moment of preemption, every moment of death. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { BlockPool } from '../../src/memory/block-pool.js';
import type { CellOffset, SlotIndex } from '../../src/memory/layout.js';
import { Leases } from '../../src/memory/leases.js';
import { RecordIndex } from '../../src/memory/record-index.js';
import { RecordStore } from '../../src/memory/record-store.js';
import { NO_SLOT } from '../../src/memory/slots.js';
import type { Slots } from '../../src/memory/slots.js';
import { dieEverywhere, interleave, interleaveThree } from './interleaving.js';
import { actAt, forEveryAccess, killAt, withMutant } from './stepping.js';
import { World } from './world.js';

const nothing = (): void => undefined;

function retire(world: World, thread: number, value: string): boolean {
  const slot = world.find(thread, value);
  return slot !== NO_SLOT && world.thread(thread).records.retire(slot);
}

describe('publishing a record', () => {
  const bothCreate = (): number =>
    interleave(
      nothing,
      world => void world.create(1, 'x'),
      world => void world.create(2, 'x'),
      world => {
        world.assertConsistent(['x']);
        assert.equal(world.liveSeries().length, 1, 'one record for one key');
      },
    );

  test('two threads that create the same series get one, at every interleaving', () => {
    assert.ok(bothCreate() > 10, 'the operation has atomic accesses to be interrupted at');
  });

  test('mutant: linking without an exchange is caught', () => {
    const insertBlindly = function (this: RecordIndex, slot: SlotIndex, ...rest: never[]): SlotIndex {
      const self = this as unknown as {
        walk(...args: never[]): { slot: SlotIndex; lastLinkIndex: number };
        words: Int32Array;
      };
      const end = self.walk(...rest);
      if (end.slot !== NO_SLOT) return end.slot;
      Atomics.store(self.words, end.lastLinkIndex, (slot + 1) << 1);
      return slot;
    };
    withMutant(RecordIndex.prototype, 'insert', insertBlindly, () =>
      assert.throws(bothCreate, assert.AssertionError),
    );
  });

  test('three threads that create the same series get one, at every pair of preemptions', () => {
    interleaveThree(
      nothing,
      [
        world => void world.create(1, 'x'),
        world => void world.create(2, 'x'),
        world => void world.create(3, 'x'),
      ],
      world => {
        world.assertConsistent(['x']);
        assert.equal(world.liveSeries().length, 1);
      },
    );
  });

  test('threads that create different series in one chain lose neither', () => {
    interleaveThree(
      nothing,
      [
        world => void world.create(1, 'x'),
        world => void world.create(2, 'y'),
        world => void world.create(3, 'z'),
      ],
      world => {
        world.assertConsistent(['x', 'y', 'z']);
        assert.equal(world.liveSeries().length, 3);
      },
    );
  });

  test('creating a series while another thread removes it leaves none or one, and never two', () => {
    interleaveThree(
      world => void world.create(1, 'x'),
      [
        world => void retire(world, 1, 'x'),
        world => void world.create(2, 'x'),
        world => void retire(world, 3, 'x'),
      ],
      world => {
        world.assertConsistent(['x']);
        assert.ok(world.liveSeries().length <= 1);
      },
    );
  });
});

describe('retiring a record', () => {
  const bothRetire = (): number => {
    let wins: boolean[] = [];
    return interleave(
      world => {
        wins = [];
        world.create(1, 'a');
        world.create(1, 'x');
        world.create(1, 'b');
      },
      world => void wins.push(retire(world, 1, 'x')),
      world => void wins.push(retire(world, 2, 'x')),
      world => {
        assert.equal(wins.filter(Boolean).length, 1, `one thread retires: ${wins.join()}`);
        assert.equal(world.find(0, 'x'), NO_SLOT);
        world.assertConsistent(['a', 'b']);
      },
    );
  };

  test('of two threads that remove a series one does, and its neighbours stay', () => {
    assert.ok(bothRetire() > 5);
  });

  const retireWhileAppending = (): number =>
    interleave(
      world => void world.create(1, 'x'),
      world => void retire(world, 1, 'x'),
      world => void world.create(2, 'y'),
      world => {
        assert.notEqual(world.find(0, 'y'), NO_SLOT, 'a series appended behind a leaving one is not lost');
        world.assertConsistent(['y']);
      },
    );

  test('a series appended behind one that leaves is kept, at every interleaving', () => {
    assert.ok(retireWhileAppending() > 5);
  });

  test('mutant: unlinking without marking the link first is caught', () => {
    // Takes the slot out by its predecessor's link alone, which loses what is appended behind it meanwhile.
    const removeUnmarked = function (this: RecordIndex, slot: SlotIndex): boolean {
      const self = this as unknown as { words: Int32Array; slots: Slots; bucketIndex(hash: number): number };
      let linkIndex = self.bucketIndex(self.slots.hash(slot));
      while (Atomics.load(self.words, linkIndex) !== (slot + 1) << 1) {
        const link = Atomics.load(self.words, linkIndex);
        if (link === 0) return true;
        linkIndex = self.slots.nextIndex(((link >>> 1) - 1) as SlotIndex);
      }
      const next = Atomics.load(self.words, self.slots.nextIndex(slot));
      Atomics.store(self.words, linkIndex, next);
      return true;
    };
    withMutant(RecordIndex.prototype, 'remove', removeUnmarked, () =>
      assert.throws(retireWhileAppending, assert.AssertionError),
    );
  });

  test('neighbours that leave at the same time both leave', () => {
    interleaveThree(
      world => ['a', 'b', 'c', 'd'].forEach(value => world.create(1, value)),
      [
        world => void retire(world, 1, 'b'),
        world => void retire(world, 2, 'c'),
        world => void retire(world, 3, 'a'),
      ],
      world => {
        world.assertConsistent(['d']);
        assert.equal(world.liveSeries().length, 1);
      },
    );
  });
});

describe('reusing cells', () => {
  /** Thread 1 holds a reference to x; x is removed and a stranger is created as long as it can be. */
  const strangerGetsCells = (): boolean => {
    const world = new World(2);
    try {
      const held = world.thread(1).records.slots.cellOffset(world.create(1, 'x')!.slot);
      world.thread(0).records.retire(world.find(0, 'x'));
      world.thread(0).safePoint();
      world.thread(0).records.reclaim();
      const stranger = world.thread(0).records.slots.cellOffset(world.create(0, 'y')!.slot);
      return stranger === held;
    } finally {
      world.close();
    }
  };

  test('cells of a removed series are not reused before every thread has passed a safe point', () => {
    assert.equal(strangerGetsCells(), false);
  });

  test('mutant: reclaiming without looking at the leases is caught', () => {
    const floorOfNobody = function (this: Leases): number {
      return 0x7fff;
    };
    withMutant(Leases.prototype, 'announcedFloor', floorOfNobody, () =>
      assert.equal(strangerGetsCells(), true),
    );
  });

  test('cells are reused, and zero, once every thread has passed one', () => {
    const world = new World(2);
    try {
      const { slot } = world.create(1, 'x')!;
      const held: CellOffset = world.thread(1).records.slots.cellOffset(slot);
      for (const stripe of [0, 1, 2])
        world.arena.bytes.fill(
          0xff,
          world.arena.stripeOffset(stripe) + held,
          world.arena.stripeOffset(stripe) + held + 16,
        );
      world.thread(0).records.retire(slot);
      world.safePoints();
      assert.equal(world.thread(0).records.reclaim(), 1);
      const again = world.thread(0).records.slots.cellOffset(world.create(0, 'y')!.slot);
      assert.equal(again, held);
      for (const stripe of [0, 1, 2]) {
        const start = world.arena.stripeOffset(stripe) + held;
        assert.ok(
          world.arena.bytes.subarray(start, start + 16).every(byte => byte === 0),
          `stripe ${stripe} is zero`,
        );
      }
    } finally {
      world.close();
    }
  });

  test('two threads that reclaim at once give each block back once', () => {
    interleave(
      world => {
        for (const value of ['x', 'y', 'z']) world.create(1, value);
        for (const value of ['x', 'y', 'z']) retire(world, 1, value);
        world.safePoints();
      },
      world => void world.thread(1).records.reclaim(),
      world => void world.thread(2).records.reclaim(),
      world => {
        for (const value of ['p', 'q', 'r', 's']) world.create(0, value);
        world.assertConsistent(['p', 'q', 'r', 's']);
      },
    );
  });
});

describe('death at every instruction', () => {
  const usable = (world: World): void => {
    for (const value of ['x', 'p', 'q']) world.create(0, value);
    world.assertConsistent(['x', 'p', 'q', 'a', 'b']);
    for (const value of ['x', 'p', 'q', 'a', 'b']) retire(world, 0, value);
    world.assertConsistent([]);
    world.safePoints();
    world.thread(0).records.reclaim();
    for (const value of ['s', 't', 'u', 'v']) world.create(0, value);
    world.assertConsistent(['s', 't', 'u', 'v']);
  };

  const dieCreating = (): number =>
    dieEverywhere(
      world => void world.create(1, 'a'),
      world => void world.create(1, 'x'),
      usable,
    );

  test('a thread that dies while it creates a series leaves nothing half visible and nothing counted', () => {
    assert.ok(dieCreating() > 10);
  });

  test('a thread that dies while it removes a series leaves it removed or whole', () => {
    const points = dieEverywhere(
      world => {
        world.create(1, 'a');
        world.create(1, 'x');
        world.create(1, 'b');
      },
      world => void retire(world, 1, 'x'),
      usable,
    );
    assert.ok(points > 5);
  });

  const dieReclaiming = (): number =>
    dieEverywhere(
      world => {
        for (const value of ['x', 'y']) world.create(1, value);
        for (const value of ['x', 'y']) retire(world, 1, value);
        world.safePoints();
      },
      world => void world.thread(1).records.reclaim(),
      usable,
    );

  test('a thread that dies while it reclaims gives no block back twice', () => {
    assert.ok(dieReclaiming() > 5);
  });

  test('mutant: giving a block back before forgetting it is caught', () => {
    const abandonLate = function (this: RecordStore, slot: SlotIndex): void {
      const self = this as unknown as { slots: Slots; keys: BlockPool; cells: BlockPool };
      const { slots } = self;
      const [keyOffset, cellOffset] = [slots.keyOffset(slot), slots.cellOffset(slot)];
      if (keyOffset !== 0) self.keys.free(keyOffset, slots.keyBytes(slot) + slots.payloadBytes(slot));
      if (cellOffset !== 0) self.cells.free(cellOffset, slots.cellBytes(slot));
      slots.setKey(slot, 0);
      slots.setCells(slot, 0);
      slots.release(slot);
    };
    withMutant(RecordStore.prototype, 'abandon', abandonLate, () =>
      assert.throws(dieReclaiming, assert.AssertionError),
    );
  });

  test('mutant: a recovery that forgets what was being built is caught', () => {
    withMutant(RecordStore.prototype, 'recoverBuilding', nothing, () =>
      assert.throws(dieCreating, assert.AssertionError),
    );
  });

  test('a death is recovered at once while other threads create and remove', () => {
    forEveryAccess(n => {
      const world = new World(4);
      try {
        world.create(1, 'a');
        const died = killAt(n, () => void world.create(1, 'x'));
        actAt(
          7,
          () => world.bury(1),
          () => {
            world.create(2, 'x');
            retire(world, 2, 'a');
          },
        );
        usable(world);
        return died;
      } finally {
        world.close();
      }
    });
  });
});
