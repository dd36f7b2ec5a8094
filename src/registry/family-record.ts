/**
 * Family record: one family in the arena, as one thread uses it.
 *
 * Defining is idempotent from any thread: the first definition is published, later ones are compared with it. Every
 * family has a base series with no label values: the only one of a family without labels, the overflow series of all
 * others. It is published with the family, so recording beyond any limit always has a place.
 */
import { ArenaFullError, DefinitionConflictError } from '../errors.js';
import type { ArenaLimits } from '../memory/arena.js';
import type { Attachment } from '../memory/attachment.js';
import type { CellOffset, SlotIndex } from '../memory/layout.js';
import type { NewRecord } from '../memory/record-store.js';
import { KIND_FAMILY, KIND_OVERFLOW, KIND_SERIES, NO_SLOT, SLOT_LIVE } from '../memory/slots.js';
import { cellBytesOf } from '../primitives/cell-sizes.js';
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import {
  NAME_MAX,
  decodeDescriptor,
  describeConflict,
  encodeDescriptor,
} from '../primitives/family-descriptor.js';
import { isOwnFamily } from './own-families.js';

/** One life of a family under its name. */
export interface LiveFamily {
  readonly slot: SlotIndex;
  readonly sequence: number;
  readonly descriptor: FamilyDescriptor;
}

export interface FamilyRecord extends LiveFamily {
  readonly baseSlot: SlotIndex;
  readonly baseSequence: number;
  /** Cells of the base series; a reset gives it others. */
  readonly baseCells: CellOffset;
  /** What a series that a handle asks for is published as. */
  readonly newSeries: NewRecord;
}

/** Of a value whose length in UTF-8 stands in the 16 bits that a key has for it. */
const KEY_VALUE_MAX = Math.floor(0xffff / 3);

/** Longest label value of a family, in UTF-16 code units. */
export function labelValueMaxOf(limits: ArenaLimits, { name, openLabels }: FamilyDescriptor): number {
  const { labelValueMax, labelsMax } = limits;
  // One value stands for as many as a label set may have, and a key has room for these.
  if (openLabels) return Math.min(labelValueMax * labelsMax, KEY_VALUE_MAX);
  // The names of families are label values of own families, and have a limit of their own.
  return isOwnFamily(name) ? NAME_MAX : labelValueMax;
}

/** A definition starts over when another thread removes the family at that moment, and not for ever. */
const DEFINE_RETRY_MAX = 1_000;

/**
 * Publishes a family, or finds the equal one that is there.
 *
 * @throws DefinitionConflictError when it is there and differs; ArenaFullError when there is no space
 */
export function defineFamily(attachment: Attachment, descriptor: FamilyDescriptor): FamilyRecord {
  const { records } = attachment;
  for (let attempt = 0; attempt < DEFINE_RETRY_MAX; attempt++) {
    records.key.setFamily(descriptor.name);
    const found = records.find();
    const slot = found === NO_SLOT ? publishFamily(attachment, descriptor) : found;
    const sequence = records.slots.sequence(slot);
    const published = decodeDescriptor(records.payloadOf(slot));
    const conflict = describeConflict(published, descriptor);
    if (conflict !== undefined) {
      throw new DefinitionConflictError(`${descriptor.name} is already defined differently: ${conflict}`);
    }
    const record = recordOf(attachment, slot, published);
    if (record !== undefined) return record;
    // Removed by another thread meanwhile: define it again.
    if (!isLiveAs(attachment, slot, sequence)) continue;
    if (found === NO_SLOT) records.retireFamily(slot);
    break;
  }
  throw new ArenaFullError(
    `cannot define ${descriptor.name}: its ${cellBytesOf(descriptor)} bytes of cells found no space; raise stripeBytes or keyBytes`,
  );
}

/**
 * The family that is live under this name and defined the same, with its base series, published again after a reset.
 * Never throws, because recordings come here.
 *
 * @returns undefined when there is none, or no space for its base series
 */
export function findFamily(attachment: Attachment, descriptor: FamilyDescriptor): FamilyRecord | undefined {
  const found = lookUpFamily(attachment, descriptor);
  return found && recordOf(attachment, found.slot, found.descriptor);
}

