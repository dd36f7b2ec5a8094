/**
 * Slots: the fixed-size records of families and series, and the life of each.
 *
 *     free --claim, by any thread--> building(owner) --publish--> live --retire, one winner--> retiring(owner)
 *      ^                                 |                                                         | unlinked, epoch set
 *      |                                 `--abandon, by the owner or after its death--> free       v
 *      `------------------ reclaim: every lease has passed a safe point since --------------- retired
 *
 * Layout    see layout.ts, "Slot". The state word is generation (17 bits) | owner (12 bits) | state (3 bits); the owner
 *           is the index of the claiming lease + 1, so that what a killed thread left half done can be found.
 * Writers   any thread, through the transitions above. All other fields are written while building, by the owner, and
 *           are constant until the slot is free again.
 * Readers   any thread with a lease; it may read a slot that is being retired, but never one that is reused, because
 *           reuse waits for that thread's next safe point.
 * Promises  Zeroed memory is a free slot. Every transition is one compare-exchange with one winner.
 * Progress  lock-free.
 */
import type { Arena } from './arena.js';
import {
  HEADER_SEQUENCE_OFFSET,
  HEADER_SLOT_CURSOR_OFFSET,
  HEADER_SLOT_HIGH_WATER_OFFSET,
  HEADER_STRUCTURE_OFFSET,
  SLOT_BYTES,
  SLOT_CELL_BYTES_OFFSET,
  SLOT_CELL_OFFSET_OFFSET,
  SLOT_CREATED_MS_OFFSET,
  SLOT_FAMILY_OFFSET,
  SLOT_HASH_OFFSET,
  SLOT_KEY_BYTES_OFFSET,
  SLOT_KEY_OFFSET_OFFSET,
  SLOT_KIND_OFFSET,
  SLOT_NEXT_OFFSET,
  SLOT_PAYLOAD_BYTES_OFFSET,
  SLOT_RETIRE_EPOCH_OFFSET,
  SLOT_SEQUENCE_OFFSET,
  SLOT_SERIES_COUNT_OFFSET,
  SLOT_SHOWN_OFFSET,
  SLOT_STATE_OFFSET,
  U32_BYTES,
  U64_BYTES,
} from './layout.js';
import type { CellOffset, SlotIndex } from './layout.js';

export const SLOT_FREE = 0;
export const SLOT_BUILDING = 1;
export const SLOT_LIVE = 2;
export const SLOT_RETIRING = 3;
export const SLOT_RETIRED = 4;
export const SLOT_RECLAIMING = 5;

export const KIND_FAMILY = 1;
export const KIND_SERIES = 2;
export const KIND_OVERFLOW = 3;
/** Never published: what a merge of free blocks holds, see block-merge.ts. */
export const KIND_MERGE = 4;

export const NO_SLOT = -1 as SlotIndex;
/** Owner number of threads that hold no lease. What they leave half done when killed is lost, and counted by nobody. */
export const ANONYMOUS_OWNER = 0xfff;

const STATE_MASK = 0b111;
const OWNER_SHIFT = 3;
const OWNER_MASK = 0xfff;
const GENERATION_UNIT = 1 << 15;

/** Bits of the shown word: something has been recorded; the series is scraped though no thread has set it. */
const SHOWN = 0b01;
const INITIALISED = 0b10;

/** What a builder writes before it publishes, beside what it knows of the key: the same for many slots. */
export interface SlotFields {
  readonly cellBytes: number;
  /** The family of a series; NO_SLOT for a family. */
  readonly family: SlotIndex;
  readonly kind: number;
  /** False for a series that only a handle has asked for: it is scraped from its first recording on. */
  readonly isShown: boolean;
}

/** The key of a record, of which a slot has the hash and the length; a merge of free blocks has none. */
export interface SlotKey {
  readonly length: number;
  hash(): number;
}

export const NO_KEY: SlotKey = { length: 0, hash: () => 0 };

