/**
 * Cardinality: limits on series, what happens beyond them, and who is told.
 *
 * Nothing here throws on a recording path. Beyond a limit a recording goes to its family's overflow series, marked as
 * OpenTelemetry does, and is counted by family and reason in a counter of the registry's own.
 */
import type { RecordStore } from '../memory/record-store.js';
import type { ArenaLimits } from '../memory/arena.js';
import type { SlotIndex } from '../memory/layout.js';
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import { OVERFLOW_LABEL } from '../primitives/family-descriptor.js';
import { labelValueMaxOf } from './family-record.js';
import { isOwnFamily } from './own-families.js';
import { threadWarning } from './thread-warning.js';

/** A family that is meant to have a handful of series is expected to reach its limit. */
const WARNED_LIMIT_MIN = 10;

export type OverflowReason = 'family_limit' | 'registry_limit' | 'label_value_length' | 'arena_full';

/** Counts series in against the limits, and warns when their thresholds are crossed. */
export class CardinalityLimits {
  private readonly warned = new Set<string>();

  constructor(
    private readonly records: RecordStore,
    private readonly limits: ArenaLimits,
  ) {}

  /** Reserves a series of a family; the reason when a limit forbids it, and then nothing is reserved. */
  reserve(family: SlotIndex, descriptor: FamilyDescriptor): OverflowReason | undefined {
    const familyMax = this.familyMax(descriptor);
    const registryMax = isOwnFamily(descriptor.name) ? Infinity : this.limits.seriesMax;
    // Most recordings beyond a limit end here, with two loads.
    const { slots, reservations } = this.records;
    const isFull = reasonAt(slots.seriesCount(family), familyMax, reservations.seriesCount(), registryMax);
    if (isFull !== undefined) return isFull;
    const before = reservations.reserveSeries(family);
    const reason = reasonAt(before.family, familyMax, before.registry, registryMax);
    if (reason !== undefined) {
      reservations.unreserveSeries(family);
      return reason;
    }
    // Every count is handed out once, so exactly one thread crosses each threshold.
    this.warnAtThreshold(descriptor, before.family + 1, familyMax);
    this.warnAtThreshold(undefined, before.registry + 1, this.limits.seriesMax);
    return undefined;
  }

  familyMax(descriptor: FamilyDescriptor): number {
    return descriptor.seriesMax === 0 ? this.limits.familySeriesMax : descriptor.seriesMax;
  }

  /** Says once per family and reason, in this thread, that recordings go to the overflow series. */
  warnOverflow(descriptor: FamilyDescriptor, reason: OverflowReason): void {
    this.warnOnce(descriptor, reason, `Recordings go to {${OVERFLOW_LABEL}="true"}`);
  }

  /** Says once per family and reason, in this thread, that series are not initialised. */
  warnRefused(descriptor: FamilyDescriptor, reason: OverflowReason): void {
    this.warnOnce(descriptor, reason, 'A series was not initialised');
  }

  private warnOnce(descriptor: FamilyDescriptor, reason: OverflowReason, effect: string): void {
    const key = `${reason} ${descriptor.name} ${effect}`;
    if (this.warned.has(key)) return;
    this.warned.add(key);
    warn(`${descriptor.name}: ${this.explain(descriptor, reason)}. ${effect}.`);
  }

  private explain(descriptor: FamilyDescriptor, reason: OverflowReason): string {
    const { limits } = this;
    switch (reason) {
      case 'family_limit':
        return `it has ${this.familyMax(descriptor)} series, its limit; use fewer label values or raise seriesMax of the family`;
      case 'registry_limit':
        return `the registry has ${limits.seriesMax} series, its limit; remove series or raise seriesMax of the registry`;
      case 'label_value_length':
        return `${descriptor.openLabels ? 'a set of attributes, as text,' : 'a label value'} is longer than ${labelValueMaxOf(limits, descriptor)}; shorten it or raise labelValueMax`;
      case 'arena_full':
        return `the registry's memory is used up; raise stripeBytes or keyBytes of the registry`;
    }
  }

  /** Of a family, or without one of the registry. */
  private warnAtThreshold(family: FamilyDescriptor | undefined, count: number, max: number): void {
    const { criticalPercent, warningPercent } = this.limits;
    if (max < WARNED_LIMIT_MIN) return;
    const isCritical = count === Math.ceil((max * criticalPercent) / 100);
    if (!isCritical && count !== Math.ceil((max * warningPercent) / 100)) return;
    const level = isCritical ? 'critical' : 'warning';
    const subject = family === undefined ? 'the registry' : `family ${family.name}`;
    const percent = Math.floor((count / max) * 100);
    warn(`cardinality ${level}: ${subject} has ${count} of at most ${max} series (${percent} %)`);
  }
}

function reasonAt(
  inFamily: number,
  familyMax: number,
  inRegistry: number,
  registryMax: number,
): OverflowReason | undefined {
  if (inFamily >= familyMax) return 'family_limit';
  return inRegistry >= registryMax ? 'registry_limit' : undefined;
}

export type CardinalityStatus = 'ok' | 'warning' | 'critical';

/** Where a count stands against its limit. */
export function statusOf(count: number, max: number, limits: ArenaLimits): CardinalityStatus {
  if (count >= (max * limits.criticalPercent) / 100) return 'critical';
  return count >= (max * limits.warningPercent) / 100 ? 'warning' : 'ok';
}

/** A process warning of this package; `node --trace-warnings` shows where it comes from. */
export function warn(message: string, code = 'THREADTALLY_CARDINALITY'): void {
  process.emitWarning(threadWarning(message), { type: 'ThreadtallyWarning', code });
}