/** As findFamily, for readers: looks, and publishes nothing. */
export function lookUpFamily(attachment: Attachment, descriptor: FamilyDescriptor): LiveFamily | undefined {
  const { records } = attachment;
  records.key.setFamily(descriptor.name);
  const slot = records.find();
  if (slot === NO_SLOT) return undefined;
  const published = decodeDescriptor(records.payloadOf(slot));
  if (describeConflict(published, descriptor) !== undefined) return undefined;
  return { slot, sequence: records.slots.sequence(slot), descriptor: published };
}

export function isFamilyLive(attachment: Attachment, family: LiveFamily): boolean {
  return isLiveAs(attachment, family.slot, family.sequence);
}

function isLiveAs({ records }: Attachment, slot: SlotIndex, sequence: number): boolean {
  return records.slots.state(slot) === SLOT_LIVE && records.slots.sequence(slot) === sequence;
}

/** True while the family and its base series are the ones that this record was made of. */
export function isCurrent(attachment: Attachment, family: FamilyRecord): boolean {
  const { slots } = attachment.records;
  return (
    isFamilyLive(attachment, family) &&
    slots.state(family.baseSlot) === SLOT_LIVE &&
    slots.sequence(family.baseSlot) === family.baseSequence
  );
}

/** Puts the key of a series of this family into the store's scratch; `last` stands behind `values`. */
export function setSeriesKey(
  { records: { key } }: Attachment,
  family: LiveFamily,
  values: readonly string[],
  last?: string,
): void {
  key.startSeries(family.slot, family.sequence);
  // A family without labels has the base series only, whose key ends here.
  for (let i = 0; i < values.length; i++) key.appendValue(values[i]!);
  if (last !== undefined) key.appendValue(last);
}

function publishFamily(attachment: Attachment, descriptor: FamilyDescriptor): SlotIndex {
  const { records, arena } = attachment;
  const before = records.reservations.reserveFamily();
  if (before >= arena.limits.familiesMax) {
    records.reservations.unreserveFamily();
    throw new ArenaFullError(
      `cannot define ${descriptor.name}: the registry has ${before} families, its limit; raise familiesMax`,
    );
  }
  const payload = encodeDescriptor(descriptor);
  const published = records.publish({
    kind: KIND_FAMILY,
    family: NO_SLOT,
    cellBytes: 0,
    isShown: true,
    payload,
  });
  if (published === undefined || !published.isNew) records.reservations.unreserveFamily();
  if (published === undefined) {
    throw new ArenaFullError(
      `cannot define ${descriptor.name}: its definition of ${payload.length} bytes found no space; raise keyBytes`,
    );
  }
  return published.slot;
}

/** The record of a published family; undefined when its base series is missing and finds no space. */
function recordOf(
  attachment: Attachment,
  slot: SlotIndex,
  descriptor: FamilyDescriptor,
): FamilyRecord | undefined {
  const { slots } = attachment.records;
  const sequence = slots.sequence(slot);
  const baseSlot = publishBase(attachment, slot, sequence, descriptor);
  if (baseSlot === NO_SLOT) return undefined;
  const baseSequence = slots.sequence(baseSlot);
  const cellBytes = cellBytesOf(descriptor);
  const newSeries: NewRecord = { kind: KIND_SERIES, family: slot, cellBytes, isShown: false };
  const baseCells = slots.cellOffset(baseSlot);
  return { slot, sequence, descriptor, baseSlot, baseSequence, baseCells, newSeries };
}

/**
 * The base series may be missing after a reset, or when the thread that published the family died right after; then it
 * is added here. NO_SLOT when there is no space.
 */
function publishBase(
  attachment: Attachment,
  family: SlotIndex,
  sequence: number,
  descriptor: FamilyDescriptor,
): SlotIndex {
  const { records } = attachment;
  records.key.startSeries(family, sequence);
  const found = records.find();
  if (found !== NO_SLOT) return found;
  const isOnly = descriptor.labelNames.length === 0;
  const kind = isOnly ? KIND_SERIES : KIND_OVERFLOW;
  if (isOnly) records.reservations.reserveSeries(family);
  // The value of every other type tells whether anything was recorded into it.
  const isShown = descriptor.type !== 'info';
  const published = records.publish({ kind, family, cellBytes: cellBytesOf(descriptor), isShown });
  if (isOnly && !published?.isNew) records.reservations.unreserveSeries(family);
  if (published === undefined) return NO_SLOT;
  // The family may have been removed since it was found; its remover may have missed this series then.
  if (isLiveAs(attachment, family, sequence)) return published.slot;
  records.retire(published.slot);
  return NO_SLOT;
}
