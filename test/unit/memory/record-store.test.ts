import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import type { Attachment } from '../../../src/memory/attachment.js';
import {
  EPOCH_INDEX,
  HEADER_FAMILY_COUNT_OFFSET,
  HEADER_SERIES_COUNT_OFFSET,
  UNRESOLVED_EPOCH,
} from '../../../src/memory/layout.js';
import type { SlotIndex } from '../../../src/memory/layout.js';
import { RECLAIM_PASS_BYTES } from '../../../src/memory/record-store.js';
import { KIND_SERIES, NO_SLOT, SLOT_FREE, SLOT_LIVE, SLOT_RETIRED } from '../../../src/memory/slots.js';
import { attach, newArena, publishFamily, publishSeries, setKey } from './arenas.js';

function thread(test: TestContext): Attachment {
  return attach(test, newArena(), 1);
}

function find(attachment: Attachment, family: SlotIndex, ...values: string[]): SlotIndex {
  setKey(attachment, family, ...values);
  return attachment.records.find();
}

describe('a published record', () => {
  it('is found under its key by every thread', test => {
    const arena = newArena();
    const [a, b] = [attach(test, arena, 1), attach(test, arena, 2)];
    const family = publishFamily(a, 'jobs');
    const series = publishSeries(a, family, 'mail');
    assert.equal(publishFamily(b, 'jobs'), family);
    assert.equal(find(b, family, 'mail'), series);
    assert.equal(find(b, family, 'other'), NO_SLOT);
  });

  it('is the same for whoever publishes it second, and takes no space twice', test => {
    const arena = newArena();
    const [a, b] = [attach(test, arena, 1), attach(test, arena, 2)];
    const family = publishFamily(a, 'jobs');
    const first = publishSeries(a, family, 'x');
    for (let i = 0; i < 200; i++) assert.equal(publishSeries(b, family, 'x'), first);
    assert.equal(arena.header(HEADER_SERIES_COUNT_OFFSET), 1);
    assert.equal(a.records.slots.seriesCount(family), 1);
  });

  it('has its values, its payload and zeroed cells in every stripe', test => {
    const arena = newArena();
    const a = attach(test, arena, 1);
    const family = publishFamily(a, 'jobs', new TextEncoder().encode('{"é":1}'));
    assert.equal(new TextDecoder().decode(a.records.payloadOf(family)), '{"é":1}');
    const series = publishSeries(a, family, 'mail', '', 'é\0');
    assert.deepEqual(a.records.labelValuesOf(series), ['mail', '', 'é\0']);
    assert.equal(a.records.payloadOf(series).length, 0);
    assert.notEqual(a.records.slots.cellOffset(series), 0);
    assert.equal(a.records.slots.cellOffset(family), 0);
  });

  it('changes the structure word', test => {
    const a = thread(test);
    const before = a.records.structure();
    const family = publishFamily(a, 'jobs');
    const between = a.records.structure();
    publishSeries(a, family, 'x');
    assert.ok(before < between && between < a.records.structure());
  });

  it('is refused without a trace when slots, keys or cells are used up', test => {
    for (const sizes of [{ slotCount: 4 }, { keyRegionBytes: 128 }, { stripeBytes: 64 }]) {
      const arena = newArena(sizes);
      const a = attach(test, arena, 1);
      const family = publishFamily(a, 'f');
      const made = Array.from({ length: 20 }, (_, i) => publishSeries(a, family, `value-${i}`));
      const live = made.filter(slot => slot !== NO_SLOT);
      assert.ok(live.length > 0 && live.length < 20, `${JSON.stringify(sizes)} holds ${live.length}`);
      assert.deepEqual(made.slice(0, live.length), live, 'once full, it stays full');
      assert.equal(arena.header(HEADER_SERIES_COUNT_OFFSET), live.length);
      for (const slot of live) assert.equal(a.records.slots.state(slot), SLOT_LIVE);
    }
  });
});

