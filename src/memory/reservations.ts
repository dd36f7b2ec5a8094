/**
 * Reservations: how many families and series there are, counted before each is published, so that a limit holds.
 *
 * Layout    see layout.ts: seriesCount and familyCount of the header, seriesCount of a family's slot, `reserving` of a
 *           lease.
 * Writers   any thread, each for itself.
 * Promises  Threads that reach a limit together do not exceed it. A thread killed between counting in and publishing
 *           leaves a count of one too many until the recount that follows its death.
 * Progress  wait-free; recount gives up instead of waiting.
 */
import type { Arena } from './arena.js';
import {
  HEADER_ANONYMOUS_THREADS_OFFSET,
  HEADER_FAMILY_COUNT_OFFSET,
  HEADER_SEQUENCE_OFFSET,
  HEADER_SERIES_COUNT_OFFSET,
  U32_BYTES,
} from './layout.js';
import type { SlotIndex } from './layout.js';
import type { Leases } from './leases.js';
import {
  ANONYMOUS_OWNER,
  KIND_FAMILY,
  KIND_SERIES,
  SLOT_BUILDING,
  SLOT_LIVE,
  SLOT_RETIRING,
} from './slots.js';
import type { Slots } from './slots.js';

/** Counts before a reservation. */
export interface CountsBefore {
  readonly family: number;
  readonly registry: number;
}

export class Reservations {
  private readonly before = { family: 0, registry: 0 };

  /** `owner` is the lease index + 1 of the thread that this object works for. */
  constructor(
    private readonly arena: Arena,
    private readonly slots: Slots,
    private readonly leases: Leases,
    private readonly owner: number,
  ) {}

  /**
   * Counts a series in before it is published.
   *
   * @returns the count in the family and in the registry before, this one not included; valid until the next call
   */
  reserveSeries(family: SlotIndex): CountsBefore {
    const { before } = this;
    this.setReserving(true);
    before.family = this.slots.addSeriesCount(family, 1);
    before.registry = this.arena.addToHeader(HEADER_SERIES_COUNT_OFFSET, 1) | 0;
    return before;
  }

  /** Takes back a reservation whose series was not published, or is being removed. */
  unreserveSeries(family: SlotIndex): void {
    this.slots.addSeriesCount(family, -1);
    this.arena.addToHeader(HEADER_SERIES_COUNT_OFFSET, -1);
    this.setReserving(false);
  }

  /** Counts a family in before it is published; returns the count before. */
  reserveFamily(): number {
    this.setReserving(true);
    return this.arena.addToHeader(HEADER_FAMILY_COUNT_OFFSET, 1) | 0;
  }

  unreserveFamily(): void {
    this.arena.addToHeader(HEADER_FAMILY_COUNT_OFFSET, -1);
    this.setReserving(false);
  }

  /**
   * Sets the reserved counts to what is published, if nothing is in flight: a thread killed between reserve and publish
   * leaves a count of one too many. What living threads have reserved is told by their leases and by slots in building.
   *
   * @returns false when something was in flight; the counts may still be too high, try again later
   */
  recount(): boolean {
    const { slots } = this;
    // Before the scan, and before it is known how far that goes: what changes a word after these reads is seen below.
    const created = this.arena.header(HEADER_SEQUENCE_OFFSET);
    const highWater = slots.highWater();
    const registrySeen = this.arena.header(HEADER_SERIES_COUNT_OFFSET);
    const familiesSeen = this.arena.header(HEADER_FAMILY_COUNT_OFFSET);
    const seen = new Map<SlotIndex, number>();
    for (let index = 0; index < highWater; index++) {
      const slot = index as SlotIndex;
      if (slots.kind(slot) === KIND_FAMILY && slots.state(slot) === SLOT_LIVE)
        seen.set(slot, slots.seriesCount(slot));
    }
    // After those reads and before the scan: a reservation is either told here, or published and seen by the scan, or
    // younger than the reads, and then its word has changed, or another one's end has changed it back.
    if (this.leases.isAnyReserving() || this.arena.header(HEADER_ANONYMOUS_THREADS_OFFSET) > 0) return false;
    const counted = new Map<SlotIndex, number>();
    let series = 0;
    for (let index = 0; index < highWater; index++) {
      const slot = index as SlotIndex;
      const state = slots.state(slot);
      if (state === SLOT_BUILDING || state === SLOT_RETIRING) return false;
      if (state !== SLOT_LIVE || slots.kind(slot) !== KIND_SERIES) continue;
      series++;
      counted.set(slots.family(slot), (counted.get(slots.family(slot)) ?? 0) + 1);
    }
    // A series that came and one that went leave the words as they were, and the scan may have seen both, or neither.
    const isUnmoved =
      this.arena.header(HEADER_SERIES_COUNT_OFFSET) === registrySeen &&
      this.arena.header(HEADER_FAMILY_COUNT_OFFSET) === familiesSeen;
    // In this order: what was reserved before the words were read is told here, or was built before the last look.
    if (!isUnmoved || this.leases.isAnyReserving()) return false;
    if (this.arena.header(HEADER_SEQUENCE_OFFSET) !== created) return false;
    for (const [family, count] of seen) slots.correctSeriesCount(family, count, counted.get(family) ?? 0);
    this.correctHeader(HEADER_SERIES_COUNT_OFFSET, registrySeen, series);
    this.correctHeader(HEADER_FAMILY_COUNT_OFFSET, familiesSeen, seen.size);
    return true;
  }

  /** Series reserved in the registry, overflow series not counted. */
  seriesCount(): number {
    return this.arena.header(HEADER_SERIES_COUNT_OFFSET) | 0;
  }

  /** Families reserved in the registry. */
  familyCount(): number {
    return this.arena.header(HEADER_FAMILY_COUNT_OFFSET) | 0;
  }

  /** States that what this thread had counted in is published. */
  settle(): void {
    this.setReserving(false);
  }

  private setReserving(isReserving: boolean): void {
    if (this.owner !== ANONYMOUS_OWNER) this.leases.setReserving(this.owner - 1, isReserving);
  }

  private correctHeader(offset: number, seen: number, counted: number): void {
    Atomics.compareExchange(this.arena.words, offset / U32_BYTES, seen | 0, counted);
  }
}
