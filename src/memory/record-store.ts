/**
 * Record store: publishes, retires and reuses the records of families and series.
 *
 * Writers   any thread, each through a store of its own over the same arena.
 * Readers   any thread with a lease.
 * Promises  publish: a record is built in space that nobody else can reach, and one compare-exchange of the index makes
 *           it visible; the loser of a race gets the winner's record. retire: the record leaves scrapes and lookups at
 *           once; its cells are given to another series only after every lease has passed a safe point since, so a
 *           handle kept by some thread never writes into a stranger's cells. A thread killed at any instruction leaves
 *           nothing half visible; what it had claimed is found by its owner number and returned (recover).
 * Progress  lock-free. A lookup that meets a record half retired finishes the unlinking itself and goes on.
 */
import type { Arena } from './arena.js';
import { BlockMerge } from './block-merge.js';
import type { BlockPool } from './block-pool.js';
import { cellPool, keyPool } from './block-pool.js';
import {
  EPOCH_INDEX,
  HEADER_ANONYMOUS_THREADS_OFFSET,
  HEADER_LEASE_HIGH_WATER_OFFSET,
  HEADER_RETRY_LIMIT_HITS_OFFSET,
  HEADER_STRUCTURE_OFFSET,
  U32_BYTES,
  UNRESOLVED_EPOCH,
} from './layout.js';
import type { SlotIndex } from './layout.js';
import type { Leases } from './leases.js';
import { RecordIndex } from './record-index.js';
import {
  RecordKey,
  SERIES_KEY_SEQUENCE_OFFSET,
  decodeSeriesValues,
  hasSeriesValues,
  visitSeriesValues,
} from './record-key.js';
import type { LabelValueVisitor, WantedValues } from './record-key.js';
import type { SlotFields } from './slots.js';
import { Reservations } from './reservations.js';
import {
  KIND_FAMILY,
  KIND_MERGE,
  KIND_SERIES,
  NO_SLOT,
  SLOT_BUILDING,
  SLOT_LIVE,
  SLOT_RECLAIMING,
  SLOT_RETIRED,
  SLOT_RETIRING,
  Slots,
  stateIn,
} from './slots.js';

/** Reclaim before taking fresh space after this many removals, and this share of the slots: a pass looks at all slots. */
export const RECLAIM_BATCH = 64;
const RECLAIM_SHARE = 1 / 8;

/** Larger cells are zeroed where they are not 0 only: most stripes have never touched most of them. */
const ZEROED_UNREAD_MAX_BYTES = 1_024;
/**
 * Bytes of cells that a pass looks at before it leaves the rest to the next one: a recording that creates a series is not
 * to wait for the removal of thousands. At least one record is returned in each pass.
 */
export const RECLAIM_PASS_BYTES = 1_048_576;
/** Passes of one thread for one record; what is not found by then is not waited for. */
const RECLAIM_PASSES_MAX = 64;
const LOOKUP_RETRY_MAX = 10_000;
const FAMILY_NAME_BYTES_MAX = 4096;

/** The record that is visible under a key now. */
export interface Published {
  readonly slot: SlotIndex;
  /** False when another thread's equal record was there first. */
  readonly isNew: boolean;
}

/** What a new record consists of, apart from its key. */
export interface NewRecord extends SlotFields {
  /** Bytes kept behind the key: the definition of a family. */
  readonly payload?: Uint8Array;
}

export class RecordStore {
  readonly slots: Slots;
  readonly reservations: Reservations;
  /** Scratch for the key of the next find, publish or retire. */
  readonly key: RecordKey;
  private readonly index: RecordIndex;
  /** The removal epoch, and the floor, at which this thread last began to look at all slots. */
  private reclaimedAt = 0;
  private reclaimedFloor = 0;
  /** Where the next pass goes on, when the last one ended at its limit of bytes; else 0. */
  private reclaimFrom = 0;
  private readonly keys: BlockPool;
  private readonly cells: BlockPool;
  private readonly blocks: BlockMerge;
  /** The arena's bytes, as what decodes text without copying it first. */
  private readonly text: Buffer;

