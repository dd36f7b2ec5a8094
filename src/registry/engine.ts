/** Engine: one thread's machinery over one arena - definitions, snapshots, purging of caches. */
import { ConfigurationError, DefinitionConflictError } from '../errors.js';
import type { Arena } from '../memory/arena.js';
import type { Attachment } from '../memory/attachment.js';
import type { SlotIndex } from '../memory/layout.js';
import { NO_SLOT } from '../memory/slots.js';
import type { Counter, CounterOptions } from '../primitives/counter.js';
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import type { OverflowReason } from './cardinality.js';
import { CardinalityLimits, warn } from './cardinality.js';
import { Catalogue } from './catalogue.js';
import { ArenaFamilyBinding } from './family-binding.js';
import { defineFamily, findFamily } from './family-record.js';
import { OVERFLOW_FAMILY, OVERFLOW_HELP, OWN_SERIES_MAX, ownCounter } from './own-families.js';
import type { RegistrySettings } from './registry-options.js';
import { SnapshotReader } from './snapshot.js';

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
  readonly limits: CardinalityLimits;
  private readonly stopPurging: () => void;

  constructor(
    readonly attachment: Attachment,
    readonly settings: RegistrySettings,
    private readonly host: EngineHost,
  ) {
    this.arena = attachment.arena;
    this.catalogue = new Catalogue(attachment);
    this.snapshots = new SnapshotReader(attachment, this.catalogue);
    this.limits = new CardinalityLimits(attachment.records, this.arena.limits);
    let purgedAt = attachment.records.epoch();
    this.stopPurging = attachment.onBeat(() => {
      const epoch = attachment.records.epoch();
      if (epoch === purgedAt) return;
      purgedAt = epoch;
      host.purge();
    });
  }

  /** @throws DefinitionConflictError, ArenaFullError, ConfigurationError for a refused label name; nothing is defined */
  define(descriptor: FamilyDescriptor): ArenaFamilyBinding {
    this.judgeLabelNames(descriptor);
    // No reference is held here, and a thread that defines and removes without end needs the space again.
    this.attachment.safePoint();
    const record = defineFamily(this.attachment, descriptor);
    return new ArenaFamilyBinding(this.attachment, record, this.limits, (family, reason) =>
      this.countOverflow(family, reason),
    );
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

  removeFamily(name: string): void {
    const { records } = this.attachment;
    records.key.setFamily(name);
    const slot = records.find();
    if (slot !== NO_SLOT) records.retireFamily(slot);
  }

  removeAllFamilies(): void {
    for (const slot of this.familySlots()) this.attachment.records.retireFamily(slot);
  }

  resetAllFamilies(): void {
    const { records } = this.attachment;
    const families = this.catalogue.families();
    for (const { slot } of families) for (const series of records.seriesOf(slot)) records.retire(series);
    // From here on slots may be reused: families are found by their names.
    this.attachment.safePoint();
    // Publishes the base series again, so that a family without labels is at 0 and not absent.
    for (const { descriptor } of families) findFamily(this.attachment, descriptor);
  }

  conflict(name: string, difference: string): never {
    throw new DefinitionConflictError(`${name} is already defined differently: ${difference}`);
  }

  close(): void {
    this.stopPurging();
  }

  private familySlots(): SlotIndex[] {
    return this.catalogue.families().map(family => family.slot);
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
  private overflowCounter(): Counter<OverflowLabel> | undefined {
    return ownCounter(() =>
      this.host.overflowCounter({
        name: OVERFLOW_FAMILY,
        help: OVERFLOW_HELP,
        labelNames: ['family', 'reason'],
        seriesMax: OWN_SERIES_MAX,
      }),
    );
  }

  private countOverflow(family: string, reason: OverflowReason): void {
    // Its own overflow would count itself without end.
    if (family === OVERFLOW_FAMILY) return;
    this.overflowCounter()?.inc({ family, reason });
  }
}
