/** Merging free blocks: every moment at which another thread runs, every moment of death. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Arena } from '../../src/memory/arena.js';
import { Attachment } from '../../src/memory/attachment.js';
import { BlockMerge, PIECE_BYTES_MAX } from '../../src/memory/block-merge.js';
import type { BlockPool } from '../../src/memory/block-pool.js';
import { cellPool } from '../../src/memory/block-pool.js';
import type { SlotIndex } from '../../src/memory/layout.js';
import { KIND_SERIES, NO_SLOT } from '../../src/memory/slots.js';
import type { Slots } from '../../src/memory/slots.js';
import { newArena, publishFamily, publishSeries, setKey } from '../unit/memory/arenas.js';
import { blockLedger } from './block-ledger.js';
import { actAt, forEveryAccess, killAt, withMutant } from './stepping.js';

const SLOTS = 64;
/** A key of three such values and a short one takes a block of 192 bytes. */
const LONG = 'x'.repeat(48);

/** Three threads over an arena whose key region is full of free blocks that are too small for a long key. */
class Scene {
  readonly arena: Arena = newArena({ slotCount: SLOTS, keyRegionBytes: SLOTS * 16 + 128, leaseCount: 4 });
  readonly threads = [1, 2, 3].map(id => new Attachment(this.arena, id));
  readonly family: SlotIndex;

  constructor() {
    const [a] = this.threads as [Attachment];
    this.family = publishFamily(a, 'f');
    const short = Array.from({ length: SLOTS - 1 }, (_, i) => publishSeries(a, this.family, `${i}`));
    for (const slot of short.slice(0, -1)) a.records.retire(slot);
    for (const thread of this.threads) thread.safePoint();
    a.records.reclaim();
  }

  /** True when a long key found space. */
  publishLong(thread: number, value = 'a'): boolean {
    return publishSeries(this.threads[thread]!, this.family, LONG, LONG, LONG, value) !== NO_SLOT;
  }

  retireLong(thread: number, value = 'a'): void {
    const { records } = this.threads[thread]!;
    setKey(this.threads[thread]!, this.family, LONG, LONG, LONG, value);
    const slot = records.find();
    if (slot !== NO_SLOT) records.retire(slot);
    for (const one of this.threads) one.safePoint();
    records.reclaim();
  }

  /** Every block is somewhere, but for so many bytes. */
  assertBlocks(lostMax = 0): void {
    const { problems, lostBytes } = blockLedger(this.arena);
    assert.deepEqual(problems, []);
    assert.ok(lostBytes >= 0 && lostBytes <= lostMax, `${lostBytes} bytes are lost`);
  }

  close(): void {
    for (const thread of this.threads) thread.detach();
  }
}

/** Runs a scenario for every access, each time in a scene of its own. */
function forEveryScene(scenario: (scene: Scene, n: number) => boolean): number {
  return forEveryAccess(n => {
    const scene = new Scene();
    try {
      return scenario(scene, n);
    } finally {
      scene.close();
    }
  });
}

