/**
 * Catalogue: the live families and series of an arena, in order, as one thread knows them.
 *
 * Scrapes ask it before they read values. It looks at the arena's structure word first; only when a record appeared or
 * disappeared since does it walk the slots, and then it decodes only what changed.
 *
 * A walk goes in steps of about a millisecond, so that a scrape can let the event loop turn between them. Whoever asks
 * meanwhile finishes the walk that was begun, and looks once more.
 *
 * Promises  A step takes a record from one look at its state: between that and the end of the step this thread passes no
 *           safe point, so the slot is not given to another. Lists that somebody holds do not change.
 */
import type { Attachment } from '../memory/attachment.js';
import type { SlotIndex } from '../memory/layout.js';
import { KIND_FAMILY, KIND_OVERFLOW, SLOT_LIVE, stateIn } from '../memory/slots.js';
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import { decodeDescriptor } from '../primitives/family-descriptor.js';
import { ListedFamily } from './listed-family.js';
import type { OpenLabels } from './open-labels.js';
import { SeriesEntry } from './series-entry.js';
import type { SeriesList } from './series-list.js';

export { SeriesEntry } from './series-entry.js';

export interface FamilyEntry {
  readonly slot: SlotIndex;
  readonly sequence: number;
  /** As it is shown: with open labels, the names that its series have. */
  readonly descriptor: FamilyDescriptor;
  /** The labels of its series, where these bring their own. */
  readonly openLabels?: OpenLabels | undefined;
  /** In order of creation, without the overflow series. Replaced when series come or go, and never changed. */
  series: SeriesList;
  overflow: SeriesEntry | undefined;
  /** Asked for by handles and never recorded into, as the last walk found them; only where idle series expire. */
  readonly hidden: SeriesEntry[];
  /** Mean length of the keys of its series: about what their label values take. */
  readonly keyBytes: number;
}

/** Walks for one scrape at most: more than a few are lost only to threads that do nothing but create and remove. */
const WALK_MAX = 8;
/** Slots of one step: a fraction of a millisecond, also when all of them are new. */
const STEP_SLOTS = 1_024;

export class Catalogue {
  /**
   * The removal epoch from before the last walk that has ended: while it stands, no series of any list has been given to
   * another.
   */
  epoch: number;
  private structure = -1;
  private readonly stateWords: Int32Array;
  /** Of each slot: the id of the family whose series it is; negative, of the family that it is; 0, not listed. */
  private readonly owners: Int32Array;
  private readonly sequences: Int32Array;
  private readonly byId = new Map<number, ListedFamily>();
  private lastId = 0;
  private readonly dirty = new Set<ListedFamily>();
  /** Found by the walk that goes on: families, and series whose family it has not come to. */
  private found: ListedFamily[] = [];
  private orphans: SlotIndex[] = [];
  private ordered: readonly ListedFamily[] = [];
  private walking: Generator<void, void> | undefined;
  private readonly isListed = (slot: number, sequence: number): boolean =>
    this.owners[slot]! > 0 && this.sequences[slot] === sequence;

  constructor(private readonly attachment: Attachment) {
    const { slotCount } = attachment.arena.sizes;
    this.stateWords = new Int32Array(slotCount);
    this.owners = new Int32Array(slotCount);
    this.sequences = new Int32Array(slotCount);
    this.epoch = attachment.records.epoch();
  }

  /** The families that are live now, in order of definition, each with its series in order of creation. */
  families(): readonly FamilyEntry[] {
    if (this.isBehind()) for (const steps = this.catchUp(); !steps.next().done;);
    return this.ordered;
  }

  /** True when families() would walk. */
  isBehind(): boolean {
    return this.walking !== undefined || this.attachment.records.structure() !== this.structure;
  }

  /**
   * Does in steps what families() does at once. Between two of them anything may happen; directly after the last one,
   * families() returns what it has found.
   */
  *catchUp(): Generator<void, void> {
    // Begun by somebody else, it may have passed what this caller has to see.
    while (this.step(this.walking)) yield;
    for (let walks = 0; walks < WALK_MAX; walks++) {
      if (this.attachment.records.structure() === this.structure) return;
      const walk = this.walk();
      this.walking = walk;
      while (this.step(walk)) yield;
      // A set may have published in a slot that the walk had passed and retired in one that it had not reached yet: then
      // an info that has a label set at every moment had none for this walk. Nothing else is wrong by coming a scrape late.
      if (!this.ordered.some(family => this.isMissed(family))) return;
    }
  }

  /** Goes on with a walk. False when it is over, also when somebody else has finished it. */
  private step(walk: Generator<void, void> | undefined): boolean {
    if (walk === undefined || this.walking !== walk) return false;
    let isOver = true;
    try {
      isOver = walk.next().done === true;
    } catch (error) {
      // What it has not come to would never be looked at.
      this.structure = -1;
      throw error;
    } finally {
      if (isOver) this.walking = undefined;
    }
    return !isOver;
  }