/** The state in a state word. Whoever decides on a state and on the word must take both from one read. */
export function stateIn(word: number): number {
  return word & STATE_MASK;
}

/** True when the record with sequence number `a` was built after the one with `b`. Sequence numbers wrap. */
export function isLaterSequence(a: number, b: number): boolean {
  return ((a - b) | 0) > 0;
}

export class Slots {
  /** Index in the arena's words of the first slot. */
  private readonly base: number;
  private readonly words: Int32Array;

  constructor(private readonly arena: Arena) {
    this.words = arena.words;
    this.base = arena.regions.slotsOffset / U32_BYTES;
  }

  /** The whole state word: equal words mean the same state, owner and use of the slot. */
  stateWord(slot: SlotIndex): number {
    return Atomics.load(this.words, this.field(slot, SLOT_STATE_OFFSET));
  }

  state(slot: SlotIndex): number {
    return stateIn(this.stateWord(slot));
  }

  /** Lease index + 1 of the thread that builds, retires or reclaims this slot; 0 in every other state. */
  owner(slot: SlotIndex): number {
    return (this.stateWord(slot) >>> OWNER_SHIFT) & OWNER_MASK;
  }

  /**
   * Finds a free slot and makes it the caller's to build in.
   *
   * @returns NO_SLOT when every slot is in use
   */
  claim(owner: number): SlotIndex {
    const count = this.arena.sizes.slotCount;
    const start = this.arena.header(HEADER_SLOT_CURSOR_OFFSET) % count;
    for (let step = 0; step < count; step++) {
      const slot = ((start + step) % count) as SlotIndex;
      const word = this.stateWord(slot);
      if ((word & STATE_MASK) !== SLOT_FREE) continue;
      // Before the exchange: what a thread killed right after it leaves behind is looked for below the mark.
      this.arena.raiseHeader(HEADER_SLOT_HIGH_WATER_OFFSET, slot + 1);
      if (!this.exchange(slot, word, SLOT_BUILDING, owner)) continue;
      Atomics.store(this.words, HEADER_SLOT_CURSOR_OFFSET / U32_BYTES, (slot + 1) % count);
      return slot;
    }
    return NO_SLOT;
  }

  /** Fills a slot that the caller is building, and gives it its identity. Nobody can reach it yet. */
  fill(slot: SlotIndex, fields: SlotFields, key: SlotKey, payloadBytes: number): void {
    const { words } = this;
    // Not through field(): a call for each word makes a program that starts with many series wait for the compiler.
    const first = this.field(slot, 0);
    words[first + SLOT_HASH_OFFSET / U32_BYTES] = key.hash();
    words[first + SLOT_KEY_BYTES_OFFSET / U32_BYTES] = key.length;
    words[first + SLOT_PAYLOAD_BYTES_OFFSET / U32_BYTES] = payloadBytes;
    words[first + SLOT_CELL_BYTES_OFFSET / U32_BYTES] = fields.cellBytes;
    words[first + SLOT_FAMILY_OFFSET / U32_BYTES] = fields.family + 1;
    words[first + SLOT_KIND_OFFSET / U32_BYTES] = fields.kind;
    words[first + SLOT_SERIES_COUNT_OFFSET / U32_BYTES] = 0;
    words[first + SLOT_SHOWN_OFFSET / U32_BYTES] = fields.isShown ? SHOWN : 0;
    this.arena.doubles[(this.offset(slot) + SLOT_CREATED_MS_OFFSET) / U64_BYTES] = Date.now();
    const sequence = this.arena.addToHeader(HEADER_SEQUENCE_OFFSET, 1) + 1;
    words[first + SLOT_SEQUENCE_OFFSET / U32_BYTES] = sequence | 0;
    Atomics.store(words, first + SLOT_NEXT_OFFSET / U32_BYTES, 0);
  }

