import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Arena } from '../../../src/memory/arena.js';
import { BlockMerge, PIECE_BYTES_MAX } from '../../../src/memory/block-merge.js';
import type { BlockPool } from '../../../src/memory/block-pool.js';
import { cellPool, keyPool } from '../../../src/memory/block-pool.js';
import { NO_SLOT, SLOT_FREE, Slots } from '../../../src/memory/slots.js';
import { newArena } from './arenas.js';

const REGION_BYTES = 4_096;

interface Scene {
  readonly arena: Arena;
  readonly keys: BlockPool;
  readonly cells: BlockPool;
  readonly slots: Slots;
  readonly merge: BlockMerge;
}

function newScene(): Scene {
  const arena = newArena({ keyRegionBytes: REGION_BYTES, stripeBytes: REGION_BYTES });
  const [keys, cells, slots] = [keyPool(arena), cellPool(arena), new Slots(arena)];
  return { arena, keys, cells, slots, merge: new BlockMerge(arena, slots, 1, [keys, cells]) };
}

/** Every block of this size that the pool has. */
function takeAll(pool: BlockPool, bytes: number): number[] {
  const taken: number[] = [];
  for (let offset = pool.allocate(bytes); offset !== 0; offset = pool.allocate(bytes)) taken.push(offset);
  return taken;
}

describe('a merge of free blocks', () => {
  it('makes large blocks of small ones that lie side by side', () => {
    const { keys, merge } = newScene();
    for (const offset of takeAll(keys, 16)) keys.free(offset, 16);
    assert.equal(keys.allocate(1_000), 0);
    assert.equal(merge.merge(1_000, 0), true);
    assert.equal(takeAll(keys, 1_000).length, 3);
  });

  it('joins no blocks with one between them that is in use', () => {
    const { keys, merge } = newScene();
    takeAll(keys, 16).forEach((offset, i) => i % 4 !== 0 && keys.free(offset, 16));
    assert.equal(merge.merge(64, 0), true);
    assert.equal(keys.allocate(64), 0, 'there are three side by side');
    assert.ok(takeAll(keys, 48).length > 40);
  });

  it('leaves some blocks to other threads while it goes on', test => {
    const { keys, merge } = newScene();
    const blocks = takeAll(keys, 16);
    for (const offset of blocks) keys.free(offset, 16);
    const counts: number[] = [];
    const { free } = keys;
    test.mock.method(keys, 'free', (offset: number, bytes: number) => {
      if (counts.length === 0) counts.push(keys.countOf(0));
      free.call(keys, offset, bytes);
    });
    merge.merge(64, 0);
    assert.deepEqual(counts, [Math.floor(blocks.length / 8)]);
  });

  it('frees pieces of the size that is wanted, and no larger ones', () => {
    for (const wanted of [16, PIECE_BYTES_MAX, 1_024]) {
      const { keys, merge } = newScene();
      for (const offset of takeAll(keys, 16)) keys.free(offset, 16);
      merge.merge(wanted, 0);
      const largest = Math.max(wanted, PIECE_BYTES_MAX);
      assert.equal(keys.allocate(largest + 1), 0);
      assert.notEqual(keys.allocate(largest), 0);
    }
  });

  it('touches the region alone that something is wanted of', () => {
    const { keys, cells, merge } = newScene();
    for (const pool of [keys, cells]) for (const offset of takeAll(pool, 16)) pool.free(offset, 16);
    merge.merge(0, 64);
    assert.deepEqual([keys.allocate(64), cells.allocate(64) === 0], [0, false]);
  });

  it('is due again for what is larger, or after many changes, not for each who finds no space', test => {
    const { keys, merge } = newScene();
    const blocks = takeAll(keys, 16);
    for (const offset of blocks) keys.free(offset, 16);
    merge.merge(64, 0);
    const takes = test.mock.method(keys, 'take').mock;
    const isDue = (bytes: number): boolean => {
      const before = takes.callCount();
      merge.merge(bytes, 0);
      return takes.callCount() > before;
    };
    assert.deepEqual([isDue(64), isDue(5_000), isDue(5_000), isDue(64)], [false, true, false, false]);
    for (let i = 0; i < 100; i++) keys.free(keys.allocate(16), 16);
    assert.equal(isDue(64), false);
    for (let i = 0; i < 100; i++) keys.free(keys.allocate(16), 16);
    assert.deepEqual([isDue(64), isDue(64)], [true, false]);
  });

  it('needs a slot while it goes on, and gives it back', () => {
    const { keys, slots, merge } = newScene();
    for (const offset of takeAll(keys, 16)) keys.free(offset, 16);
    merge.merge(64, 0);
    assert.equal(slots.state(0 as never), SLOT_FREE);
    const full = newScene();
    while (full.slots.claim(1) !== NO_SLOT);
    for (const offset of takeAll(full.keys, 16)) full.keys.free(offset, 16);
    assert.equal(full.merge.merge(64, 0), false);
    assert.equal(full.keys.allocate(64), 0, 'nothing was taken');
  });

  it('wants nothing that no block could hold', () => {
    const { keys, merge } = newScene();
    for (const offset of takeAll(keys, 16)) keys.free(offset, 16);
    assert.equal(merge.merge(1e9, 0), false);
    assert.equal(keys.allocate(32), 0);
  });
});