describe('a retired record', () => {
  it('leaves lookups at once and is retired by one caller', test => {
    const arena = newArena();
    const [a, b] = [attach(test, arena, 1), attach(test, arena, 2)];
    const family = publishFamily(a, 'jobs');
    const series = publishSeries(a, family, 'x');
    assert.deepEqual([a.records.retire(series), b.records.retire(series)], [true, false]);
    assert.equal(find(b, family, 'x'), NO_SLOT);
    assert.equal(a.records.slots.state(series), SLOT_RETIRED);
    assert.equal(arena.header(HEADER_SERIES_COUNT_OFFSET), 0);
  });

  it('moves the removal epoch, over the value that stands for unresolved', test => {
    const arena = newArena();
    const a = attach(test, arena, 1);
    const family = publishFamily(a, 'jobs');
    const before = a.records.epoch();
    a.records.retire(publishSeries(a, family, 'x'));
    assert.equal(a.records.epoch(), before + 1);
    Atomics.store(arena.words, EPOCH_INDEX, UNRESOLVED_EPOCH - 1);
    const series = publishSeries(a, family, 'y');
    a.records.retire(series);
    const epoch = a.records.epoch();
    assert.ok(epoch !== UNRESOLVED_EPOCH && ((epoch - UNRESOLVED_EPOCH) | 0) > 0, `the epoch is ${epoch}`);
    assert.equal(a.records.slots.retireEpoch(series), epoch);
  });

  it('takes its series along when it is a family', test => {
    const arena = newArena();
    const a = attach(test, arena, 1);
    const [gone, kept] = [publishFamily(a, 'gone'), publishFamily(a, 'kept')];
    const series = ['x', 'y'].map(value => publishSeries(a, gone, value));
    const other = publishSeries(a, kept, 'x');
    assert.deepEqual(new Set(a.records.seriesOf(gone)), new Set(series));
    assert.equal(a.records.retireFamily(gone), true);
    assert.equal(a.records.retireFamily(gone), false);
    assert.deepEqual(a.records.seriesOf(gone), []);
    assert.deepEqual(a.records.seriesOf(kept), [other]);
    assert.equal(arena.header(HEADER_FAMILY_COUNT_OFFSET), 1);
    assert.equal(arena.header(HEADER_SERIES_COUNT_OFFSET), 1);
  });

  it('is not confused with its successor under the same key', test => {
    const a = thread(test);
    const family = publishFamily(a, 'jobs');
    const series = publishSeries(a, family, 'x');
    const sequence = a.records.slots.sequence(series);
    a.records.retire(series);
    const next = publishSeries(a, family, 'x');
    assert.notEqual(a.records.slots.sequence(next), sequence);
    assert.equal(find(a, family, 'x'), next);
  });
});

