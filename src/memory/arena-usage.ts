/** Arena usage: how much of an arena has been needed so far, and what went wrong in it. */
import type { Arena } from './arena.js';
import {
  BLOCK_ALIGN_BYTES,
  HEADER_CELL_BUMP_OFFSET,
  HEADER_KEY_BUMP_OFFSET,
  HEADER_LOST_BLOCKS_OFFSET,
  HEADER_RETRY_LIMIT_HITS_OFFSET,
  HEADER_SLOT_HIGH_WATER_OFFSET,
} from './layout.js';

/**
 * Space that was needed once is used again, and not given back: the counts are the largest amounts so far. They stop
 * growing when series come and go at a steady pace.
 */
export interface ArenaUsage {
  /** Length of the SharedArrayBuffer. The operating system gives memory to what has been touched. */
  readonly reservedBytes: number;
  /** Slots that have held a family or a series at least once. */
  readonly slots: number;
  readonly slotsMax: number;
  /** Bytes that have held label values or definitions at least once. */
  readonly keyBytes: number;
  readonly keyBytesMax: number;
  /** Bytes of each stripe that have held the cells of a series at least once. */
  readonly cellBytes: number;
  readonly cellBytesMax: number;
  /** How often an operation gave up because other threads changed the same word thousands of times in a row. */
  readonly retryLimitHits: number;
  /** Blocks of keys or cells that nobody can use again, because giving them back gave up. */
  readonly lostBlocks: number;
}

export function usageOf(arena: Arena): ArenaUsage {
  const { sizes } = arena;
  return {
    reservedBytes: arena.buffer.byteLength,
    slots: arena.header(HEADER_SLOT_HIGH_WATER_OFFSET),
    slotsMax: sizes.slotCount,
    // The first block of each region is never given out: offset 0 is "none".
    keyBytes: arena.header(HEADER_KEY_BUMP_OFFSET) - BLOCK_ALIGN_BYTES,
    keyBytesMax: sizes.keyRegionBytes - BLOCK_ALIGN_BYTES,
    cellBytes: arena.header(HEADER_CELL_BUMP_OFFSET) - BLOCK_ALIGN_BYTES,
    cellBytesMax: sizes.stripeBytes - BLOCK_ALIGN_BYTES,
    retryLimitHits: arena.header(HEADER_RETRY_LIMIT_HITS_OFFSET),
    lostBlocks: arena.header(HEADER_LOST_BLOCKS_OFFSET),
  };
}