  /**
   * Shows a slot that is linked into the index to scrapes. Anyone who finds it linked may call this, so a thread killed
   * between link and publish delays nobody.
   */
  publish(slot: SlotIndex): void {
    const word = this.stateWord(slot);
    if ((word & STATE_MASK) !== SLOT_BUILDING) return;
    if (this.exchange(slot, word, SLOT_LIVE, 0)) this.arena.addToHeader(HEADER_STRUCTURE_OFFSET, 1);
  }

  /** Lets scrapes see a series from now on. Showing it twice is harmless. */
  show(slot: SlotIndex): void {
    if (!this.isShown(slot)) this.addShown(slot, SHOWN);
  }

  /** As show, and notes that the series is at its starting value where no thread has given it one. */
  initialise(slot: SlotIndex): void {
    if (!this.isInitialised(slot)) this.addShown(slot, SHOWN | INITIALISED);
  }

  isShown(slot: SlotIndex): boolean {
    return Atomics.load(this.words, this.field(slot, SLOT_SHOWN_OFFSET)) !== 0;
  }

  isInitialised(slot: SlotIndex): boolean {
    return (Atomics.load(this.words, this.field(slot, SLOT_SHOWN_OFFSET)) & INITIALISED) !== 0;
  }

  /** Takes a live slot out of every scrape. True for the one caller that must unlink it now. */
  beginRetire(slot: SlotIndex, owner: number): boolean {
    const word = this.stateWord(slot);
    if ((word & STATE_MASK) !== SLOT_LIVE) return false;
    if (!this.exchange(slot, word, SLOT_RETIRING, owner)) return false;
    this.arena.addToHeader(HEADER_STRUCTURE_OFFSET, 1);
    return true;
  }

  /** States that an unlinked slot may be reused once every lease has announced `epoch`. */
  finishRetire(slot: SlotIndex, epoch: number): void {
    Atomics.store(this.words, this.field(slot, SLOT_RETIRE_EPOCH_OFFSET), epoch);
    const word = this.stateWord(slot);
    // Publishes the epoch: reclaim reads it only in state retired. Keep this exchange last.
    if ((word & STATE_MASK) === SLOT_RETIRING) this.exchange(slot, word, SLOT_RETIRED, 0);
  }

  retireEpoch(slot: SlotIndex): number {
    return Atomics.load(this.words, this.field(slot, SLOT_RETIRE_EPOCH_OFFSET));
  }

  /**
   * Makes a retired slot the caller's to empty, if its state word is still `word`: the slot may have been reused and
   * retired again, with a later epoch, since the caller judged its epoch. True for one caller.
   */
  beginReclaim(slot: SlotIndex, word: number, owner: number): boolean {
    return stateIn(word) === SLOT_RETIRED && this.exchange(slot, word, SLOT_RECLAIMING, owner);
  }

  /**
   * Takes over a slot that a dead thread was building, if its state word is still `word`: then it was never published,
   * for a published slot does not go back to building.
   */
  takeOver(slot: SlotIndex, word: number, owner: number): boolean {
    return stateIn(word) === SLOT_BUILDING && this.exchange(slot, word, SLOT_RECLAIMING, owner);
  }

  /** Returns a slot that the caller is building or reclaiming; its key and cells belong to nobody any more. */
  release(slot: SlotIndex): void {
    this.setKey(slot, 0);
    this.setCells(slot, 0);
    this.words[this.field(slot, SLOT_SEQUENCE_OFFSET)] = 0;
    const word = this.stateWord(slot);
    Atomics.store(
      this.words,
      this.field(slot, SLOT_STATE_OFFSET),
      ((word & ~(STATE_MASK | (OWNER_MASK << OWNER_SHIFT))) + GENERATION_UNIT) | SLOT_FREE | 0,
    );
  }

  sequence(slot: SlotIndex): number {
    return this.words[this.field(slot, SLOT_SEQUENCE_OFFSET)]!;
  }

  hash(slot: SlotIndex): number {
    return this.words[this.field(slot, SLOT_HASH_OFFSET)]!;
  }

  /** Index in the arena's words of the chain link; only the index reads or writes it. */
  nextIndex(slot: SlotIndex): number {
    return this.field(slot, SLOT_NEXT_OFFSET);
  }

