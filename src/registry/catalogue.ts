/**
 * Catalogue: the live families and series of an arena, decoded and in order, as one thread knows them.
 *
 * Scrapes ask it before they read values. It looks at the arena's structure word first; only when a record appeared or
 * disappeared since does it walk the slots, and then it decodes only what changed.
 */
import { StaleSnapshotError } from '../errors.js';
import type { Attachment } from '../memory/attachment.js';
import type { CellOffset, SlotIndex } from '../memory/layout.js';
import type { LabelValueVisitor } from '../memory/record-key.js';
import type { RecordStore } from '../memory/record-store.js';
import {
  KIND_FAMILY,
  KIND_OVERFLOW,
  SLOT_LIVE,
  SLOT_RETIRED,
  SLOT_RETIRING,
  stateIn,
} from '../memory/slots.js';
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import { decodeDescriptor } from '../primitives/family-descriptor.js';

export class SeriesEntry {
  constructor(
    private readonly records: RecordStore,
    readonly family: FamilyEntry,
    readonly slot: SlotIndex,
    /** Order of creation in the registry. */
    readonly sequence: number,
    readonly cells: CellOffset,
    readonly isOverflow: boolean,
  ) {}

  /**
   * When the series was created, in seconds since 1970; the same in every thread. After a removal or a reset it is another
   * series, created later.
   *
   * @throws StaleSnapshotError as labelValues()
   */
  get createdSeconds(): number {
    this.assertPresent();
    return this.records.slots.createdMs(this.slot) / 1_000;
  }

  /**
   * Values in the order of the family's label names; empty text for a missing label. Decoded at each call.
   *
   * @throws StaleSnapshotError when the series was removed and its slot has been given to another since
   */
  labelValues(): string[] {
    this.assertPresent();
    return this.records.labelValuesOf(this.slot);
  }

  /** As labelValues(), each as the bytes where they stand: for renderers, which copy them. */
  visitLabelValues(visit: LabelValueVisitor): void {
    this.assertPresent();
    this.records.visitLabelValues(this.slot, visit);
  }

  /** True when the series is shown also while no thread has set it, at its starting value. */
  isInitialised(): boolean {
    return this.records.slots.isInitialised(this.slot);
  }

  /** One object for all series of a registry, as long as this thread is attached to it: the store whose slots these are. */
  get store(): object {
    return this.records;
  }

  /** @throws StaleSnapshotError when the series was removed and its cells may have been given to another since */
  assertUnreclaimed(): void {
    const state = this.records.slots.state(this.slot);
    if (state !== SLOT_LIVE && state !== SLOT_RETIRING && state !== SLOT_RETIRED) throw staleSeries();
    this.assertPresent();
  }

  private assertPresent(): void {
    if (this.records.slots.sequence(this.slot) !== this.sequence) throw staleSeries();
  }
}

function staleSeries(): StaleSnapshotError {
  return new StaleSnapshotError(
    'this series was removed since the snapshot was taken; read a snapshot before the event loop turns again',
  );
}

export interface FamilyEntry {
  readonly slot: SlotIndex;
  readonly sequence: number;
  readonly descriptor: FamilyDescriptor;
  /** In order of creation, without the overflow series. */
  series: readonly SeriesEntry[];
  /** Found in the walk that goes on, not in `series` yet. */
  readonly appeared: SeriesEntry[];
  overflow: SeriesEntry | undefined;
  /** Asked for by handles and never recorded into, as the last walk found them; only where idle series expire. */
  readonly hidden: SeriesEntry[];
}

/** Walks for one scrape at most: more than a few are lost only to threads that do nothing but create and remove. */
const WALK_MAX = 8;

export class Catalogue {
  private structure = -1;
  private readonly stateWords: Int32Array;
  private readonly entries: (FamilyEntry | SeriesEntry | undefined)[] = [];
  private readonly dirty = new Set<FamilyEntry>();
  private ordered: FamilyEntry[] = [];

  constructor(private readonly attachment: Attachment) {
    this.stateWords = new Int32Array(attachment.arena.sizes.slotCount);
  }

  /** The families that are live now, in order of definition, each with its series in order of creation. */
  families(): readonly FamilyEntry[] {
    for (let walks = 0; walks < WALK_MAX; walks++) {
      const structure = this.attachment.records.structure();
      if (structure === this.structure) break;
      // Noted before the walk: what changes during it is looked at again next time.
      this.structure = structure;
      this.walk();
      // A set may have published in a slot that the walk had passed and retired in one that it had not reached yet: then
      // an info that has a label set at every moment had none for this walk. Nothing else is wrong by coming a scrape late.
      if (!this.ordered.some(family => this.isMissed(family))) break;
    }
    return this.ordered;
  }

