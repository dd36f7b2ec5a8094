/**
 * Block pool: space for keys and cells, in size classes, with a free list for each class.
 *
 * Layout    one 64-bit list head per class in the header: {tag u32 high, block offset u32 low}. A free block's first
 *           word is the offset of the next free one. Space that was never used comes from a bump word.
 * Writers   any thread.
 * Promises  A block is given to one caller only. A thread killed inside allocate or free loses at most that block.
 *           Space of one class serves others: a larger block is split, and block-merge.ts joins smaller ones.
 * Progress  lock-free; a loop that loses POOL_RETRY_MAX times gives up, which the header counts.
 *
 * The lists are Treiber stacks (R. K. Treiber, "Systems Programming: Coping with Parallelism", IBM RJ 5118, 1986). The
 * tag grows with every change, so a head that was popped and pushed back in the meantime does not compare equal.
 */
import type { Arena } from './arena.js';
import {
  BLOCK_ALIGN_BYTES,
  HEADER_CELL_BUMP_OFFSET,
  HEADER_CELL_POOL_OFFSET,
  HEADER_KEY_BUMP_OFFSET,
  HEADER_KEY_POOL_OFFSET,
  HEADER_LOST_BLOCKS_OFFSET,
  HEADER_RETRY_LIMIT_HITS_OFFSET,
  SIZE_CLASS_COUNT,
  U32_BYTES,
  U64_BYTES,
} from './layout.js';

/** Losing this often in a row means thousands of allocations by others in between: give up, count it, go on. */
export const POOL_RETRY_MAX = 10_000;

const LINEAR_CLASS_COUNT = 8;
const STEPS_PER_DOUBLING = 4;
/** Which half of a 64-bit word the offset is in, seen as 32-bit words. */
const LOW_WORD = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 0 : 1;
const OFFSET_MASK = 0xffff_ffffn;

/** The class of a size: 16-byte steps up to 128, then four steps for each doubling, so at most a fifth is wasted. */
export function sizeClassOf(bytes: number): number {
  const units = Math.max(1, Math.ceil(bytes / BLOCK_ALIGN_BYTES));
  if (units <= LINEAR_CLASS_COUNT) return units - 1;
  const exponent = 31 - Math.clz32(units - 1); // units is in (2^exponent, 2^(exponent+1)]
  const step = 2 ** (exponent - 2);
  const stepsUp = Math.ceil((units - 2 ** exponent) / step);
  return LINEAR_CLASS_COUNT + (exponent - 3) * STEPS_PER_DOUBLING + stepsUp - 1;
}

/** Bytes of every block of a class. */
export function sizeClassBytes(sizeClass: number): number {
  if (sizeClass < LINEAR_CLASS_COUNT) return (sizeClass + 1) * BLOCK_ALIGN_BYTES;
  const exponent = 3 + Math.floor((sizeClass - LINEAR_CLASS_COUNT) / STEPS_PER_DOUBLING);
  const stepsUp = ((sizeClass - LINEAR_CLASS_COUNT) % STEPS_PER_DOUBLING) + 1;
  return (2 ** exponent + stepsUp * 2 ** (exponent - 2)) * BLOCK_ALIGN_BYTES;
}

export const BLOCK_BYTES_MAX = sizeClassBytes(SIZE_CLASS_COUNT - 1);

interface PoolPlace {
  /** Byte offset of the list heads in the arena. */
  readonly headsOffset: number;
  /** Byte offset of the bump word in the arena. */
  readonly bumpOffset: number;
  /** Byte offset in the arena that block offsets count from. */
  readonly baseOffset: number;
  readonly regionBytes: number;
}

export class BlockPool {
  constructor(
    private readonly arena: Arena,
    private readonly place: PoolPlace,
  ) {}

  /**
   * Takes a block of at least `bytes`. Its content is what the last owner left, except that the first word is 0.
   *
   * @returns the offset of the block in its region, or 0 when there is no space
   */
  allocate(bytes: number): number {
    const sizeClass = sizeClassOf(bytes);
    if (sizeClass >= SIZE_CLASS_COUNT) return 0;
    return this.take(sizeClass) || this.bump(sizeClassBytes(sizeClass)) || this.split(sizeClass);
  }

  /** Gives a block back. The caller has made sure that nobody can reach it any more. */
  free(offset: number, bytes: number): void {
    const { quads } = this.arena;
    const head = this.headIndex(sizeClassOf(bytes));
    for (let attempt = 0; attempt < POOL_RETRY_MAX; attempt++) {
      const seen = Atomics.load(quads, head);
      Atomics.store(this.arena.words, this.wordIndex(offset), Number(seen & OFFSET_MASK) | 0);
      if (Atomics.compareExchange(quads, head, seen, this.nextHead(seen, offset)) === seen) return;
    }
    this.arena.addToHeader(HEADER_RETRY_LIMIT_HITS_OFFSET, 1);
    this.arena.addToHeader(HEADER_LOST_BLOCKS_OFFSET, 1);
  }

