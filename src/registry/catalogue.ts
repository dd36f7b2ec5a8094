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
import { KIND_FAMILY, KIND_OVERFLOW, SLOT_LIVE, stateIn } from '../memory/slots.js';
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

  /** One object for all series of a registry, as long as this thread is attached to it: the store whose slots these are. */
  get store(): object {
    return this.records;
  }

  private assertPresent(): void {
    if (this.records.slots.sequence(this.slot) === this.sequence) return;
    throw new StaleSnapshotError(
      'this series was removed since the snapshot was taken; read a snapshot before the event loop turns again',
    );
  }
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
}

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
    const structure = this.attachment.records.structure();
    if (structure !== this.structure) {
      // Noted before the walk: what changes during it is looked at again next time.
      this.structure = structure;
      this.walk();
    }
    return this.ordered;
  }

  private walk(): void {
    const { slots } = this.attachment.records;
    const appeared: SlotIndex[] = [];
    const highWater = slots.highWater();
    for (let index = 0; index < highWater; index++) {
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
      return;
    }
    const isOverflow = slots.kind(slot) === KIND_OVERFLOW;
    const entry = new SeriesEntry(
      records,
      family,
      slot,
      slots.sequence(slot),
      slots.cellOffset(slot),
      isOverflow,
    );
    this.entries[slot] = entry;
    if (entry.isOverflow) family.overflow = entry;
    else family.appeared.push(entry);
    this.dirty.add(family);
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