  /** True for an info that has a series, by its count, and none that the walk has found. */
  private isMissed({ descriptor, series, slot }: FamilyEntry): boolean {
    if (descriptor.type !== 'info' || series.length > 0) return false;
    return this.attachment.records.slots.seriesCount(slot) > 0;
  }

  private walk(): void {
    const { slots } = this.attachment.records;
    const appeared: SlotIndex[] = [];
    for (const family of this.ordered) family.hidden.length = 0;
    let highWater = slots.highWater();
    // As far as slots are used by then: what is set again and again goes on from one slot to the next, ahead of the walk.
    for (let index = 0; index < highWater || index < (highWater = slots.highWater()); index++) {
      const slot = index as SlotIndex;
      const word = slots.stateWord(slot);
      const entry = this.entries[index];
      if (word === this.stateWords[index] && (entry === undefined || entry.sequence === slots.sequence(slot)))
        continue;
      this.stateWords[index] = word;
      if (entry !== undefined) this.drop(index, entry);
      // From the word that was noted: a second read might see a state that the next walk takes for old.
      if (stateIn(word) === SLOT_LIVE) appeared.push(slot);
    }
    // Families first: a series may stand in a lower slot than its family.
    for (const slot of appeared) if (slots.kind(slot) === KIND_FAMILY) this.addFamily(slot);
    for (const slot of appeared) if (slots.kind(slot) !== KIND_FAMILY) this.addSeries(slot);
    this.tidy();
  }

  private drop(index: number, entry: FamilyEntry | SeriesEntry): void {
    this.entries[index] = undefined;
    if ('descriptor' in entry) {
      this.ordered = this.ordered.filter(family => family !== entry);
      return;
    }
    this.dirty.add(entry.family);
  }

  private addFamily(slot: SlotIndex): void {
    const { records } = this.attachment;
    const family: FamilyEntry = {
      slot,
      sequence: records.slots.sequence(slot),
      descriptor: decodeDescriptor(records.payloadOf(slot)),
      series: [],
      appeared: [],
      overflow: undefined,
      hidden: [],
    };
    this.entries[slot] = family;
    this.ordered.push(family);
    this.ordered.sort((a, b) => a.sequence - b.sequence);
  }

  private addSeries(slot: SlotIndex): void {
    const { records } = this.attachment;
    const { slots } = records;
    const family = this.entries[slots.family(slot)];
    const isTheirs =
      family !== undefined && 'descriptor' in family && family.sequence === records.familySequenceOf(slot);
    if (!isTheirs) {
      // Its family is gone: the publisher is about to retire it. Look at it again with the next change.
      this.stateWords[slot] = 0;
      return;
    }
    if (!slots.isShown(slot)) {
      // A handle has asked for it, nothing was recorded yet: showing it changes the structure word, not the state.
      this.stateWords[slot] = 0;
      if (family.descriptor.idleExpirySeconds > 0) family.hidden.push(this.entryOf(family, slot));
      return;
    }
    const entry = this.entryOf(family, slot);
    this.entries[slot] = entry;
    if (entry.isOverflow) family.overflow = entry;
    else family.appeared.push(entry);
    this.dirty.add(family);
  }

  private entryOf(family: FamilyEntry, slot: SlotIndex): SeriesEntry {
    const { records } = this.attachment;
    const { slots } = records;
    const isOverflow = slots.kind(slot) === KIND_OVERFLOW;
    return new SeriesEntry(records, family, slot, slots.sequence(slot), slots.cellOffset(slot), isOverflow);
  }

  private tidy(): void {
    for (const family of this.dirty) {
      // A new array: a snapshot that somebody holds names the old one.
      const isThere = (series: SeriesEntry): boolean => this.entries[series.slot] === series;
      const series = [...family.series, ...family.appeared].filter(isThere);
      family.series = series.sort((a, b) => a.sequence - b.sequence);
      family.appeared.length = 0;
      if (family.overflow !== undefined && this.entries[family.overflow.slot] !== family.overflow) {
        family.overflow = undefined;
      }
    }
    this.dirty.clear();
  }
}
