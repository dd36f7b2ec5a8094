import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  BLOCK_BYTES_MAX,
  cellPool,
  keyPool,
  sizeClassBytes,
  sizeClassOf,
} from '../../../src/memory/block-pool.js';
import { BUCKETS_MAX } from '../../../src/memory/bucket-index.js';
import { SIZE_CLASS_COUNT, histogramCellBytes } from '../../../src/memory/layout.js';
import { SIZES, newArena } from './arenas.js';

describe('size classes', () => {
  it('go up in steps of 16 bytes to 128, then in four steps for each doubling', () => {
    const bytes = Array.from({ length: 17 }, (_, sizeClass) => sizeClassBytes(sizeClass));
    assert.deepEqual(bytes, [16, 32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640]);
  });

  it('put a size at a boundary into its own class and one byte more into the next', () => {
    for (let sizeClass = 0; sizeClass < SIZE_CLASS_COUNT - 1; sizeClass++) {
      assert.equal(sizeClassOf(sizeClassBytes(sizeClass)), sizeClass);
      assert.equal(sizeClassOf(sizeClassBytes(sizeClass) + 1), sizeClass + 1);
    }
  });

  it('have a block for nothing at all', () => {
    assert.equal(sizeClassOf(0), 0);
    assert.equal(sizeClassOf(1), 0);
  });

  it('end at the largest block', () => {
    assert.equal(sizeClassOf(BLOCK_BYTES_MAX), SIZE_CLASS_COUNT - 1);
    assert.equal(sizeClassOf(BLOCK_BYTES_MAX + 1), SIZE_CLASS_COUNT);
    assert.ok(
      BLOCK_BYTES_MAX >= histogramCellBytes(BUCKETS_MAX),
      'a histogram of any allowed size has a class',
    );
  });
});

describe('a block pool', () => {
  it('never gives out offset 0, which stands for none', () => {
    const arena = newArena();
    assert.equal(keyPool(arena).allocate(16), 16);
    assert.equal(cellPool(arena).allocate(16), 16);
  });

  it('gives disjoint blocks until its region is full, then 0', () => {
    const pool = keyPool(newArena({ keyRegionBytes: 256 }));
    const offsets = Array.from({ length: 7 }, () => pool.allocate(30));
    assert.deepEqual(offsets, [16, 48, 80, 112, 144, 176, 208]);
    assert.equal(pool.allocate(30), 0);
    assert.equal(pool.allocate(16), 240, 'what is left still serves a smaller block');
    assert.equal(pool.allocate(1), 0);
  });

  it('gives a returned block again, the latest first', () => {
    const pool = keyPool(newArena());
    const [a, b, c] = [pool.allocate(40), pool.allocate(40), pool.allocate(40)];
    pool.free(a, 40);
    pool.free(c, 33);
    pool.free(b, 48);
    assert.deepEqual([pool.allocate(40), pool.allocate(40), pool.allocate(40)], [b, c, a]);
    assert.equal(pool.allocate(40), c + 48);
  });

  it('keeps a free list for each class', () => {
    const pool = keyPool(newArena());
    const small = pool.allocate(16);
    const large = pool.allocate(200);
    pool.free(small, 16);
    pool.free(large, 200);
    assert.equal(pool.allocate(200), large);
    assert.equal(pool.allocate(16), small);
  });

  it('splits a larger block when there is no other space, and gives on what is left of it', () => {
    const pool = keyPool(newArena({ keyRegionBytes: 16 + 192 }));
    const large = pool.allocate(192);
    pool.free(large, 192);
    assert.equal(pool.allocate(48), large);
    // What is left: 144 bytes, as the largest blocks that fit, from the end.
    assert.equal(pool.allocate(128), large + 64);
    assert.equal(pool.allocate(16), large + 48);
    assert.equal(pool.allocate(1), 0);
  });

  it('knows about how long its lists are, and that they have changed', () => {
    const pool = keyPool(newArena());
    const blocks = [1, 2, 3].map(() => pool.allocate(16));
    const before = pool.changes();
    for (const offset of blocks) pool.free(offset, 16);
    assert.equal(pool.changes(), before + 3);
    assert.deepEqual([pool.countOf(0), pool.countOf(1)], [3, 0]);
    assert.equal(pool.take(0), blocks[2]);
    assert.equal(pool.changes(), before + 4);
    assert.equal(pool.take(1), 0);
  });

  it('knows the largest block in so much space', () => {
    const pool = keyPool(newArena());
    for (const [bytes, block] of [
      [16, 16],
      [144, 128],
      [160, 160],
      [176, 160],
      [BLOCK_BYTES_MAX * 3, BLOCK_BYTES_MAX],
    ] as const)
      assert.equal(pool.largestBlockIn(bytes), block);
  });

  it('gives blocks back with a first word of 0, so that cells never start with a list link', () => {
    const arena = newArena();
    const pool = cellPool(arena);
    const [a, b] = [pool.allocate(16), pool.allocate(16)];
    pool.free(a, 16);
    pool.free(b, 16);
    const at = (arena.stripeOffset(0) + b) / 4;
    assert.equal(arena.words[at], a, 'a free block links to the one freed before it');
    assert.equal(pool.allocate(16), b);
    assert.equal(arena.words[at], 0);
  });

  it('refuses what is larger than its largest class, or its region', () => {
    const pool = keyPool(newArena());
    assert.equal(pool.allocate(BLOCK_BYTES_MAX + 1), 0);
    assert.equal(pool.allocate(SIZES.keyRegionBytes), 0);
    assert.equal(pool.allocate(16), 16, 'and nothing was taken');
  });

  it('is the same for every pool object over one arena', () => {
    const arena = newArena();
    const first = keyPool(arena).allocate(16);
    assert.equal(keyPool(arena).allocate(16), first + 16);
    keyPool(arena).free(first, 16);
    assert.equal(keyPool(arena).allocate(16), first);
  });

  it('keeps keys and cells apart', () => {
    const arena = newArena();
    const key = keyPool(arena).allocate(16);
    keyPool(arena).free(key, 16);
    assert.equal(cellPool(arena).allocate(16), 16);
    assert.equal(cellPool(arena).allocate(16), 32);
  });
});