  /** `owner` is the lease index + 1 of the thread that this store works for. */
  constructor(
    private readonly arena: Arena,
    private readonly leases: Leases,
    private readonly owner: number,
  ) {
    const { labelsMax, labelValueMax } = arena.limits;
    const keyBytesMax = FAMILY_NAME_BYTES_MAX + 16 + labelsMax * (4 + 3 * labelValueMax);
    this.key = new RecordKey(keyBytesMax, Number.parseInt(arena.identity.slice(-8), 16));
    this.slots = new Slots(arena);
    this.reservations = new Reservations(arena, this.slots, leases, owner);
    this.index = new RecordIndex(arena, this.slots);
    this.keys = keyPool(arena);
    this.cells = cellPool(arena);
    this.blocks = new BlockMerge(arena, this.slots, owner, [this.keys, this.cells]);
    this.text = Buffer.from(arena.buffer);
  }

  /** The removal epoch: read it before a lookup, and it dates everything that the lookup found. */
  epoch(): number {
    return Atomics.load(this.arena.words, EPOCH_INDEX);
  }

  /** Makes every handle of every thread look up its place at its next use; returns the new epoch. */
  advanceEpoch(): number {
    let seen = this.epoch();
    for (;;) {
      // Never UNRESOLVED_EPOCH, not for a moment: a handle without a place would take it for its own.
      const next = (seen + 1) | 0 || 1;
      const wanted = next === UNRESOLVED_EPOCH ? 1 : next;
      const found = Atomics.compareExchange(this.arena.words, EPOCH_INDEX, seen, wanted);
      if (found === seen) return wanted;
      seen = found;
    }
  }

  /** The live record under `this.key`, or NO_SLOT. */
  find(): SlotIndex {
    const hash = this.key.hash();
    for (let attempt = 0; attempt < LOOKUP_RETRY_MAX; attempt++) {
      const slot = this.index.find(this.key, hash);
      if (slot === NO_SLOT || this.settle(slot, hash)) return slot;
    }
    this.arena.addToHeader(HEADER_RETRY_LIMIT_HITS_OFFSET, 1);
    return NO_SLOT;
  }

  /**
   * Makes the record under `this.key` visible, unless there is one already.
   *
   * @returns the record that is visible now; undefined when slots, keys or cells are used up
   */
  publish(record: NewRecord): Published | undefined {
    if (this.isReclaimDue()) this.reclaim();
    let slot = this.build(record);
    for (let pass = 0; slot === NO_SLOT && pass < RECLAIM_PASSES_MAX && this.reclaim() > 0; pass++)
      slot = this.build(record);
    if (slot === NO_SLOT && this.mergeFor(record)) slot = this.build(record);
    if (slot === NO_SLOT) return undefined;
    const hash = this.slots.hash(slot);
    for (let attempt = 0; attempt < LOOKUP_RETRY_MAX; attempt++) {
      const linked = this.index.insert(slot, this.key, hash);
      if (linked === slot) {
        this.slots.publish(slot);
        this.reservations.settle();
        return { slot, isNew: true };
      }
      if (linked !== NO_SLOT && !this.settle(linked, hash)) continue;
      this.abandon(slot);
      // The index has counted that it gave up.
      return linked === NO_SLOT ? undefined : { slot: linked, isNew: false };
    }
    this.arena.addToHeader(HEADER_RETRY_LIMIT_HITS_OFFSET, 1);
    this.abandon(slot);
    return undefined;
  }

  /**
   * Takes a live record out of lookups and scrapes.
   *
   * @returns false when another thread retired it first
   */
  retire(slot: SlotIndex): boolean {
    if (!this.slots.beginRetire(slot, this.owner)) return false;
    this.uncount(slot);
    this.completeRetire(slot);
    return true;
  }