  keyOffset(slot: SlotIndex): number {
    return this.words[this.field(slot, SLOT_KEY_OFFSET_OFFSET)]! >>> 0;
  }

  keyBytes(slot: SlotIndex): number {
    return this.words[this.field(slot, SLOT_KEY_BYTES_OFFSET)]! >>> 0;
  }

  payloadBytes(slot: SlotIndex): number {
    return this.words[this.field(slot, SLOT_PAYLOAD_BYTES_OFFSET)]! >>> 0;
  }

  cellOffset(slot: SlotIndex): CellOffset {
    return (this.words[this.field(slot, SLOT_CELL_OFFSET_OFFSET)]! >>> 0) as CellOffset;
  }

  cellBytes(slot: SlotIndex): number {
    return this.words[this.field(slot, SLOT_CELL_BYTES_OFFSET)]! >>> 0;
  }

  /** The family of a series, NO_SLOT for a family. */
  family(slot: SlotIndex): SlotIndex {
    return (this.words[this.field(slot, SLOT_FAMILY_OFFSET)]! - 1) as SlotIndex;
  }

  kind(slot: SlotIndex): number {
    return this.words[this.field(slot, SLOT_KIND_OFFSET)]!;
  }

  createdMs(slot: SlotIndex): number {
    return this.arena.doubles[(this.offset(slot) + SLOT_CREATED_MS_OFFSET) / U64_BYTES]!;
  }

  /** Notes a key block while building, so that it can be freed if the builder dies. */
  setKey(slot: SlotIndex, keyOffset: number): void {
    Atomics.store(this.words, this.field(slot, SLOT_KEY_OFFSET_OFFSET), keyOffset | 0);
  }

  /** Notes a block of cells while building, so that it can be freed if the builder dies. */
  setCells(slot: SlotIndex, cellOffset: number): void {
    Atomics.store(this.words, this.field(slot, SLOT_CELL_OFFSET_OFFSET), cellOffset | 0);
  }

  /** Adds to the number of series reserved in a family; returns the number before. */
  addSeriesCount(family: SlotIndex, delta: number): number {
    return Atomics.add(this.words, this.field(family, SLOT_SERIES_COUNT_OFFSET), delta);
  }

  seriesCount(family: SlotIndex): number {
    return Atomics.load(this.words, this.field(family, SLOT_SERIES_COUNT_OFFSET));
  }

  /** Replaces the number of series if it is still `seen`. For the recount after a worker's death. */
  correctSeriesCount(family: SlotIndex, seen: number, counted: number): void {
    Atomics.compareExchange(this.words, this.field(family, SLOT_SERIES_COUNT_OFFSET), seen, counted);
  }

  /** Slots below this have been used; a scan needs to go no further. */
  highWater(): number {
    return this.arena.header(HEADER_SLOT_HIGH_WATER_OFFSET);
  }

  /** Adds bits instead of storing them: a recording and an initialisation that meet keep what both say. */
  private addShown(slot: SlotIndex, bits: number): void {
    Atomics.or(this.words, this.field(slot, SLOT_SHOWN_OFFSET), bits);
    this.arena.addToHeader(HEADER_STRUCTURE_OFFSET, 1);
  }

  private exchange(slot: SlotIndex, seen: number, state: number, owner: number): boolean {
    const wanted = (seen & ~(STATE_MASK | (OWNER_MASK << OWNER_SHIFT))) | (owner << OWNER_SHIFT) | state;
    return Atomics.compareExchange(this.words, this.field(slot, SLOT_STATE_OFFSET), seen, wanted) === seen;
  }

  private offset(slot: SlotIndex): number {
    return this.arena.regions.slotsOffset + slot * SLOT_BYTES;
  }

  private field(slot: SlotIndex, fieldOffset: number): number {
    return this.base + (slot * SLOT_BYTES + fieldOffset) / U32_BYTES;
  }
}
