import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { usageOf } from '../../../src/memory/arena-usage.js';
import { HEADER_LOST_BLOCKS_OFFSET, HEADER_RETRY_LIMIT_HITS_OFFSET } from '../../../src/memory/layout.js';
import { SIZES, attach, newArena, publishFamily, publishSeries } from './arenas.js';

describe('the usage of an arena', () => {
  it('is nothing when it is new', () => {
    const arena = newArena();
    assert.deepEqual(usageOf(arena), {
      reservedBytes: arena.buffer.byteLength,
      slots: 0,
      slotsMax: SIZES.slotCount,
      keyBytes: 0,
      keyBytesMax: SIZES.keyRegionBytes - 16,
      cellBytes: 0,
      cellBytesMax: SIZES.stripeBytes - 16,
      retryLimitHits: 0,
      lostBlocks: 0,
    });
  });

  it('grows with what is needed, and not with what is needed again', test => {
    const arena = newArena();
    const thread = attach(test, arena, 1);
    const family = publishFamily(thread, 'f');
    const publish = (): void => {
      for (const value of ['a', 'b']) thread.records.retire(publishSeries(thread, family, value));
      thread.safePoint();
      thread.records.reclaim();
    };
    publish();
    const usage = usageOf(arena);
    // The key of the family, and 9 bytes with 3 for each series; cells for the series alone.
    assert.deepEqual([usage.slots, usage.keyBytes, usage.cellBytes], [3, 48, 32]);
    for (let i = 0; i < 5; i++) publish();
    const later = usageOf(arena);
    assert.deepEqual([later.keyBytes, later.cellBytes], [48, 32]);
    assert.ok(later.slots <= SIZES.slotCount);
  });

  it('reaches its limits exactly', test => {
    const arena = newArena({ stripeBytes: 64, slotCount: 32 });
    const thread = attach(test, arena, 1);
    const family = publishFamily(thread, 'f');
    for (let i = 0; i < 10; i++) publishSeries(thread, family, `v${i}`);
    const { cellBytes, cellBytesMax } = usageOf(arena);
    assert.deepEqual([cellBytes, cellBytesMax], [48, 48]);
  });

  it('has what went wrong', () => {
    const arena = newArena();
    arena.addToHeader(HEADER_RETRY_LIMIT_HITS_OFFSET, 3);
    arena.addToHeader(HEADER_LOST_BLOCKS_OFFSET, 2);
    const { retryLimitHits, lostBlocks } = usageOf(arena);
    assert.deepEqual([retryLimitHits, lostBlocks], [3, 2]);
  });
});
