/** Races that were bugs once, each named by its cause. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  HEADER_FAMILY_COUNT_OFFSET,
  HEADER_SEQUENCE_OFFSET,
  HEADER_SERIES_COUNT_OFFSET,
  HEADER_SLOT_CURSOR_OFFSET,
  U32_BYTES,
} from '../../src/memory/layout.js';
import { Arena } from '../../src/memory/arena.js';
import type { SlotIndex } from '../../src/memory/layout.js';
import { Leases } from '../../src/memory/leases.js';
import { RecordStore } from '../../src/memory/record-store.js';
import { NO_SLOT, SLOT_LIVE, SLOT_RETIRED, Slots } from '../../src/memory/slots.js';
import { actAt, forEveryAccess, killAt, withMutant } from './stepping.js';
import { BARE, LABELLED, OTHER, Thread, withThreads } from './threads.js';
import { World } from './world.js';

/** Everything retired so far is returned to the free space. */
function reclaimAll(threads: readonly Thread[]): void {
  for (const thread of threads) thread.attachment.safePoint();
  threads[0]!.attachment.records.reclaim();
}

describe('recovery of what a dead thread was building', () => {
  /** D dies creating x; while A recovers it, B finds x, records 7 into it and removes it; then y and z are created. */
  const helpedAndRemovedMeanwhile = (): void => {
    forEveryAccess(deathAt => {
      let died = false;
      forEveryAccess(meetAt => {
        const world = new World(3);
        try {
          died = killAt(deathAt, () => void world.create(1, 'x'));
          const met = actAt(
            meetAt,
            () => world.bury(1),
            () => {
              const slot = world.find(2, 'x');
              if (slot === NO_SLOT) return;
              const { slots } = world.thread(2).records;
              world.arena.words[(world.arena.stripeOffset(3) + slots.cellOffset(slot)) / U32_BYTES]! += 7;
              world.thread(2).records.retire(slot);
            },
          );
          for (const value of ['y', 'z']) {
            const cells = world.thread(0).records.slots.cellOffset(world.create(0, value)!.slot);
            const found = world.arena.words[(world.arena.stripeOffset(3) + cells) / U32_BYTES];
            assert.equal(found, 0, `${value} starts with the counts of x`);
          }
          world.assertConsistent(['x', 'y', 'z']);
          return met;
        } finally {
          world.close();
        }
      });
      return died;
    });
  };

  test('leaves alone what others have published, recorded into and removed meanwhile', () => {
    helpedAndRemovedMeanwhile();
  });

  test('mutant: taking over without comparing the state is caught', () => {
    const takeOverBlindly = (): boolean => true;
    withMutant(Slots.prototype, 'takeOver', takeOverBlindly, () =>
      assert.throws(helpedAndRemovedMeanwhile, assert.AssertionError),
    );
  });

  test('tells readers of a state that the dead had changed', () => {
    forEveryAccess(n =>
      withThreads(2, ([a, b]) => {
        a!.cell('x').inc(5);
        b!.family();
        assert.deepEqual(a!.scrape(), { x: 5 });
        const died = killAt(n, () => void b!.family().remove(['x']));
        a!.attachment.recover(2);
        assert.ok([{}, { x: 5 }].some(seen => JSON.stringify(seen) === JSON.stringify(a!.scrape())));
        a!.cell('x').inc(1);
        const { x } = a!.scrape();
        assert.ok(x === 1 || x === 6, `x is ${x}`);
        return died;
      }),
    );
  });

  test('tells readers of a series that the dead had shown', () => {
    forEveryAccess(n =>
      withThreads(2, ([a, b]) => {
        const mine = a!.cell('x');
        assert.deepEqual(a!.scrape(), {});
        const theirs = b!.cell('x');
        const died = killAt(n, () => theirs.inc(5));
        a!.attachment.recover(2);
        mine.inc(1);
        const { x } = a!.scrape();
        assert.ok(x === 1 || x === 6, `x is ${x}`);
        return died;
      }),
    );
  });
});

