/** Family binding: one family of a registry, for the metric object of one thread. */
import type { Attachment } from '../memory/attachment.js';
import type { CellWriter } from '../memory/cell-place.js';
import { ownStripeWriter, sharedStripeWriter } from '../memory/cell-place.js';
import { wantedValues } from '../memory/record-key.js';
import { retireMatching } from '../memory/record-removal.js';
import { NO_SLOT } from '../memory/slots.js';
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import type { FamilyBinding } from '../primitives/registrar.js';
import type { CardinalityLimits, OverflowReason } from './cardinality.js';
import type { FamilyRecord } from './family-record.js';
import { findFamily, isCurrent, setSeriesKey } from './family-record.js';
import { ArenaSeriesPlace } from './series-place.js';
import type { PlaceOwner } from './series-place.js';

export class ArenaFamilyBinding implements FamilyBinding, PlaceOwner {
  readonly descriptor: FamilyDescriptor;
  readonly ownWriter: CellWriter | undefined;
  private shared: CellWriter | undefined;

  constructor(
    readonly attachment: Attachment,
    private record: FamilyRecord,
    private readonly limits: CardinalityLimits,
    private readonly countOverflow: (familyName: string, reason: OverflowReason) => void,
  ) {
    this.descriptor = record.descriptor;
    this.ownWriter = ownStripeWriter(attachment);
  }

  sharedWriter(): CellWriter {
    return (this.shared ??= sharedStripeWriter(this.attachment));
  }

  place(values: readonly string[]): ArenaSeriesPlace {
    return new ArenaSeriesPlace(this, values);
  }

  current(): FamilyRecord | undefined {
    // The lease is another thread's by now: nothing may be published or removed under its number.
    if (this.attachment.isDetached) return undefined;
    if (isCurrent(this.attachment, this.record)) return this.record;
    const found = findFamily(this.attachment, this.descriptor);
    if (found !== undefined) this.record = found;
    return found;
  }

  reserve(family: FamilyRecord): OverflowReason | undefined {
    return this.limits.reserve(family.slot, family.descriptor);
  }

  overflowed(family: FamilyRecord, reason: OverflowReason): void {
    this.limits.warnOverflow(family.descriptor, reason);
    this.countOverflow(family.descriptor.name, reason);
  }

  refused(family: FamilyRecord, reason: OverflowReason): void {
    this.limits.warnRefused(family.descriptor, reason);
  }

  init(values: readonly string[]): boolean {
    if (this.attachment.isDetached) return false;
    // Nothing is looked up yet: a thread that initialises and removes without end needs the space again.
    this.attachment.safePoint();
    return new ArenaSeriesPlace(this, values).initialise();
  }

  remove(values: readonly string[]): boolean {
    const family = this.current();
    // No series has such a value, and a key with it could spell the key of another.
    const { labelValueMax } = this.attachment.arena.limits;
    if (family === undefined || values.some(value => value.length > labelValueMax)) return false;
    setSeriesKey(this.attachment, family, values);
    const slot = this.attachment.records.find();
    return slot !== NO_SLOT && this.attachment.records.retire(slot);
  }

  removeMatching(values: readonly (string | undefined)[]): number {
    const family = this.current();
    if (family === undefined) return 0;
    return retireMatching(this.attachment.records, family.slot, wantedValues(values));
  }

  reset(): void {
    const family = this.current();
    if (family === undefined) return;
    for (const slot of this.attachment.records.seriesOf(family.slot)) this.attachment.records.retire(slot);
    // No reference is held here, and the next line may need the space of what was retired before.
    this.attachment.safePoint();
    // Defines the base series again: a family without labels is there at zero at once.
    this.current();
  }
}
