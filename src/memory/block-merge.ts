/**
 * Block merge: makes large free blocks of small ones that lie side by side, when a pool has none of a size left.
 *
 * Without it, label values that grow longer over the months would find a region full of free blocks that are all too
 * small for them.
 *
 * Layout    What a merge holds is named by a slot in state building, of kind KIND_MERGE, so that it is found when the
 *           merging thread dies. The first four words of a held block, which is at least that large:
 *             +0 next held block   +4 bytes of this block   +8 next run   +12 bytes of the run that starts here
 *           A run is a row of blocks without a gap. The slot's keyOffset is the first held block until all runs are
 *           written; then its cellOffset is the first run, and the blocks count no more. payloadBytes is the pool.
 * Writers   any thread, each under a slot of its own.
 * Promises  A block is in use, in a free list, or held under one slot. A thread killed at any instruction loses at most
 *           one block, of the size that it wanted or PIECE_BYTES_MAX: giveBack finds the others. Cells that come out of a
 *           merge are zero.
 * Progress  lock-free. Others go on meanwhile: KEPT_SHARE of each list stays where it is.
 */
import type { Arena } from './arena.js';
import type { BlockPool } from './block-pool.js';
import { sizeClassBytes, sizeClassOf } from './block-pool.js';
import { SIZE_CLASS_COUNT, U32_BYTES } from './layout.js';
import type { SlotIndex } from './layout.js';
import { KIND_MERGE, NO_KEY, NO_SLOT } from './slots.js';
import type { SlotFields, Slots } from './slots.js';

/** What stays in each list for threads that need a block meanwhile. */
const KEPT_SHARE = 1 / 8;
/**
 * A merge looks at every free block, so another one is due after so many blocks have come and gone, and this share of
 * those that it looked at; or when something larger is wanted than it made.
 */
const DUE_CHANGES_MIN = 256;
const DUE_SHARE = 1 / 16;

/** Runs are freed in pieces no larger than this, or than what is wanted: one piece is what a death can lose. */
export const PIECE_BYTES_MAX = 256;

const MERGE: SlotFields = { kind: KIND_MERGE, family: NO_SLOT, cellBytes: 0, isShown: false };

/** Words of a held block, counted from its first. */
const NEXT_BLOCK = 0;
const BLOCK_BYTES = 1;
const NEXT_RUN = 2;
const RUN_BYTES = 3;

interface Run {
  readonly offset: number;
  bytes: number;
}

/** The state of a pool after this thread's last merge. */
interface Merged {
  readonly changes: number;
  readonly blocks: number;
  /** No block was made that is larger than this. */
  readonly pieceBytesMax: number;
}

export class BlockMerge {
  private readonly merged = new Map<BlockPool, Merged>();

  /** `owner` is the lease index + 1 of the thread that this object works for. */
  constructor(
    private readonly arena: Arena,
    private readonly slots: Slots,
    private readonly owner: number,
    private readonly pools: readonly [keys: BlockPool, cells: BlockPool],
  ) {}

  /**
   * Merges what is free in the regions that something is wanted of, where that is due.
   *
   * @returns true when there may be a larger block than before
   */
  merge(keyBytes: number, cellBytes: number): boolean {
    const [keys, cells] = this.pools;
    const hasKeys = keyBytes > 0 && this.mergePool(keys, keyBytes);
    const hasCells = cellBytes > 0 && this.mergePool(cells, cellBytes);
    return hasKeys || hasCells;
  }

  /** Returns what a merge held whose thread has died. The caller has taken the slot over. */
  giveBack(slot: SlotIndex): void {
    const pool = this.pools[this.slots.payloadBytes(slot) === 0 ? 0 : 1];
    // Once there are runs, the blocks that they consist of are named twice.
    if (this.slots.cellOffset(slot) !== 0) this.slots.setKey(slot, 0);
    for (let block = this.slots.keyOffset(slot); block !== 0; block = this.slots.keyOffset(slot)) {
      const bytes = this.word(pool, block, BLOCK_BYTES);
      // Before it is freed: dying in between loses this block, and frees none twice.
      this.slots.setKey(slot, this.word(pool, block, NEXT_BLOCK));
      this.free(pool, block, bytes);
    }
    this.giveRunsBack(pool, slot, PIECE_BYTES_MAX);
    this.slots.release(slot);
  }