  /** Takes a block of a class out of its free list; 0 when the list is empty. */
  take(sizeClass: number): number {
    const { quads, words } = this.arena;
    const head = this.headIndex(sizeClass);
    // The usual case, without a BigInt: the list is empty.
    if (Atomics.load(words, head * 2 + LOW_WORD) === 0) return 0;
    for (let attempt = 0; attempt < POOL_RETRY_MAX; attempt++) {
      const seen = Atomics.load(quads, head);
      const offset = Number(seen & OFFSET_MASK);
      if (offset === 0) return 0;
      // Another thread may own this block by now and have written here; then the tag has moved and the exchange fails.
      const next = Atomics.load(words, this.wordIndex(offset)) >>> 0;
      if (Atomics.compareExchange(quads, head, seen, this.nextHead(seen, next)) === seen) {
        Atomics.store(words, this.wordIndex(offset), 0);
        return offset;
      }
    }
    this.arena.addToHeader(HEADER_RETRY_LIMIT_HITS_OFFSET, 1);
    return 0;
  }

  /** About how many blocks a free list has: others change it meanwhile, and the walk may go astray, but not for ever. */
  countOf(sizeClass: number): number {
    const { words } = this.arena;
    const { regionBytes } = this.place;
    const max = regionBytes / sizeClassBytes(sizeClass);
    let offset = Atomics.load(words, this.headIndex(sizeClass) * 2 + LOW_WORD) >>> 0;
    let count = 0;
    while (offset !== 0 && offset % BLOCK_ALIGN_BYTES === 0 && offset < regionBytes && count < max) {
      offset = Atomics.load(words, this.wordIndex(offset)) >>> 0;
      count++;
    }
    return count;
  }

  /** Grows with every block that is taken from a free list or put into one. */
  changes(): number {
    let sum = 0;
    for (let sizeClass = 0; sizeClass < SIZE_CLASS_COUNT; sizeClass++) {
      sum = (sum + Atomics.load(this.arena.words, this.headIndex(sizeClass) * 2 + 1 - LOW_WORD)) | 0;
    }
    return sum;
  }

  /** Bytes of the largest block that so much space has room for; a multiple of BLOCK_ALIGN_BYTES. */
  largestBlockIn(bytes: number): number {
    const sizeClass = Math.min(sizeClassOf(bytes), SIZE_CLASS_COUNT - 1);
    const block = sizeClassBytes(sizeClass);
    return block <= bytes ? block : sizeClassBytes(sizeClass - 1);
  }

  /** Index in the arena's words of the first word of a block. */
  wordIndex(offset: number): number {
    return (this.place.baseOffset + offset) / U32_BYTES;
  }

  /** Takes a block of a larger class and frees what is not needed of it. Dying in between loses at most that. */
  private split(sizeClass: number): number {
    const bytes = sizeClassBytes(sizeClass);
    for (let larger = sizeClass + 1; larger < SIZE_CLASS_COUNT; larger++) {
      const offset = this.take(larger);
      if (offset === 0) continue;
      for (let end = offset + sizeClassBytes(larger); end > offset + bytes;) {
        const piece = this.largestBlockIn(end - offset - bytes);
        end -= piece;
        this.free(end, piece);
      }
      return offset;
    }
    return 0;
  }

  private bump(bytes: number): number {
    const { words } = this.arena;
    const index = this.place.bumpOffset / U32_BYTES;
    let seen = Atomics.load(words, index);
    for (let attempt = 0; attempt < POOL_RETRY_MAX; attempt++) {
      const offset = seen >>> 0;
      if (offset + bytes > this.place.regionBytes) return 0;
      const found = Atomics.compareExchange(words, index, seen, (offset + bytes) | 0);
      if (found === seen) return offset;
      seen = found;
    }
    this.arena.addToHeader(HEADER_RETRY_LIMIT_HITS_OFFSET, 1);
    return 0;
  }

  private headIndex(sizeClass: number): number {
    return this.place.headsOffset / U64_BYTES + sizeClass;
  }

  /** Signed, as BigInt64Array holds it: the exchange compares exact values. */
  private nextHead(seen: bigint, offset: number): bigint {
    return BigInt.asIntN(64, (((seen >> 32n) + 1n) << 32n) | BigInt(offset));
  }
}

/** Blocks of the key region. */
export function keyPool(arena: Arena): BlockPool {
  return new BlockPool(arena, {
    headsOffset: HEADER_KEY_POOL_OFFSET,
    bumpOffset: HEADER_KEY_BUMP_OFFSET,
    baseOffset: arena.regions.keysOffset,
    regionBytes: arena.sizes.keyRegionBytes,
  });
}

/** Blocks of cells, at the same offset in every stripe. List links of free blocks live in stripe 0. */
export function cellPool(arena: Arena): BlockPool {
  return new BlockPool(arena, {
    headsOffset: HEADER_CELL_POOL_OFFSET,
    bumpOffset: HEADER_CELL_BUMP_OFFSET,
    baseOffset: arena.stripeOffset(0),
    regionBytes: arena.sizes.stripeBytes,
  });
}
