/**
 * Record removal: many records at once, each by RecordStore.retire.
 *
 * Writers   any attached thread.
 * Promises  A series is removed by one caller, and counted by that one. A thread killed at any instruction leaves each
 *           series whole or removed, at the latest when its death is recovered. What other threads create meanwhile is
 *           removed or stays.
 * Progress  lock-free. One pass over the slots for each call, whatever the number of families.
 *
 * No safe point lies between the look at a slot and its removal: what was live at the look is not reused before.
 */
import type { SlotIndex } from './layout.js';
import type { WantedValues } from './record-key.js';
import type { RecordStore } from './record-store.js';
import { KIND_FAMILY, KIND_SERIES, SLOT_LIVE } from './slots.js';

/**
 * Retires the series of a family that have the wanted label values, and never its overflow series.
 *
 * @returns how many this call has retired
 */
export function retireMatching(records: RecordStore, family: SlotIndex, wanted: WantedValues): number {
  let retired = 0;
  for (const series of records.seriesOf(family)) {
    const isMatch = records.slots.kind(series) === KIND_SERIES && records.hasLabelValues(series, wanted);
    if (isMatch && records.retire(series)) retired++;
  }
  return retired;
}

/** Retires families with all their series. */
export function retireFamilies(records: RecordStore, families: readonly SlotIndex[]): void {
  for (const family of families) records.retire(family);
  // The families first: a series published after this pass finds its family gone and retires itself.
  records.retireOrphans();
}

/** Retires every series of every family, overflow series included. The families stay. */
export function retireAllSeries(records: RecordStore): void {
  const { slots } = records;
  const highWater = slots.highWater();
  for (let index = 0; index < highWater; index++) {
    const slot = index as SlotIndex;
    if (slots.state(slot) === SLOT_LIVE && slots.kind(slot) !== KIND_FAMILY) records.retire(slot);
  }
}