describe('reclaiming', () => {
  it('waits until every attached thread has passed a safe point', test => {
    const arena = newArena();
    const [a, b] = [attach(test, arena, 1), attach(test, arena, 2)];
    const family = publishFamily(a, 'jobs');
    const series = publishSeries(a, family, 'x');
    a.records.retire(series);
    a.safePoint();
    assert.equal(a.records.reclaim(), 0);
    assert.equal(a.records.slots.state(series), SLOT_RETIRED);
    b.safePoint();
    assert.equal(a.records.reclaim(), 1);
    assert.equal(a.records.slots.state(series), SLOT_FREE);
    assert.equal(a.records.reclaim(), 0);
  });

  it('does not wait for a thread that has detached', test => {
    const arena = newArena();
    const [a, b] = [attach(test, arena, 1), attach(test, arena, 2)];
    a.records.retire(publishSeries(a, publishFamily(a, 'jobs'), 'x'));
    a.safePoint();
    b.detach();
    assert.equal(a.records.reclaim(), 1);
  });

  it('does not happen while a pinned reader holds references', test => {
    const arena = newArena();
    const [a, b] = [attach(test, arena, 1), attach(test, arena, 2)];
    b.pin();
    a.records.retire(publishSeries(a, publishFamily(a, 'jobs'), 'x'));
    a.safePoint();
    b.safePoint();
    assert.equal(a.records.reclaim(), 0);
    b.unpin();
    b.safePoint();
    assert.equal(a.records.reclaim(), 1);
  });

  it('does not happen while a thread is attached that found no lease', test => {
    const arena = newArena({ stripeCount: 1, leaseCount: 1 });
    const a = attach(test, arena, 1);
    const anonymous = attach(test, arena, 2);
    assert.equal(anonymous.lease, undefined);
    a.records.retire(publishSeries(a, publishFamily(a, 'jobs'), 'x'));
    a.safePoint();
    assert.equal(a.records.reclaim(), 0);
    anonymous.detach();
    assert.equal(a.records.reclaim(), 1);
  });

  it('gives cells on only after zeroing them in every stripe', test => {
    const arena = newArena();
    const [a] = [attach(test, arena, 1), attach(test, arena, 2)];
    const family = publishFamily(a, 'jobs');
    const series = publishSeries(a, family, 'x');
    const cells = a.records.slots.cellOffset(series);
    for (const stripe of [0, 1, 2]) {
      const at = arena.stripeOffset(stripe) + cells;
      arena.bytes.fill(7, at, at + 16);
    }
    a.records.retire(series);
    a.leases.announce(a.leases.held()[1]!, a.records.epoch());
    a.safePoint();
    assert.equal(a.records.reclaim(), 1);
    const next = publishSeries(a, family, 'y');
    assert.equal(a.records.slots.cellOffset(next), cells, 'the cells are used again');
    for (const stripe of [0, 1, 2]) {
      const at = arena.stripeOffset(stripe) + cells;
      assert.ok(arena.bytes.subarray(at, at + 16).every(byte => byte === 0));
    }
  });

  it('finds what was removed behind a pass that goes on, when space runs out', test => {
    // Two records in a pass.
    const cellBytes = RECLAIM_PASS_BYTES / 4;
    const arena = newArena({ stripeCount: 1, stripeBytes: 8 * cellBytes });
    const a = attach(test, arena, 1);
    const { records } = a;
    const family = publishFamily(a, 'jobs');
    const publish = (value: string): SlotIndex => {
      setKey(a, family, value);
      const published = records.publish({ kind: KIND_SERIES, family, cellBytes, isShown: true });
      return published?.slot ?? NO_SLOT;
    };
    const slots = Array.from({ length: 7 }, (_, i) => publish(`old-${i}`));
    assert.equal(publish('one too many'), NO_SLOT);
    for (const slot of slots.slice(1, 5)) records.retire(slot);
    a.safePoint();
    assert.equal(records.reclaim(), 2);
    records.retire(slots[0]!);
    a.safePoint();
    const found = Array.from({ length: 5 }, (_, i) => publish(`new-${i}`));
    assert.ok(!found.includes(NO_SLOT), 'each of the five that were removed makes room for one');
  });

  it('keeps the memory in use near the number of live records, however many come and go', test => {
    const arena = newArena();
    const a = attach(test, arena, 1);
    const family = publishFamily(a, 'jobs');
    for (let i = 0; i < 5_000; i++) {
      const series = publishSeries(a, family, `value-${i}`);
      assert.notEqual(series, NO_SLOT, `no space for number ${i}`);
      a.records.retire(series);
      a.safePoint();
    }
    assert.equal(arena.header(HEADER_SERIES_COUNT_OFFSET), 0);
  });
});

describe('recovering a dead owner', () => {
  it('frees what it was building, and leaves the builds of others', test => {
    const a = thread(test);
    const [dead, other] = [a.records.slots.claim(5), a.records.slots.claim(6)];
    a.records.recover(5);
    assert.equal(a.records.slots.state(dead), SLOT_FREE);
    assert.equal(a.records.slots.owner(other), 6);
  });

  it('finishes what it was retiring', test => {
    const a = thread(test);
    const family = publishFamily(a, 'jobs');
    const series = publishSeries(a, family, 'x');
    a.records.slots.beginRetire(series, 5);
    a.records.recover(5);
    assert.equal(a.records.slots.state(series), SLOT_RETIRED);
    assert.equal(find(a, family, 'x'), NO_SLOT);
  });

  it('retires series whose family it removed before it could look for them', test => {
    const a = thread(test);
    const family = publishFamily(a, 'jobs');
    const series = publishSeries(a, family, 'x');
    a.records.retire(family);
    a.records.recover(5);
    assert.equal(a.records.slots.state(series), SLOT_RETIRED);
  });
});

describe('a lookup', () => {
  it('unlinks a record whose remover stopped half way, and goes on to the next', test => {
    const a = thread(test);
    const family = publishFamily(a, 'jobs');
    const series = publishSeries(a, family, 'x');
    a.records.slots.beginRetire(series, 5);
    assert.equal(find(a, family, 'x'), NO_SLOT);
    const next = publishSeries(a, family, 'x');
    assert.notEqual(next, series);
    assert.equal(a.records.slots.kind(next), KIND_SERIES);
  });
});