describe('the base series of a family', () => {
  const removedWhileDefined = (): void => {
    for (const descriptor of [BARE, LABELLED]) {
      forEveryAccess(n =>
        withThreads(2, ([a, b]) => {
          const define = (): void => void a!.family(descriptor);
          const met = actAt(n, define, () => b!.engine.removeFamily(descriptor.name));
          b!.engine.removeFamily(descriptor.name);
          const { slots } = a!.attachment.records;
          const live = Array.from({ length: slots.highWater() }, (_, slot) => slot as SlotIndex).filter(
            slot => slots.state(slot) === SLOT_LIVE,
          );
          assert.deepEqual(live, [], 'nothing is live after the removal');
          const { arena } = a!.attachment;
          assert.equal(arena.header(HEADER_SERIES_COUNT_OFFSET), 0);
          assert.equal(arena.header(HEADER_FAMILY_COUNT_OFFSET), 0);
          return met;
        }),
      );
    }
  };

  test('goes with its family, at whatever moment of the definition it is removed', () => {
    removedWhileDefined();
  });
});

describe('a scan of the slots', () => {
  /** b's slot scan meets a slot that was a series of c_total, while c reuses it for g_total. */
  const reuseDuring = (scan: (a: Thread) => void, prepare: (a: Thread) => void): void => {
    forEveryAccess(n =>
      withThreads(4, threads => {
        const [a, b, c] = threads;
        a!.cell('other', OTHER).inc(1);
        a!.cell('x').inc(1);
        b!.family();
        c!.cell('other', OTHER);
        prepare(a!);
        for (const thread of threads) thread.attachment.safePoint();
        c!.searchSlotsFrom(0);
        const met = actAt(
          n,
          () => scan(a!),
          () => {
            c!.attachment.records.reclaim();
            c!.cell('v', OTHER).inc(100);
            c!.cell('w', OTHER).inc(100);
          },
        );
        if (met) assert.deepEqual(a!.scrape('g_total'), { other: 1, v: 100, w: 100 });
        return met;
      }),
    );
  };
  const resetOther = (): void =>
    reuseDuring(
      a => a.family().reset(),
      a => void a.family().remove(['x']),
    );

  test('of a reset does not take a series that has got the slot of a removed one', () => {
    resetOther();
  });

  const removeMatchingOther = (): void =>
    reuseDuring(
      a => void a.family().removeMatching(['v']),
      a => void a.family().remove(['x']),
    );

  test('of a removal by labels does not either', () => {
    removeMatchingOther();
  });

  test('of a recovery does not either', () => {
    reuseDuring(
      a => a.attachment.recover(4),
      a => a.engine.removeFamily('c_total'),
    );
  });

  test('mutant: looking at the family before the state is caught', () => {
    const familyFirst = function (this: RecordStore, slot: SlotIndex, family: SlotIndex): boolean {
      return this.slots.family(slot) === family && this.slots.state(slot) === SLOT_LIVE;
    };
    withMutant(RecordStore.prototype, 'belongsTo', familyFirst, () =>
      [resetOther, removeMatchingOther].forEach(scan => assert.throws(scan, assert.AssertionError)),
    );
  });
});

