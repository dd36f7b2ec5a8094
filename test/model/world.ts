/** World: a small arena with several attached threads, played one at a time in this one. */
import assert from 'node:assert/strict';
import { createArena } from '../../src/memory/arena.js';
import type { Arena } from '../../src/memory/arena.js';
import { Attachment } from '../../src/memory/attachment.js';
import type { SlotIndex } from '../../src/memory/layout.js';
import { HEADER_FAMILY_COUNT_OFFSET, HEADER_SERIES_COUNT_OFFSET } from '../../src/memory/layout.js';
import type { Published, RecordStore } from '../../src/memory/record-store.js';
import {
  KIND_FAMILY,
  KIND_SERIES,
  NO_SLOT,
  SLOT_FREE,
  SLOT_LIVE,
  SLOT_RETIRED,
} from '../../src/memory/slots.js';

export const CELL_BYTES = 16;

export class World {
  readonly arena: Arena;
  readonly threads: Attachment[] = [];
  readonly family: SlotIndex;
  readonly familySequence: number;

  constructor(threadCount: number, slotCount = 16) {
    this.arena = createArena(
      { stripeCount: 4, stripeBytes: 4_096, leaseCount: 8, bucketCount: 1, slotCount, keyRegionBytes: 8_192 },
      {
        seriesMax: 100,
        familySeriesMax: 100,
        familiesMax: 10,
        labelValueMax: 32,
        labelsMax: 2,
        warningPercent: 80,
        criticalPercent: 95,
        heartbeatMs: 60_000,
      },
    );
    for (let id = 1; id <= threadCount; id++) this.threads.push(new Attachment(this.arena, id));
    const records = this.thread(0).records;
    records.key.setFamily('f');
    records.reservations.reserveFamily();
    this.family = records.publish({ kind: KIND_FAMILY, family: NO_SLOT, cellBytes: 0, isShown: true })!.slot;
    this.familySequence = records.slots.sequence(this.family);
  }

  thread(index: number): Attachment {
    return this.threads[index]!;
  }

  setKey(records: RecordStore, value: string): void {
    records.key.startSeries(this.family, this.familySequence);
    records.key.appendValue(value);
  }

  /** Creates a series as the registry does: count it in, publish, count it out again if another thread was first. */
  create(thread: number, value: string): Published | undefined {
    const { records } = this.thread(thread);
    this.setKey(records, value);
    records.reservations.reserveSeries(this.family);
    const published = records.publish({
      kind: KIND_SERIES,
      family: this.family,
      cellBytes: CELL_BYTES,
      isShown: true,
    });
    if (!published?.isNew) records.reservations.unreserveSeries(this.family);
    return published;
  }

  find(thread: number, value: string): SlotIndex {
    const { records } = this.thread(thread);
    this.setKey(records, value);
    return records.find();
  }

  /** The worker behind a thread has exited: its parent, thread 0, recovers what it held. */
  bury(thread: number): void {
    this.thread(0).recover(thread + 1);
  }

  /** Every thread passes a safe point. */
  safePoints(): void {
    for (const thread of this.threads) thread.safePoint();
  }

  liveSeries(): SlotIndex[] {
    return this.thread(0).records.seriesOf(this.family);
  }

  /** What must hold whenever no thread is inside an operation. */
  assertConsistent(values: readonly string[]): void {
    const { records } = this.thread(0);
    const live = this.liveSeries();
    const linked = values.map(value => this.find(0, value)).filter(slot => slot !== NO_SLOT);
    assert.deepEqual(new Set(linked), new Set(live), 'the index and the slots name the same live series');
    this.assertCells(live);
    assert.equal(this.arena.header(HEADER_SERIES_COUNT_OFFSET), live.length, 'series are counted once');
    assert.equal(
      records.slots.seriesCount(this.family),
      live.length,
      'series of the family are counted once',
    );
    assert.equal(this.arena.header(HEADER_FAMILY_COUNT_OFFSET), 1);
    const states = Array.from({ length: records.slots.highWater() }, (_, slot) =>
      records.slots.state(slot as SlotIndex),
    );
    const settled = [SLOT_FREE, SLOT_LIVE, SLOT_RETIRED];
    assert.ok(
      states.every(state => settled.includes(state)),
      `a slot is stuck: states ${states.join()}`,
    );
  }

  close(): void {
    for (const thread of this.threads) thread.detach();
  }

  private assertCells(live: readonly SlotIndex[]): void {
    const { slots } = this.thread(0).records;
    const cells = live.map(slot => slots.cellOffset(slot));
    assert.equal(new Set(cells).size, live.length, 'no two series share cells');
    assert.ok(cells.every(offset => offset !== 0));
  }
}