  /**
   * Retires a family and all its series.
   *
   * @returns false when another thread retired the family first; that thread retires the series
   */
  retireFamily(family: SlotIndex): boolean {
    // The family first: a series published after the scan below finds its family gone and retires itself.
    if (!this.retire(family)) return false;
    for (const series of this.seriesOf(family)) this.retire(series);
    return true;
  }

  /** The live series of a family at this moment, the overflow series included, in no particular order. */
  seriesOf(family: SlotIndex): SlotIndex[] {
    const found: SlotIndex[] = [];
    const highWater = this.slots.highWater();
    const sequence = this.slots.sequence(family);
    for (let index = 0; index < highWater; index++) {
      const slot = index as SlotIndex;
      if (this.belongsTo(slot, family, sequence)) found.push(slot);
    }
    return found;
  }

  /**
   * Returns the space of records that nobody can reference any more.
   *
   * @returns how many records were returned
   */
  reclaim(): number {
    if (this.arena.header(HEADER_ANONYMOUS_THREADS_OFFSET) > 0) return 0;
    const isResumed = this.reclaimFrom > 0;
    const reclaimed = this.pass();
    // What was removed since that pass began may stand before the place where it went on.
    return reclaimed === 0 && isResumed ? this.pass() : reclaimed;
  }

  /** Goes on where the last pass ended at its limit of bytes, or looks at all slots. */
  private pass(): number {
    const epoch = this.epoch();
    const floor = this.leases.announcedFloor();
    if (this.reclaimFrom === 0) {
      // Nothing was removed and nobody passed a safe point since all slots were looked at: there is nothing to find.
      if (epoch === this.reclaimedAt && floor === this.reclaimedFloor) return 0;
      this.reclaimedAt = epoch;
      this.reclaimedFloor = floor;
    }
    const highWater = this.slots.highWater();
    let reclaimed = 0;
    let bytesLeft = RECLAIM_PASS_BYTES;
    const first = this.reclaimFrom;
    this.reclaimFrom = 0;
    for (let index = first; index < highWater; index++) {
      const slot = index as SlotIndex;
      const word = this.slots.stateWord(slot);
      if (stateIn(word) !== SLOT_RETIRED) continue;
      if (((floor - this.slots.retireEpoch(slot)) | 0) < 0) continue;
      if (!this.slots.beginReclaim(slot, word, this.owner)) continue;
      bytesLeft -= this.slots.cellBytes(slot) * this.stripesInUse();
      this.empty(slot);
      reclaimed++;
      if (bytesLeft > 0) continue;
      this.reclaimFrom = index + 1;
      break;
    }
    return reclaimed;
  }

  /**
   * Finishes or undoes what a dead owner had begun. The owner's thread must have exited, and its lease must still be
   * held, so that no new thread works under the same number meanwhile.
   */
  recover(deadOwner: number): void {
    const highWater = this.slots.highWater();
    for (let index = 0; index < highWater; index++) {
      const slot = index as SlotIndex;
      if (this.slots.owner(slot) !== deadOwner) continue;
      const state = this.slots.state(slot);
      if (state === SLOT_BUILDING) this.recoverBuilding(slot);
      if (state === SLOT_RETIRING) this.completeRetire(slot);
      if (state === SLOT_RECLAIMING) this.empty(slot);
    }
    this.retireOrphans();
    // The dead may have changed a state and not come to say so: every reader looks at all records again.
    this.arena.addToHeader(HEADER_STRUCTURE_OFFSET, 1);
  }

  /** Grows with every record that appears or disappears; equal values mean an unchanged set of records. */
  structure(): number {
    return this.arena.header(HEADER_STRUCTURE_OFFSET);
  }

  /** The label values of a series, in the order of its family's label names. */
  labelValuesOf(series: SlotIndex): string[] {
    const start = this.arena.regions.keysOffset + this.slots.keyOffset(series);
    return decodeSeriesValues(this.text, start, this.slots.keyBytes(series));
  }