describe('a recount', () => {
  const recountWhileCreating = (): void => {
    forEveryAccess(n => {
      const world = new World(3);
      try {
        const met = actAt(
          n,
          () => void world.create(2, 'x'),
          () => world.bury(1),
        );
        world.assertConsistent(['x']);
        return met;
      } finally {
        world.close();
      }
    });
  };

  test('leaves the reservations of living threads alone', () => {
    recountWhileCreating();
  });

  /** One series goes and another comes: there are as many as before, and not those that the scan has seen. */
  const recountWhileReplacing = (): void => {
    forEveryAccess(n => {
      const world = new World(2);
      try {
        for (const name of ['a', 'b']) world.create(1, name);
        const { reservations } = world.thread(0).records;
        const met = actAt(
          n,
          () => void reservations.recount(),
          () => {
            world.thread(1).records.retire(world.find(1, 'b'));
            world.create(1, 'c');
          },
        );
        world.assertConsistent(met ? ['a', 'c'] : ['a', 'b']);
        return met;
      } finally {
        world.close();
      }
    });
  };

  test('says nothing of series that are replaced meanwhile', () => {
    recountWhileReplacing();
  });

  test('mutant: going by the counts alone is caught', () => {
    const { header } = Arena.prototype;
    const unmoved = function (this: Arena, offset: number): number {
      return offset === HEADER_SEQUENCE_OFFSET ? 0 : header.call(this, offset);
    };
    withMutant(Arena.prototype, 'header', unmoved, () =>
      assert.throws(recountWhileReplacing, assert.AssertionError),
    );
  });

  test('mutant: recounting while somebody reserves is caught', () => {
    withMutant(
      Leases.prototype,
      'isAnyReserving',
      () => false,
      () => assert.throws(recountWhileCreating, assert.AssertionError),
    );
  });
});

describe('reclaiming a slot that is reused and removed again meanwhile', () => {
  const reuseWhileReclaiming = (): void => {
    forEveryAccess(n => {
      const world = new World(4);
      try {
        world.create(1, 'x');
        world.thread(1).records.retire(world.find(1, 'x'));
        world.safePoints();
        let again: SlotIndex = NO_SLOT;
        const meanwhile = (): void => {
          world.thread(2).records.reclaim();
          Atomics.store(world.arena.words, HEADER_SLOT_CURSOR_OFFSET / U32_BYTES, 0);
          again = world.create(2, 'y')!.slot;
          world.thread(2).records.retire(again);
        };
        const met = actAt(n, () => void world.thread(1).records.reclaim(), meanwhile);
        // Thread 3 has passed no safe point since y was removed, and might be writing into it.
        if (met) assert.equal(world.thread(0).records.slots.state(again), SLOT_RETIRED);
        return met;
      } finally {
        world.close();
      }
    });
  };

  test('waits for the later removal', () => {
    reuseWhileReclaiming();
  });

  test('mutant: judging the epoch and taking the slot by different reads is caught', () => {
    const { beginReclaim } = Slots.prototype;
    const rereading = function (this: Slots, slot: SlotIndex, _word: number, owner: number): boolean {
      return beginReclaim.call(this, slot, this.stateWord(slot), owner);
    };
    withMutant(Slots.prototype, 'beginReclaim', rereading, () =>
      assert.throws(reuseWhileReclaiming, assert.AssertionError),
    );
  });
});

describe('a scrape while another thread defines and records', () => {
  test('is followed by scrapes that show the series', () => {
    for (const descriptor of [BARE, LABELLED]) {
      const value = descriptor === BARE ? undefined : 'x';
      forEveryAccess(n =>
        withThreads(2, threads => {
          const [a, b] = threads;
          // Slots have been in use: the walk goes over those that the other thread is about to take.
          for (let i = 0; i < 3; i++) a!.cell(`q${i}`).inc();
          a!.engine.removeFamily('c_total');
          reclaimAll(threads);
          b!.searchSlotsFrom(0);
          const met = actAt(
            n,
            () => void a!.scrape(),
            () => b!.cell(value, descriptor).inc(3),
          );
          if (met) assert.deepEqual(a!.scrape(descriptor.name), { [value ?? '']: 3 });
          return met;
        }),
      );
    }
  });
});

describe('a detached thread', () => {
  test('publishes nothing under the number of its successor', () => {
    withThreads(2, ([main, a]) => {
      main!.family();
      const family = a!.family();
      a!.attachment.detach();
      const successor = new Thread(main!.attachment.arena, 3);
      assert.equal(successor.attachment.lease!.index, a!.attachment.lease!.index);
      assert.equal(family.place(['x']).isLive(), false);
      assert.equal(family.remove(['x']), false);
      family.reset();
      assert.deepEqual(main!.scrape(), {});
      successor.attachment.detach();
    });
  });
});
