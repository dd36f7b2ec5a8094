/**
 * Series place: finds or creates the series of one handle, against the cardinality limits.
 *
 * This is the slow path of every recording: it runs at the first use of a handle, once after any removal in the
 * registry, and on every recording beyond a limit.
 */
import type { Attachment } from '../memory/attachment.js';
import { UNRESOLVED_EPOCH } from '../memory/cell-place.js';
import type { CellOffset, SlotIndex } from '../memory/layout.js';
import { NO_SLOT, SLOT_LIVE } from '../memory/slots.js';
import type { OverflowReason } from './cardinality.js';
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import type { SeriesPlace } from '../primitives/registrar.js';
import type { FamilyRecord } from './family-record.js';
import { isFamilyLive, setSeriesKey } from './family-record.js';

/** What a place asks of the registry about its family. */
export interface PlaceOwner {
  readonly attachment: Attachment;
  /** Longest label value of the family, in UTF-16 code units. */
  readonly labelValueMax: number;
  readonly descriptor: FamilyDescriptor;
  /** The family as it is now; undefined when it was removed and not defined again. */
  current(): FamilyRecord | undefined;
  reserve(family: FamilyRecord): OverflowReason | undefined;
  /** A limit forbids a series, and nothing was to be recorded. */
  refused(family: FamilyRecord, reason: OverflowReason): void;
  overflowed(family: FamilyRecord, reason: OverflowReason): void;
}

export class ArenaSeriesPlace implements SeriesPlace {
  cellOffset = 0 as CellOffset;
  epoch = UNRESOLVED_EPOCH;
  slot: SlotIndex = NO_SLOT;
  sequence = 0;
  /** The last of the values, when the others are in a list that other places use too. There are as many as series. */
  private last: string | undefined;

  constructor(
    private readonly owner: PlaceOwner,
    private outer: readonly string[],
  ) {
    // A handle is a slot from the start, so that its address never changes; scrapes see it after a recording.
    const family = owner.current();
    if (family !== undefined) this.find(family, owner.attachment.records.epoch());
  }

  share(outer: readonly string[], last: string): void {
    this.outer = outer;
    this.last = last;
  }

  /** For errors. A getter: no handle needs more memory for it. */
  get familyName(): string {
    return this.owner.descriptor.name;
  }

  isLive(): boolean {
    const { slots } = this.owner.attachment.records;
    return (
      this.slot !== NO_SLOT &&
      slots.state(this.slot) === SLOT_LIVE &&
      slots.sequence(this.slot) === this.sequence
    );
  }

  locate(): boolean {
    const { attachment } = this.owner;
    const { records } = attachment;
    if (attachment.isDetached) return false;
    // Nothing is looked up yet, and every handle checks the epoch for itself: a thread that records without ever
    // turning its event loop lets removed series go here.
    attachment.safePoint();
    // Before the lookup: a removal after this read has a later epoch, and makes the handle look again.
    const epoch = records.epoch();
    if (this.isLive()) this.epoch = epoch;
    else {
      const family = this.owner.current();
      if (family === undefined) return false;
      const reason = this.find(family, epoch);
      if (reason !== undefined) return this.settleForOverflow(family, reason);
    }
    records.slots.show(this.slot);
    return true;
  }

  /**
   * Shows the series to scrapes at its starting value, creating it if need be, and records nothing: not in the overflow
   * series either.
   *
   * @returns false when a limit forbids the series, or its family was removed
   */
  initialise(): boolean {
    const { records } = this.owner.attachment;
    if (!this.isLive()) {
      const family = this.owner.current();
      if (family === undefined) return false;
      const reason = this.find(family, records.epoch());
      if (reason !== undefined) {
        this.owner.refused(family, reason);
        return false;
      }
    }
    records.slots.initialise(this.slot);
    return true;
  }

  /** Finds or creates the series; the reason when a limit forbids it. */
  private find(family: FamilyRecord, epoch: number): OverflowReason | undefined {
    return this.isTooLong() ? 'label_value_length' : this.findOrCreate(family, epoch);
  }

  private findOrCreate(family: FamilyRecord, epoch: number): OverflowReason | undefined {
    const { records } = this.owner.attachment;
    setSeriesKey(this.owner.attachment, family, this.outer, this.last);
    const found = records.find();
    if (found !== NO_SLOT) {
      this.settleOn(found, epoch);
      return undefined;
    }
    const reason = this.owner.reserve(family);
    if (reason !== undefined) return reason;
    const published = records.publish(family.newSeries);
    if (!published?.isNew) records.reservations.unreserveSeries(family.slot);
    if (published === undefined) return 'arena_full';
    this.retireIfOrphan(family, published.slot);
    this.settleOn(published.slot, epoch);
    return undefined;
  }

  private isTooLong(): boolean {
    const { outer, last } = this;
    const max = this.owner.labelValueMax;
    for (let i = 0; i < outer.length; i++) if (outer[i]!.length > max) return true;
    return last !== undefined && last.length > max;
  }

  /** The family may have been removed since it was looked up; its remover may have missed this series then. */
  private retireIfOrphan(family: FamilyRecord, slot: SlotIndex): void {
    if (!isFamilyLive(this.owner.attachment, family)) this.owner.attachment.records.retire(slot);
  }

  private settleOn(slot: SlotIndex, epoch: number): void {
    const { slots } = this.owner.attachment.records;
    this.slot = slot;
    this.sequence = slots.sequence(slot);
    this.cellOffset = slots.cellOffset(slot);
    this.epoch = epoch;
  }

  private settleForOverflow(family: FamilyRecord, reason: OverflowReason): boolean {
    this.slot = NO_SLOT;
    this.epoch = UNRESOLVED_EPOCH;
    this.owner.overflowed(family, reason);
    // Counting the overflow was a recording with a safe point of its own: what was looked up before it may be gone.
    const current = this.owner.current();
    if (current !== undefined) this.cellOffset = current.baseCells;
    return current !== undefined;
  }
}