  private mergePool(pool: BlockPool, wantedBytes: number): boolean {
    const sizeClass = sizeClassOf(wantedBytes);
    if (sizeClass >= SIZE_CLASS_COUNT || !this.isDue(pool, wantedBytes)) return false;
    const pieceBytesMax = Math.max(sizeClassBytes(sizeClass), PIECE_BYTES_MAX);
    const slot = this.slots.claim(this.owner);
    if (slot === NO_SLOT) {
      // Slots are what is missing: not to be tried again by every recording beyond it.
      this.merged.set(pool, { changes: pool.changes(), blocks: 0, pieceBytesMax });
      return false;
    }
    this.slots.fill(slot, MERGE, NO_KEY, this.pools.indexOf(pool));
    const blocks = this.hold(pool, slot);
    const runs = runsOf(blocks);
    this.linkRuns(pool, runs);
    // Publishes the runs to giveBack: up to here it goes by the blocks, from here on by the runs.
    this.slots.setCells(slot, runs[0]?.offset ?? 0);
    this.slots.setKey(slot, 0);
    this.giveRunsBack(pool, slot, pieceBytesMax);
    this.slots.release(slot);
    this.merged.set(pool, { changes: pool.changes(), blocks: blocks.length, pieceBytesMax });
    return runs.length < blocks.length;
  }

  private isDue(pool: BlockPool, wantedBytes: number): boolean {
    const last = this.merged.get(pool);
    if (last === undefined || wantedBytes > last.pieceBytesMax) return true;
    const changes = (pool.changes() - last.changes) | 0;
    return changes >= Math.max(DUE_CHANGES_MIN, last.blocks * DUE_SHARE);
  }

  /** Takes most of the free blocks out of their lists. */
  private hold(pool: BlockPool, slot: SlotIndex): Run[] {
    const blocks: Run[] = [];
    for (let sizeClass = 0; sizeClass < SIZE_CLASS_COUNT; sizeClass++) {
      const bytes = sizeClassBytes(sizeClass);
      const count = pool.countOf(sizeClass);
      for (let left = Math.ceil(count * (1 - KEPT_SHARE)); left > 0; left--) {
        const offset = pool.take(sizeClass);
        if (offset === 0) break;
        this.setWord(pool, offset, BLOCK_BYTES, bytes);
        this.setWord(pool, offset, NEXT_BLOCK, this.slots.keyOffset(slot));
        this.slots.setKey(slot, offset);
        blocks.push({ offset, bytes });
      }
    }
    return blocks;
  }

  private linkRuns(pool: BlockPool, runs: readonly Run[]): void {
    runs.forEach(({ offset, bytes }, index) => {
      this.setWord(pool, offset, NEXT_RUN, runs[index + 1]?.offset ?? 0);
      this.setWord(pool, offset, RUN_BYTES, bytes);
    });
  }

  /** Frees the runs of a slot, each from its end, in the largest blocks that it has room for. */
  private giveRunsBack(pool: BlockPool, slot: SlotIndex, pieceBytesMax: number): void {
    for (let run = this.slots.cellOffset(slot) as number; run !== 0; run = this.slots.cellOffset(slot)) {
      const bytes = this.word(pool, run, RUN_BYTES);
      const piece = pool.largestBlockIn(Math.min(bytes, pieceBytesMax));
      // Before it is freed, as above.
      if (piece === bytes) this.slots.setCells(slot, this.word(pool, run, NEXT_RUN));
      else this.setWord(pool, run, RUN_BYTES, bytes - piece);
      this.free(pool, run + bytes - piece, piece);
    }
  }

  private free(pool: BlockPool, offset: number, bytes: number): void {
    const start = pool.wordIndex(offset) * U32_BYTES;
    this.arena.bytes.fill(0, start, start + bytes);
    pool.free(offset, bytes);
  }

  private word(pool: BlockPool, offset: number, word: number): number {
    return Atomics.load(this.arena.words, pool.wordIndex(offset) + word) >>> 0;
  }

  private setWord(pool: BlockPool, offset: number, word: number, value: number): void {
    Atomics.store(this.arena.words, pool.wordIndex(offset) + word, value | 0);
  }
}

/** Joins blocks that follow each other without a gap. */
function runsOf(blocks: readonly Run[]): Run[] {
  const runs: Run[] = [];
  for (const { offset, bytes } of blocks.toSorted((a, b) => a.offset - b.offset)) {
    const last = runs.at(-1);
    if (last !== undefined && last.offset + last.bytes === offset) last.bytes += bytes;
    else runs.push({ offset, bytes });
  }
  return runs;
}
