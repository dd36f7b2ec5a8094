/**
 * Record index: finds a slot by its key, and lets exactly one of several equal keys in.
 *
 * Layout    hash buckets, each the head of a chain of slots. A link is (slot index + 1) * 2, plus 1 when the slot that
 *           holds this link is leaving the chain; 0 ends a chain.
 * Writers   any thread.
 * Promises  Insertion happens at the end of a chain only, by one compare-exchange from 0 to the new slot. Two threads
 *           that insert the same key want the same last link, so one loses, walks the chain again and finds the
 *           winner. A slot that leaves has its own link marked first, after which nothing can be appended to it.
 * Progress  lock-free: a walk restarts only because another thread linked or unlinked; after WALK_RETRY_MAX restarts it
 *           gives up, which the header counts.
 *
 * The marked-link list is T. Harris, "A Pragmatic Implementation of Non-Blocking Linked-Lists" (DISC 2001). Reuse of an
 * unlinked slot waits for every lease (reclamation.ts), so a walk never meets a slot that changed chains.
 */
import type { Arena } from './arena.js';
import { HEADER_RETRY_LIMIT_HITS_OFFSET, U32_BYTES } from './layout.js';
import type { SlotIndex } from './layout.js';
import type { RecordKey } from './record-key.js';
import { NO_SLOT } from './slots.js';
import type { Slots } from './slots.js';

export const WALK_RETRY_MAX = 10_000;

const LEAVING = 1;

/** Where a walk ended. Reused by every walk of one index object. */
interface WalkEnd {
  /** The slot with the key, or NO_SLOT. */
  slot: SlotIndex;
  /** Index in the arena's words of the link that ended the chain. */
  lastLinkIndex: number;
  /** False when the walk gave up. */
  complete: boolean;
}

export class RecordIndex {
  private readonly words: Int32Array;
  private readonly keysOffset: number;
  private readonly end: WalkEnd = { slot: NO_SLOT, lastLinkIndex: 0, complete: true };

  constructor(
    private readonly arena: Arena,
    private readonly slots: Slots,
  ) {
    this.words = arena.words;
    this.keysOffset = arena.regions.keysOffset;
  }

  /** False when the last find or remove gave up, so that NO_SLOT says nothing. */
  get isComplete(): boolean {
    return this.end.complete;
  }

  /** The linked slot with this key, or NO_SLOT. Wait-free unless others unlink at the same time. */
  find(key: RecordKey, hash: number): SlotIndex {
    return this.walk(key, hash).slot;
  }

  /**
   * Links a filled slot, unless an equal key is linked already.
   *
   * @returns the slot that is linked under this key: `slot`, or the winner of a race. NO_SLOT when the walk gave up.
   */
  insert(slot: SlotIndex, key: RecordKey, hash: number): SlotIndex {
    for (let attempt = 0; attempt < WALK_RETRY_MAX; attempt++) {
      const end = this.walk(key, hash);
      if (!end.complete) return NO_SLOT;
      if (end.slot !== NO_SLOT) return end.slot;
      // Publishes the slot: every field was written before, so a walk that sees this link sees the whole record.
      if (Atomics.compareExchange(this.words, end.lastLinkIndex, 0, linkTo(slot)) === 0) return slot;
    }
    this.arena.addToHeader(HEADER_RETRY_LIMIT_HITS_OFFSET, 1);
    return NO_SLOT;
  }

  /**
   * Takes a slot out of its chain. `key` and `hash` are those of the slot.
   *
   * @returns false when the walk gave up; the slot is marked then and a later walk or remove unlinks it
   */
  remove(slot: SlotIndex, key: RecordKey, hash: number): boolean {
    // The mark first: from here on nothing is appended behind this slot, so unlinking it cannot lose a successor.
    Atomics.or(this.words, this.slots.nextIndex(slot), LEAVING);
    return this.walk(key, hash).complete;
  }

  private walk(key: RecordKey, hash: number): WalkEnd {
    const { words, slots } = this;
    for (let attempt = 0; attempt < WALK_RETRY_MAX; attempt++) {
      let linkIndex = this.bucketIndex(hash);
      let link = Atomics.load(words, linkIndex);
      for (;;) {
        // Only bucket heads and links of slots that were not leaving when read get here: the mark is never set.
        if (link === 0) return this.finish(NO_SLOT, linkIndex, true);
        const slot = slotOf(link);
        const next = Atomics.load(words, slots.nextIndex(slot));
        if ((next & LEAVING) !== 0) {
          if (Atomics.compareExchange(words, linkIndex, link, next & ~LEAVING) !== link) break;
          link = next & ~LEAVING;
          continue;
        }
        if (slots.hash(slot) === hash && this.hasKey(slot, key)) return this.finish(slot, linkIndex, true);
        linkIndex = slots.nextIndex(slot);
        link = next;
      }
    }
    this.arena.addToHeader(HEADER_RETRY_LIMIT_HITS_OFFSET, 1);
    return this.finish(NO_SLOT, 0, false);
  }

  private finish(slot: SlotIndex, lastLinkIndex: number, complete: boolean): WalkEnd {
    this.end.slot = slot;
    this.end.lastLinkIndex = lastLinkIndex;
    this.end.complete = complete;
    return this.end;
  }

  private hasKey(slot: SlotIndex, key: RecordKey): boolean {
    return key.equalsAt(
      this.arena.bytes,
      this.keysOffset + this.slots.keyOffset(slot),
      this.slots.keyBytes(slot),
    );
  }

  private bucketIndex(hash: number): number {
    return this.arena.regions.bucketsOffset / U32_BYTES + (hash & (this.arena.sizes.bucketCount - 1));
  }
}

function linkTo(slot: SlotIndex): number {
  return (slot + 1) << 1;
}

function slotOf(link: number): SlotIndex {
  return ((link >>> 1) - 1) as SlotIndex;
}
