/** Family binding: one family of a registry, for the metric object of one thread. */
import type { Attachment } from '../memory/attachment.js';
import type { CellPlace, CellWriter } from '../memory/cell-place.js';
import { ownStripeWriter, sharedOnlyWriter, sharedStripeWriter } from '../memory/cell-place.js';
import { SeriesExemplars, SharedExemplarCell, StripedExemplarCell } from '../memory/exemplar-cell.js';
import { ExemplarClaims } from '../memory/exemplar-claims.js';
import { wantedValues } from '../memory/record-key.js';
import { retireMatching } from '../memory/record-removal.js';
import { SeriesCursor } from '../memory/series-cursor.js';
import { NO_SLOT } from '../memory/slots.js';
import { valueBytesOf } from '../primitives/cell-sizes.js';
import type { ExemplarProblem } from '../primitives/exemplar-labels.js';
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import type { MetricObjectWithValues, SeriesValue } from '../primitives/readings.js';
import type { FamilyBinding } from '../primitives/registrar.js';
import type { CardinalityLimits, OverflowReason } from './cardinality.js';
import type { FamilyReader } from './family-reader.js';
import type { FamilyRecord, LiveFamily } from './family-record.js';
import {
  findFamily,
  isCurrent,
  isFamilyLive,
  labelValueMaxOf,
  lookUpFamily,
  setSeriesKey,
} from './family-record.js';
import { emptyMetricObject } from './plain-values.js';
import { ArenaSeriesPlace } from './series-place.js';
import type { PlaceOwner } from './series-place.js';
import { ShownSeries } from './shown-series.js';

/** What the bindings of one engine share. */
export interface BindingParts {
  readonly limits: CardinalityLimits;
  readonly reader: FamilyReader;
}

/** What a binding has to count in families of the registry's own. */
export interface RegistryCounts {
  overflow(familyName: string, reason: OverflowReason): void;
  droppedExemplar(familyName: string, problem: ExemplarProblem): void;
}

export class ArenaFamilyBinding implements FamilyBinding, PlaceOwner {
  readonly descriptor: FamilyDescriptor;
  readonly ownWriter: CellWriter | undefined;
  private readonly limits: CardinalityLimits;
  private readonly reader: FamilyReader;
  private shared: CellWriter | undefined;
  private exemplarCell: StripedExemplarCell | undefined;

  constructor(
    readonly attachment: Attachment,
    private record: FamilyRecord,
    { limits, reader }: BindingParts,
    private readonly counts: RegistryCounts,
  ) {
    this.descriptor = record.descriptor;
    this.limits = limits;
    this.reader = reader;
    this.ownWriter = ownStripeWriter(attachment);
  }

  get labelValueMax(): number {
    return labelValueMaxOf(this.attachment.arena.limits, this.descriptor);
  }

  sharedWriter(): CellWriter {
    return (this.shared ??= sharedStripeWriter(this.attachment));
  }

  sharedOnlyWriter(): CellWriter {
    return sharedOnlyWriter(this.attachment);
  }

  place(values: readonly string[]): ArenaSeriesPlace {
    return new ArenaSeriesPlace(this, values);
  }

  cursor(): SeriesCursor {
    return new SeriesCursor(this.attachment, this.descriptor.name);
  }

  exemplars(place: CellPlace): SeriesExemplars {
    const { attachment, ownWriter, descriptor } = this;
    const { words } = attachment.arena;
    const isAtomic = ownWriter === undefined || descriptor.sharing === 'atomic';
    this.exemplarCell ??= isAtomic
      ? new SharedExemplarCell(words, new ExemplarClaims(attachment))
      : new StripedExemplarCell(words);
    const writer = isAtomic ? this.sharedWriter() : ownWriter;
    return new SeriesExemplars(writer, this.exemplarCell, place, valueBytesOf(descriptor));
  }

  exemplarDropped(problem: ExemplarProblem): void {
    this.counts.droppedExemplar(this.descriptor.name, problem);
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
    this.counts.overflow(family.descriptor.name, reason);
  }

  showOnly(values: readonly string[]): void {
    new ShownSeries(this).show(values);
  }

  value(values: readonly string[]): SeriesValue | undefined {
    const family = this.readable();
    return family && this.reader.value(family, values);
  }

  reading(): MetricObjectWithValues {
    const family = this.readable();
    return (family && this.reader.family(family)) ?? emptyMetricObject(this.descriptor);
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
    if (family === undefined || values.some(value => value.length > this.labelValueMax)) return false;
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

  /** As current(), for readers: publishes nothing, not even a base series that is missing. */
  private readable(): LiveFamily | undefined {
    if (this.attachment.isDetached) return undefined;
    return isFamilyLive(this.attachment, this.record)
      ? this.record
      : lookUpFamily(this.attachment, this.descriptor);
  }
}