describe('merging free blocks', () => {
  test('makes room for what is longer than anything before it, and small blocks of it again', () => {
    const scene = new Scene();
    assert.equal(scene.publishLong(0), true);
    assert.equal(scene.threads[0]!.records.slots.state(scene.family), 2);
    scene.assertBlocks();
    const short = Array.from({ length: 8 }, (_, i) =>
      publishSeries(scene.threads[1]!, scene.family, `s${i}`),
    );
    assert.ok(short.every(slot => slot !== NO_SLOT));
    scene.assertBlocks();
    scene.close();
  });

  test('mutant: without it there is none', () => {
    withMutant(
      BlockMerge.prototype,
      'merge',
      () => false,
      () => {
        const scene = new Scene();
        assert.equal(scene.publishLong(0), false);
        scene.close();
      },
    );
  });

  const dieMerging = (): number =>
    forEveryScene((scene, n) => {
      const died = killAt(n, () => void scene.publishLong(1));
      scene.threads[0]!.recover(2);
      scene.assertBlocks(died ? PIECE_BYTES_MAX : 0);
      scene.retireLong(0);
      scene.assertBlocks(died ? PIECE_BYTES_MAX : 0);
      assert.equal(scene.publishLong(0, 'b'), true, 'what the dead thread held is there for others');
      scene.assertBlocks(died ? PIECE_BYTES_MAX : 0);
      return died;
    });

  test('loses at most one block when its thread dies, and gives none out twice', () => {
    assert.ok(dieMerging() > 100);
  });

  test('is given back by the next when the thread that gives it back dies as well', () => {
    // Among blocks that are held one by one, and among runs.
    for (const firstDeath of [150, 300, 450, 600]) {
      const points = forEveryScene((scene, n) => {
        assert.ok(killAt(firstDeath, () => void scene.publishLong(1)));
        const died = killAt(n, () => scene.threads[0]!.recover(2));
        for (const thread of [1, 2]) scene.threads[2]!.recover(thread);
        scene.assertBlocks(2 * PIECE_BYTES_MAX);
        assert.equal(scene.publishLong(2, 'b'), true);
        scene.assertBlocks(2 * PIECE_BYTES_MAX);
        return died;
      });
      assert.ok(points > 100, `${points} accesses after a death at ${firstDeath}`);
    }
  });

  test('mutant: a recovery that takes no notice of what was held is caught', () => {
    const forget = function (this: { slots: Slots }, slot: SlotIndex): void {
      this.slots.release(slot);
    };
    withMutant(BlockMerge.prototype, 'giveBack', forget as never, () =>
      assert.throws(dieMerging, assert.AssertionError),
    );
  });

  test('mutant: freeing a run before forgetting it is caught', () => {
    const freeFirst = function (this: BlockMerge, pool: BlockPool, slot: SlotIndex): void {
      const self = this as unknown as {
        slots: Slots;
        word(...args: unknown[]): number;
        free(...args: unknown[]): void;
      };
      const [NEXT_RUN, RUN_BYTES] = [2, 3];
      for (let run = self.slots.cellOffset(slot) as number; run !== 0; run = self.slots.cellOffset(slot)) {
        const next = self.word(pool, run, NEXT_RUN);
        let bytes = self.word(pool, run, RUN_BYTES);
        while (bytes > 0) {
          const piece = pool.largestBlockIn(bytes);
          bytes -= piece;
          self.free(pool, run + bytes, piece);
        }
        self.slots.setCells(slot, next);
      }
    };
    withMutant(BlockMerge.prototype, 'giveRunsBack' as never, freeFirst as never, () =>
      assert.throws(dieMerging),
    );
  });

  const MEANWHILE: readonly [string, (scene: Scene) => void][] = [
    ['creates a series', scene => void publishSeries(scene.threads[2]!, scene.family, 'y')],
    ['merges too', scene => void scene.publishLong(2, 'c')],
    [
      'removes a series and reclaims',
      scene => {
        const { records } = scene.threads[2]!;
        setKey(scene.threads[2]!, scene.family, `${SLOTS - 2}`);
        const slot = records.find();
        if (slot !== NO_SLOT) records.retire(slot);
        for (const thread of scene.threads) thread.safePoint();
        records.reclaim();
      },
    ],
  ];
  for (const [what, act] of MEANWHILE) {
    test(`keeps every block where it is when another thread ${what} at any moment of it`, () => {
      const points = forEveryScene((scene, n) => {
        const met = actAt(
          n,
          () => void scene.publishLong(1),
          () => act(scene),
        );
        scene.assertBlocks();
        scene.retireLong(1);
        scene.retireLong(2, 'c');
        assert.equal(scene.publishLong(0, 'b'), true);
        scene.assertBlocks();
        return met;
      });
      assert.ok(points > 100);
    });
  }
});

describe('cells that come out of a merge', () => {
  const takeMerged = (): void => {
    const arena = newArena({ slotCount: SLOTS, stripeBytes: SLOTS * 16 });
    const thread = new Attachment(arena, 1);
    const family = publishFamily(thread, 'f');
    const small = Array.from({ length: SLOTS - 1 }, (_, i) => publishSeries(thread, family, `${i}`));
    for (const slot of small) thread.records.retire(slot);
    thread.safePoint();
    thread.records.reclaim();
    setKey(thread, family, 'large');
    const published = thread.records.publish({ kind: KIND_SERIES, family, cellBytes: 512, isShown: true });
    assert.ok(published !== undefined, 'large cells found space among small ones');
    const start = arena.stripeOffset(0) + thread.records.slots.cellOffset(published.slot);
    assert.ok(arena.bytes.subarray(start, start + 512).every(byte => byte === 0));
    assert.equal(cellPool(arena).allocate(512), 0, 'there was room for one');
    thread.detach();
  };

  test('are zero', () => takeMerged());

  test('mutant: leaving in them what the merge has written is caught', () => {
    const freeAsItIs = (pool: BlockPool, offset: number, bytes: number): void => pool.free(offset, bytes);
    withMutant(BlockMerge.prototype, 'free' as never, freeAsItIs as never, () =>
      assert.throws(takeMerged, assert.AssertionError),
    );
  });
});
