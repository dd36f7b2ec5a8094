/** Engine: one thread's machinery over one arena - definitions, snapshots, purging of caches. */
import { ConfigurationError } from '../errors.js';
import type { Arena } from '../memory/arena.js';
import type { Attachment } from '../memory/attachment.js';
import { retireAllSeries, retireFamilies } from '../memory/record-removal.js';
import { NO_SLOT } from '../memory/slots.js';
import type { Counter, CounterOptions } from '../primitives/counter.js';
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import { decodeDescriptor } from '../primitives/family-descriptor.js';
import type { OverflowReason } from './cardinality.js';
import { CardinalityLimits, warn } from './cardinality.js';
import { Catalogue } from './catalogue.js';
import { ArenaFamilyBinding } from './family-binding.js';
import { FamilyReader } from './family-reader.js';
import { Paces } from './pace.js';
import { defineFamily, findFamily } from './family-record.js';
import { IdleExpiry } from './idle-expiry.js';
import { NamesInUse, refuseLegacyClash } from './name-clash.js';
import {
  DROPPED_EXEMPLARS_FAMILY,
  DROPPED_EXEMPLARS_HELP,
  OVERFLOW_FAMILY,
  OVERFLOW_HELP,
  OWN_SERIES_MAX,
  ownCounter,
} from './own-families.js';
import type { RegistrySettings } from './registry-options.js';
import { Slices } from './slices.js';
import { SnapshotReader } from './snapshot.js';
import type { FamilySnapshot } from './snapshot.js';

type OverflowLabel = 'family' | 'reason';

/** What an engine asks of the registry object that it works for. */
export interface EngineHost {
  overflowCounter(options: CounterOptions<OverflowLabel>): Counter<OverflowLabel>;
  /** Drops cached handles of removed series. */
  purge(): void;
}

export class Engine {
  readonly arena: Arena;
  readonly catalogue: Catalogue;
  readonly snapshots: SnapshotReader;
  readonly reader: FamilyReader;
  readonly paces = new Paces();
  /** One rendering at a time goes on in them. */
  readonly slices: Slices;
  readonly limits: CardinalityLimits;
  readonly expiry: IdleExpiry;
  private readonly namesInUse = new NamesInUse();
  /** The removal epoch at the last purge of cached handles. */
  private purgedAt: number;
  private readonly stopBeating: () => void;
  private readonly stopSweeping: () => void;

  constructor(
    readonly attachment: Attachment,
    readonly settings: RegistrySettings,
    private readonly host: EngineHost,
    slices = new Slices(),
  ) {
    this.slices = slices;
    this.arena = attachment.arena;
    this.catalogue = new Catalogue(attachment);
    this.snapshots = new SnapshotReader(attachment, this.catalogue);
    this.reader = new FamilyReader(attachment, this.catalogue, this.snapshots);
    this.limits = new CardinalityLimits(attachment.records, this.arena.limits);
    this.expiry = new IdleExpiry(attachment, this.catalogue, this.snapshots);
    this.stopSweeping = attachment.offerSweeps();
    this.purgedAt = attachment.records.epoch();
    this.stopBeating = attachment.onBeat(() => this.beat());
  }

  /** What this thread does with each heartbeat; `nowMs` is on a clock that never goes back. */
  beat(nowMs = performance.now()): void {
    this.expiry.beat(nowMs);
    const epoch = this.attachment.records.epoch();
    if (epoch === this.purgedAt) return;
    this.purgedAt = epoch;
    this.host.purge();
  }

  /** @throws DefinitionConflictError, ArenaFullError, ConfigurationError for a refused label name; nothing is defined */
  define(descriptor: FamilyDescriptor): ArenaFamilyBinding {
    this.judgeLabelNames(descriptor);
    // No reference is held here, and a thread that defines and removes without end needs the space again.
    this.attachment.safePoint();
    this.refuseNameClash(descriptor);
    // Before the family is there: a thread killed in between must not leave one that nobody looks at.
    if (descriptor.idleExpirySeconds > 0) this.attachment.useIdleExpiry();
    const record = defineFamily(this.attachment, descriptor);
    return new ArenaFamilyBinding(this.attachment, record, this, {
      overflow: (family, reason) => this.countOverflow(family, reason),
      droppedExemplar: (family, reason) =>
        this.ownCounter(DROPPED_EXEMPLARS_FAMILY, DROPPED_EXEMPLARS_HELP)?.inc({ family, reason }),
    });
  }

  /** Label names of a family that usually have a value for each user or request. */
  suspiciousLabels(descriptor: FamilyDescriptor): string[] {
    return descriptor.labelNames.filter(label => this.settings.highCardinalityLabels.includes(label));
  }

  /** True while a family of this name is there, whichever thread defined it. */
  isDefined(name: string): boolean {
    const { records } = this.attachment;
    records.key.setFamily(name);
    return records.find() !== NO_SLOT;
  }

  /** The values of one family, as take() of the snapshots reads them; undefined when it is not there. */
  snapshotOf(name: string): FamilySnapshot | undefined {
    this.attachment.pin();
    try {
      const families = this.catalogue.families().filter(({ descriptor }) => descriptor.name === name);
      return this.snapshots.takeOf(families).families[0];
    } finally {
      this.attachment.unpin();
    }
  }

  removeFamily(name: string): void {
    const { records } = this.attachment;
    records.key.setFamily(name);
    const slot = records.find();
    if (slot !== NO_SLOT) records.retireFamily(slot);
  }

  removeAllFamilies(): void {
    const families = this.catalogue.families().map(family => family.slot);
    retireFamilies(this.attachment.records, families);
  }

  resetAllFamilies(): void {
    retireAllSeries(this.attachment.records);
    const families = this.catalogue.families().map(({ slot }) => this.attachment.records.payloadOf(slot));
    // From here on slots may be reused: families are found by their names.
    this.attachment.safePoint();
    // Publishes the base series again, so that a family without labels is at 0 and not absent.
    for (const payload of families) findFamily(this.attachment, decodeDescriptor(payload));
  }

  close(): void {
    this.stopBeating();
    this.stopSweeping();
  }

  private refuseNameClash(descriptor: FamilyDescriptor): void {
    if (this.settings.nameValidationScheme === 'utf8')
      this.namesInUse.refuseClash(this.catalogue.families(), descriptor);
    else refuseLegacyClash(this.attachment.records, descriptor);
  }

  private judgeLabelNames(descriptor: FamilyDescriptor): void {
    const action = this.settings.highCardinalityAction;
    const suspicious = action === 'ignore' ? [] : this.suspiciousLabels(descriptor);
    if (suspicious.length === 0) return;
    const message =
      `label ${suspicious.join(', ')} of ${descriptor.name} usually has a value for each user or request, ` +
      `and each value is a series; drop the label, or set highCardinalityAction to ignore`;
    if (action === 'error') throw new ConfigurationError(descriptor.name, [message]);
    warn(message);
  }

  /** Undefined when it cannot be defined: a recording never throws for that. */
  private ownCounter(name: string, help: string): Counter<OverflowLabel> | undefined {
    return ownCounter(() =>
      this.host.overflowCounter({
        name,
        help,
        labelNames: ['family', 'reason'],
        seriesMax: OWN_SERIES_MAX,
      }),
    );
  }

  private countOverflow(family: string, reason: OverflowReason): void {
    // Its own overflow would count itself without end.
    if (family === OVERFLOW_FAMILY) return;
    this.ownCounter(OVERFLOW_FAMILY, OVERFLOW_HELP)?.inc({ family, reason });
  }
}
