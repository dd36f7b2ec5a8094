/** Small arenas, and threads played inside this one. */
import type { TestContext } from 'node:test';
import { createArena } from '../../../src/memory/arena.js';
import type { Arena, ArenaLimits } from '../../../src/memory/arena.js';
import { Attachment } from '../../../src/memory/attachment.js';
import type { CellPlace } from '../../../src/memory/cell-place.js';
import { UNRESOLVED_EPOCH } from '../../../src/memory/cell-place.js';
import type { ArenaSizes, SlotIndex } from '../../../src/memory/layout.js';
import type { RecordStore } from '../../../src/memory/record-store.js';
import { KIND_FAMILY, KIND_SERIES, NO_SLOT } from '../../../src/memory/slots.js';

export const SIZES: ArenaSizes = {
  stripeCount: 4,
  stripeBytes: 4_096,
  leaseCount: 8,
  bucketCount: 16,
  slotCount: 32,
  keyRegionBytes: 4_096,
};

export const LIMITS: ArenaLimits = {
  seriesMax: 100,
  familySeriesMax: 50,
  familiesMax: 10,
  labelValueMax: 64,
  labelsMax: 4,
  warningPercent: 80,
  criticalPercent: 95,
  heartbeatMs: 60_000,
};

export function newArena(sizes: Partial<ArenaSizes> = {}, limits: Partial<ArenaLimits> = {}): Arena {
  return createArena({ ...SIZES, ...sizes }, { ...LIMITS, ...limits });
}

/** A thread of its own to the arena, detached when the test ends. */
export function attach(test: TestContext, arena: Arena, threadId: number): Attachment {
  const attachment = new Attachment(arena, threadId);
  test.after(() => attachment.detach());
  return attachment;
}

/** A place without a registry: fixed cells that are found at the first recording. */
export class FixedPlace implements CellPlace {
  epoch = UNRESOLVED_EPOCH;
  /** How often a handle had to ask. */
  asked = 0;
  isThere = true;

  constructor(
    private readonly records: RecordStore,
    public cellOffset: number,
  ) {}

  locate(): boolean {
    this.asked++;
    this.epoch = this.records.epoch();
    return this.isThere;
  }

  isLive(): boolean {
    return this.isThere;
  }
}

/** Publishes a family record without cells. */
export function publishFamily({ records }: Attachment, name: string, payload?: Uint8Array): SlotIndex {
  records.key.setFamily(name);
  records.reservations.reserveFamily();
  const record = { kind: KIND_FAMILY, family: NO_SLOT, cellBytes: 0, isShown: true };
  return records.publish(payload === undefined ? record : { ...record, payload })!.slot;
}

/** Puts the key of a series into the store's scratch. */
export function setKey({ records }: Attachment, family: SlotIndex, ...values: string[]): void {
  records.key.startSeries(family, records.slots.sequence(family));
  for (const value of values) records.key.appendValue(value);
}

/** Publishes a series of a counter; NO_SLOT when there is no space. */
export function publishSeries(attachment: Attachment, family: SlotIndex, ...values: string[]): SlotIndex {
  const { records } = attachment;
  setKey(attachment, family, ...values);
  records.reservations.reserveSeries(family);
  const published = records.publish({ kind: KIND_SERIES, family, cellBytes: 16, isShown: true });
  if (!published?.isNew) records.reservations.unreserveSeries(family);
  return published?.slot ?? NO_SLOT;
}