  /** Visits the label values of a series as labelValuesOf gives them, as bytes. */
  visitLabelValues(series: SlotIndex, visit: LabelValueVisitor): void {
    const start = this.arena.regions.keysOffset + this.slots.keyOffset(series);
    visitSeriesValues(this.arena.bytes, start, this.slots.keyBytes(series), visit);
  }

  /** True when a series has the wanted label values. */
  hasLabelValues(series: SlotIndex, wanted: WantedValues): boolean {
    const start = this.arena.regions.keysOffset + this.slots.keyOffset(series);
    return hasSeriesValues(this.arena.bytes, start, this.slots.keyBytes(series), wanted);
  }

  /** The sequence number of the family that a series was created in, from its key. */
  familySequenceOf(series: SlotIndex): number {
    const start = this.arena.regions.keysOffset + this.slots.keyOffset(series);
    return this.text.readInt32LE(start + SERIES_KEY_SEQUENCE_OFFSET);
  }

  /** A copy of what stands behind the key of a record. */
  payloadOf(slot: SlotIndex): Uint8Array {
    const start = this.arena.regions.keysOffset + this.slots.keyOffset(slot) + this.slots.keyBytes(slot);
    return this.arena.bytes.slice(start, start + this.slots.payloadBytes(slot));
  }

  /** Often enough to keep the touched memory near the live set, seldom enough that a removal pays for few slots. */
  private isReclaimDue(): boolean {
    if (this.reclaimFrom !== 0) return true;
    // Every removal moves the epoch by one.
    const removals = (this.epoch() - this.reclaimedAt) | 0;
    return removals >= Math.max(RECLAIM_BATCH, this.slots.highWater() * RECLAIM_SHARE);
  }

  /** Makes larger blocks of small ones that are free; true when a record that found no space may find it now. */
  private mergeFor({ payload, cellBytes }: NewRecord): boolean {
    return this.blocks.merge(this.key.length + (payload?.length ?? 0), cellBytes);
  }

  private build(record: NewRecord): SlotIndex {
    const { key, slots } = this;
    const payloadBytes = record.payload?.length ?? 0;
    const slot = slots.claim(this.owner);
    if (slot === NO_SLOT) return NO_SLOT;
    // Sizes before offsets: whoever finds this slot after our death frees blocks of the right size.
    slots.fill(slot, record, key, payloadBytes);
    const keyOffset = this.keys.allocate(key.length + payloadBytes);
    slots.setKey(slot, keyOffset);
    const cellOffset = record.cellBytes === 0 ? 0 : this.cells.allocate(record.cellBytes);
    slots.setCells(slot, cellOffset);
    if (keyOffset === 0 || (cellOffset === 0 && record.cellBytes > 0)) {
      this.abandon(slot);
      return NO_SLOT;
    }
    const start = this.arena.regions.keysOffset + keyOffset;
    key.copyTo(this.arena.bytes, start);
    if (record.payload !== undefined) this.arena.bytes.set(record.payload, start + key.length);
    return slot;
  }

  /** True when a linked slot is live, after helping a builder that has not come to publish it. */
  private settle(slot: SlotIndex, hash: number): boolean {
    this.slots.publish(slot);
    if (this.slots.state(slot) === SLOT_LIVE) return true;
    // Its remover may be dead: unlink it here, so that this thread can go on.
    this.index.remove(slot, this.key, hash);
    return false;
  }

  private completeRetire(slot: SlotIndex): void {
    this.loadKey(slot);
    if (!this.index.remove(slot, this.key, this.slots.hash(slot))) return;
    this.slots.finishRetire(slot, this.advanceEpoch());
  }

  private uncount(slot: SlotIndex): void {
    if (this.slots.kind(slot) === KIND_SERIES) this.reservations.unreserveSeries(this.slots.family(slot));
    if (this.slots.kind(slot) === KIND_FAMILY) this.reservations.unreserveFamily();
  }

  /** Zeroes the cells in every stripe, then returns cells, key and slot. */
  private empty(slot: SlotIndex): void {
    const { slots } = this;
    if (slots.kind(slot) === KIND_MERGE) {
      this.blocks.giveBack(slot);
      return;
    }
    const cellOffset = slots.cellOffset(slot);
    if (cellOffset !== 0) this.zeroCells(cellOffset, slots.cellBytes(slot));
    this.abandon(slot);
  }

