import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cellBytesOf } from '../../../src/primitives/cell-sizes.js';
import { ArenaFullError, DefinitionConflictError } from '../../../src/errors.js';
import { KIND_OVERFLOW, KIND_SERIES } from '../../../src/memory/slots.js';
import { describeFamily } from '../../../src/primitives/family-descriptor.js';
import type { FamilyDescriptor } from '../../../src/primitives/family-descriptor.js';
import { defineFamily, findFamily, isCurrent, isFamilyLive } from '../../../src/registry/family-record.js';
import { attach, newArena } from '../memory/arenas.js';

function counterOf(name: string, ...labelNames: string[]): FamilyDescriptor {
  return describeFamily('counter', { name, help: 'C.', labelNames }, 5);
}

describe('the cells of a series', () => {
  it('take what their type needs', () => {
    const histogram = describeFamily('histogram', { name: 'h', help: 'H.', buckets: [1, 2, 3] }, 5);
    const gauge = describeFamily('gauge', { name: 'g', help: 'G.' }, 5);
    assert.deepEqual([counterOf('c'), gauge, histogram].map(cellBytesOf), [16, 16, 8 + 4 * 8]);
  });
});

describe('defining a family', () => {
  it('gives the same record to every thread', test => {
    const arena = newArena();
    const [a, b] = [attach(test, arena, 1), attach(test, arena, 2)];
    const record = defineFamily(a, counterOf('c', 'l'));
    assert.deepEqual(defineFamily(b, counterOf('c', 'l')), record);
    assert.deepEqual(findFamily(b, counterOf('c', 'l')), record);
    assert.equal(a.records.slots.seriesCount(record.slot), 0);
  });

  it('publishes a base series: the only one without labels, the overflow series with them', test => {
    const a = attach(test, newArena(), 1);
    const [bare, labelled] = [
      defineFamily(a, counterOf('bare')),
      defineFamily(a, counterOf('labelled', 'l')),
    ];
    const { slots } = a.records;
    assert.deepEqual(
      [slots.kind(bare.baseSlot), slots.kind(labelled.baseSlot)],
      [KIND_SERIES, KIND_OVERFLOW],
    );
    assert.deepEqual([slots.seriesCount(bare.slot), slots.seriesCount(labelled.slot)], [1, 0]);
  });

  it('that differs is refused by every thread', test => {
    const arena = newArena();
    const [a, b] = [attach(test, arena, 1), attach(test, arena, 2)];
    defineFamily(a, counterOf('c', 'l'));
    assert.throws(() => defineFamily(b, counterOf('c', 'm')), DefinitionConflictError);
    assert.equal(findFamily(b, counterOf('c', 'm')), undefined);
  });

  it('without space for its cells leaves nothing behind', test => {
    const a = attach(test, newArena({ stripeBytes: 32 }), 1);
    defineFamily(a, counterOf('first'));
    assert.throws(() => defineFamily(a, counterOf('second')), ArenaFullError);
    assert.equal(findFamily(a, counterOf('second')), undefined);
    assert.equal(a.records.reclaim(), 0, 'nothing is given back before a safe point');
    a.safePoint();
    assert.ok(a.records.reclaim() > 0);
  });
});

describe('a family record', () => {
  it('is current until its base series is retired, and live until the family is', test => {
    const a = attach(test, newArena(), 1);
    const record = defineFamily(a, counterOf('c'));
    assert.deepEqual([isCurrent(a, record), isFamilyLive(a, record)], [true, true]);
    a.records.retire(record.baseSlot);
    assert.deepEqual([isCurrent(a, record), isFamilyLive(a, record)], [false, true]);
    const again = findFamily(a, counterOf('c'))!;
    assert.equal(again.slot, record.slot);
    assert.notEqual(again.baseSequence, record.baseSequence);
    a.records.retireFamily(record.slot);
    assert.deepEqual([isCurrent(a, again), isFamilyLive(a, again)], [false, false]);
    assert.equal(findFamily(a, counterOf('c')), undefined);
  });

  it('whose base series finds no space is missing, but not removed: a recording is lost, not the family', test => {
    const arena = newArena({ stripeBytes: 32 });
    const [a, b] = [attach(test, arena, 1), attach(test, arena, 2)];
    const record = defineFamily(a, counterOf('c'));
    a.records.retire(record.baseSlot);
    a.safePoint();
    // The other thread has not passed a safe point: it may still write into the only cells that there are.
    assert.equal(findFamily(a, counterOf('c')), undefined);
    assert.throws(() => defineFamily(a, counterOf('c')), ArenaFullError);
    assert.equal(isFamilyLive(a, record), true);
    b.safePoint();
    assert.equal(findFamily(a, counterOf('c'))?.slot, record.slot);
  });
});
