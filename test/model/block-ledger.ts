/** Block ledger: where every block of an arena's keys and cells is, while no thread is inside an operation. */
import type { Arena } from '../../src/memory/arena.js';
import { usageOf } from '../../src/memory/arena-usage.js';
import { sizeClassBytes, sizeClassOf } from '../../src/memory/block-pool.js';
import {
  HEADER_CELL_POOL_OFFSET,
  HEADER_KEY_POOL_OFFSET,
  SIZE_CLASS_COUNT,
  U32_BYTES,
  U64_BYTES,
} from '../../src/memory/layout.js';
import type { SlotIndex } from '../../src/memory/layout.js';
import { SLOT_FREE, Slots } from '../../src/memory/slots.js';

/** The blocks of one region: bytes by offset. */
class Region {
  readonly problems: string[] = [];
  private readonly blocks = new Map<number, number>();

  constructor(private readonly what: string) {}

  add(offset: number, sizeClass: number): void {
    if (this.blocks.has(offset)) this.problems.push(`${this.what}: block ${offset} is there twice`);
    this.blocks.set(offset, sizeClassBytes(sizeClass));
  }

  /** The blocks in free lists. */
  addFree({ quads, words }: Arena, headsOffset: number, baseOffset: number): void {
    for (let sizeClass = 0; sizeClass < SIZE_CLASS_COUNT; sizeClass++) {
      let offset = Number(BigInt.asUintN(32, quads[headsOffset / U64_BYTES + sizeClass]!));
      for (; offset !== 0; offset = words[(baseOffset + offset) / U32_BYTES]!) {
        this.add(offset, sizeClass);
        if (this.problems.length > 0) return;
      }
    }
  }

  /** Bytes of the region that are neither in use nor free, of those that were given out. */
  lostBytes(given: number): number {
    let end = 0;
    let known = 0;
    for (const [offset, bytes] of [...this.blocks].sort(([a], [b]) => a - b)) {
      if (offset < end) this.problems.push(`${this.what}: block ${offset} overlaps the one before it`);
      end = offset + bytes;
      known += bytes;
    }
    return given - known;
  }
}

/** What is wrong with the blocks: one that is there twice or overlaps another. And how many bytes are nowhere. */
export function blockLedger(arena: Arena): { problems: string[]; lostBytes: number } {
  const slots = new Slots(arena);
  const [keys, cells] = [new Region('keys'), new Region('cells')];
  for (let index = 0; index < slots.highWater(); index++) {
    const slot = index as SlotIndex;
    if (slots.state(slot) === SLOT_FREE) continue;
    keys.add(slots.keyOffset(slot), sizeClassOf(slots.keyBytes(slot) + slots.payloadBytes(slot)));
    if (slots.cellBytes(slot) > 0) cells.add(slots.cellOffset(slot), sizeClassOf(slots.cellBytes(slot)));
  }
  keys.addFree(arena, HEADER_KEY_POOL_OFFSET, arena.regions.keysOffset);
  cells.addFree(arena, HEADER_CELL_POOL_OFFSET, arena.stripeOffset(0));
  const { keyBytes, cellBytes } = usageOf(arena);
  const lostBytes = keys.lostBytes(keyBytes) + cells.lostBytes(cellBytes);
  return { problems: [...keys.problems, ...cells.problems], lostBytes };
}