  /** True for an info that has a series, by its count, and none that the walk has found. */
  private isMissed({ descriptor, series, slot }: FamilyEntry): boolean {
    if (descriptor.type !== 'info' || series.length > 0) return false;
    return this.attachment.records.slots.seriesCount(slot) > 0;
  }

  private *walk(): Generator<void, void> {
    const { records } = this.attachment;
    // Noted before the walk: what changes during it is looked at again next time.
    this.structure = records.structure();
    const epoch = records.epoch();
    for (const family of this.ordered) family.hidden.length = 0;
    // As far as slots are used by then: what is set again and again goes on from one slot to the next, ahead of the walk.
    for (let from = 0; from < records.slots.highWater();) {
      if (from > 0) yield;
      from = this.look(from, Math.min(from + STEP_SLOTS, records.slots.highWater()));
    }
    for (let i = 0; i < this.orphans.length; i++) {
      if (i > 0 && i % STEP_SLOTS === 0) yield;
      this.adopt(this.orphans[i]!);
    }
    this.orphans = [];
    for (const family of this.dirty) yield* family.tidy(this.isListed);
    this.dirty.clear();
    if (this.found.length > 0)
      this.ordered = [...this.ordered, ...this.found].sort((a, b) => (a.sequence - b.sequence) | 0);
    this.found = [];
    this.epoch = epoch;
  }

  /** Looks at the slots from `from` on; returns the first one that was not looked at. */
  private look(from: number, to: number): number {
    const { slots } = this.attachment.records;
    const { stateWords, owners, sequences } = this;
    for (let index = from; index < to; index++) {
      const slot = index as SlotIndex;
      const word = slots.stateWord(slot);
      const owner = owners[index]!;
      if (word === stateWords[index] && (owner === 0 || sequences[index] === slots.sequence(slot))) continue;
      stateWords[index] = word;
      if (owner !== 0) this.drop(index, owner);
      // From the word that was noted: a second read might see a state that the next walk takes for old.
      if (stateIn(word) !== SLOT_LIVE) continue;
      if (slots.kind(slot) === KIND_FAMILY) this.addFamily(slot);
      // A series may stand in a lower slot than its family.
      else if (!this.addSeries(slot)) this.orphans.push(slot);
    }
    return to;
  }

  private drop(index: number, owner: number): void {
    this.owners[index] = 0;
    const family = this.byId.get(Math.abs(owner));
    if (family === undefined) return;
    if (owner < 0) {
      this.byId.delete(family.id);
      this.ordered = this.ordered.filter(other => other !== family);
    } else if (family.overflow?.slot === index) family.overflow = undefined;
    else {
      family.lose();
      this.dirty.add(family);
    }
  }

  private addFamily(slot: SlotIndex): void {
    const { records } = this.attachment;
    const sequence = records.slots.sequence(slot);
    const family = new ListedFamily(++this.lastId, slot, sequence, decodeDescriptor(records.payloadOf(slot)));
    family.expect(Math.min(records.slots.seriesCount(slot), this.owners.length));
    this.owners[slot] = -family.id;
    this.sequences[slot] = sequence;
    this.byId.set(family.id, family);
    this.found.push(family);
  }

  /** A series whose family stands in a higher slot, or is gone. */
  private adopt(slot: SlotIndex): void {
    // Found some steps ago, it may be another one by now; then the structure word has moved, and the next walk sees it.
    if (this.attachment.records.slots.stateWord(slot) !== this.stateWords[slot]) return;
    // Its family is gone: the publisher is about to retire it. Look at it again with the next change.
    if (!this.addSeries(slot)) this.stateWords[slot] = 0;
  }

  /** False when its family is not known. */
  private addSeries(slot: SlotIndex): boolean {
    const { records } = this.attachment;
    const { slots } = records;
    const familyOwner = this.owners[slots.family(slot)] ?? 0;
    const family = familyOwner < 0 ? this.byId.get(-familyOwner) : undefined;
    if (family === undefined || family.sequence !== records.familySequenceOf(slot)) return false;
    if (!slots.isShown(slot)) {
      // A handle has asked for it, nothing was recorded yet: showing it changes the structure word, not the state.
      this.stateWords[slot] = 0;
      if (family.descriptor.idleExpirySeconds > 0) family.hidden.push(this.entryOf(family, slot));
      return true;
    }
    const sequence = slots.sequence(slot);
    this.owners[slot] = family.id;
    this.sequences[slot] = sequence;
    if (slots.kind(slot) === KIND_OVERFLOW) family.overflow = this.entryOf(family, slot);
    else {
      family.openLabels?.add(records, slot, sequence);
      family.add(slot, sequence, slots.cellOffset(slot), slots.keyBytes(slot));
      this.dirty.add(family);
    }
    return true;
  }

  private entryOf(family: FamilyEntry, slot: SlotIndex): SeriesEntry {
    const { records } = this.attachment;
    const { slots } = records;
    const isOverflow = slots.kind(slot) === KIND_OVERFLOW;
    return new SeriesEntry(records, family, slot, slots.sequence(slot), slots.cellOffset(slot), isOverflow);
  }
}