  /** Returns key, cells and slot. Each offset is cleared first: dying in between loses a block, never frees it twice. */
  private abandon(slot: SlotIndex): void {
    const { slots } = this;
    const keyOffset = slots.keyOffset(slot);
    const keyBytes = slots.keyBytes(slot) + slots.payloadBytes(slot);
    const cellOffset = slots.cellOffset(slot);
    const cellBytes = slots.cellBytes(slot);
    slots.setKey(slot, 0);
    if (keyOffset !== 0) this.keys.free(keyOffset, keyBytes);
    slots.setCells(slot, 0);
    if (cellOffset !== 0) this.cells.free(cellOffset, cellBytes);
    slots.release(slot);
  }

  /** Stripes that any thread may have written, the shared one included. */
  private stripesInUse(): number {
    return Math.min(this.arena.header(HEADER_LEASE_HIGH_WATER_OFFSET), this.arena.sizes.stripeCount) + 1;
  }

  private zeroCells(cellOffset: number, cellBytes: number): void {
    for (let stripe = 0; stripe < this.stripesInUse(); stripe++) {
      const start = this.arena.stripeOffset(stripe) + cellOffset;
      if (cellBytes <= ZEROED_UNREAD_MAX_BYTES) this.arena.bytes.fill(0, start, start + cellBytes);
      else zeroWhereNot(this.arena.words, start / U32_BYTES, (start + cellBytes) / U32_BYTES);
    }
  }

  private recoverBuilding(slot: SlotIndex): void {
    // Before the look at the index: others may find the record there, publish it and remove it while we look.
    const word = this.slots.stateWord(slot);
    if (this.slots.kind(slot) === KIND_MERGE) {
      if (this.slots.takeOver(slot, word, this.owner)) this.blocks.giveBack(slot);
      return;
    }
    this.loadKey(slot);
    const hasKey = this.slots.keyOffset(slot) !== 0;
    const isLinked = hasKey && this.index.find(this.key, this.slots.hash(slot)) === slot;
    if (isLinked) this.slots.publish(slot);
    else if ((!hasKey || this.index.isComplete) && this.slots.takeOver(slot, word, this.owner))
      this.abandon(slot);
  }

  /** Retires series whose family is gone: its remover leaves them to this, or their publisher died before it could look. */
  retireOrphans(): void {
    const highWater = this.slots.highWater();
    for (let index = 0; index < highWater; index++) {
      const slot = index as SlotIndex;
      // Live first: what is live after this thread's last safe point is not reused before the next one.
      if (this.slots.state(slot) !== SLOT_LIVE || this.slots.kind(slot) === KIND_FAMILY) continue;
      if (!this.isFamilyLive(slot)) this.retire(slot);
    }
  }

  private isFamilyLive(series: SlotIndex): boolean {
    const family = this.slots.family(series);
    return (
      this.slots.state(family) === SLOT_LIVE && this.slots.sequence(family) === this.familySequenceOf(series)
    );
  }

  /** Live first, as above; and the sequence, because the slot of a removed family may be another's by now. */
  private belongsTo(slot: SlotIndex, family: SlotIndex, familySequence: number): boolean {
    return (
      this.slots.state(slot) === SLOT_LIVE &&
      this.slots.family(slot) === family &&
      this.familySequenceOf(slot) === familySequence
    );
  }

  private loadKey(slot: SlotIndex): void {
    const start = this.arena.regions.keysOffset + this.slots.keyOffset(slot);
    this.key.load(this.arena.bytes, start, this.slots.keyBytes(slot));
  }
}

/** Writing 0 to memory that was never written takes a page of it; reading does not. */
function zeroWhereNot(words: Int32Array, start: number, end: number): void {
  for (let index = start; index < end; index++) if (words[index] !== 0) words[index] = 0;
}
