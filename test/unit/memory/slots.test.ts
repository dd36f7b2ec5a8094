import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HEADER_STRUCTURE_OFFSET } from '../../../src/memory/layout.js';
import type { SlotIndex } from '../../../src/memory/layout.js';
import {
  KIND_SERIES,
  NO_SLOT,
  SLOT_BUILDING,
  SLOT_FREE,
  SLOT_LIVE,
  SLOT_RECLAIMING,
  SLOT_RETIRED,
  SLOT_RETIRING,
  Slots,
  isLaterSequence,
} from '../../../src/memory/slots.js';
import { SIZES, newArena } from './arenas.js';

const KEY = { hash: () => -5, length: 20 };
const FIELDS = {
  cellBytes: 48,
  family: 4 as SlotIndex,
  kind: KIND_SERIES,
  isShown: false,
};

function newSlots(): Slots {
  return new Slots(newArena());
}

function liveSlot(slots: Slots): SlotIndex {
  const slot = slots.claim(1);
  slots.fill(slot, FIELDS, KEY, 7);
  slots.publish(slot);
  return slot;
}

describe('a slot', () => {
  it('is free in memory that was never written', () => {
    const slots = newSlots();
    assert.deepEqual([slots.state(0 as SlotIndex), slots.owner(0 as SlotIndex)], [SLOT_FREE, 0]);
    assert.equal(slots.highWater(), 0);
  });

  it('goes from free to live and back, each state with its owner', () => {
    const slots = newSlots();
    const slot = slots.claim(9);
    const seen = [[slots.state(slot), slots.owner(slot)]];
    const note = (): number => seen.push([slots.state(slot), slots.owner(slot)]);
    slots.fill(slot, FIELDS, KEY, 7);
    slots.publish(slot);
    note();
    assert.equal(slots.beginRetire(slot, 10), true);
    note();
    slots.finishRetire(slot, 77);
    note();
    assert.equal(slots.retireEpoch(slot), 77);
    assert.equal(slots.beginReclaim(slot, slots.stateWord(slot), 11), true);
    note();
    slots.release(slot);
    note();
    assert.deepEqual(seen, [
      [SLOT_BUILDING, 9],
      [SLOT_LIVE, 0],
      [SLOT_RETIRING, 10],
      [SLOT_RETIRED, 0],
      [SLOT_RECLAIMING, 11],
      [SLOT_FREE, 0],
    ]);
  });

  it('has one winner for each step', () => {
    const slots = newSlots();
    const slot = liveSlot(slots);
    assert.deepEqual([slots.beginRetire(slot, 1), slots.beginRetire(slot, 2)], [true, false]);
    assert.equal(slots.beginReclaim(slot, slots.stateWord(slot), 1), false, 'not before the epoch is set');
    slots.finishRetire(slot, 1);
    slots.finishRetire(slot, 1);
    assert.deepEqual(
      [
        slots.beginReclaim(slot, slots.stateWord(slot), 1),
        slots.beginReclaim(slot, slots.stateWord(slot), 2),
      ],
      [true, false],
    );
  });

  it('is not reclaimed by who judged it before it was used again', () => {
    const slots = new Slots(newArena({ slotCount: 1 }));
    const retire = (): number => {
      const slot = liveSlot(slots);
      slots.beginRetire(slot, 1);
      slots.finishRetire(slot, 1);
      return slots.stateWord(slot);
    };
    const slot = 0 as SlotIndex;
    const judged = retire();
    slots.beginReclaim(slot, judged, 1);
    slots.release(slot);
    const now = retire();
    assert.equal(slots.beginReclaim(slot, judged, 2), false);
    assert.equal(slots.beginReclaim(slot, now, 2), true);
  });

  it('that a dead thread was building is taken over once, and only if nobody published it meanwhile', () => {
    const slots = newSlots();
    const [left, published] = [slots.claim(5), slots.claim(5)];
    const [leftWord, publishedWord] = [slots.stateWord(left), slots.stateWord(published)];
    slots.publish(published);
    assert.equal(slots.takeOver(published, publishedWord, 6), false);
    assert.equal(slots.takeOver(left, leftWord, 6), true);
    assert.equal(slots.takeOver(left, leftWord, 7), false);
    assert.deepEqual([slots.state(left), slots.owner(left)], [SLOT_RECLAIMING, 6]);
  });

  it('is published once, by whoever finds it linked first', () => {
    const arena = newArena();
    const slots = new Slots(arena);
    const slot = slots.claim(1);
    slots.fill(slot, FIELDS, KEY, 7);
    const before = arena.header(HEADER_STRUCTURE_OFFSET);
    slots.publish(slot);
    slots.publish(slot);
    assert.equal(arena.header(HEADER_STRUCTURE_OFFSET), before + 1);
    slots.beginRetire(slot, 1);
    slots.publish(slot);
    assert.equal(slots.state(slot), SLOT_RETIRING);
  });

  it('keeps what its builder wrote', () => {
    const slots = newSlots();
    const slot = liveSlot(slots);
    slots.setKey(slot, 0x8000_0000);
    slots.setCells(slot, 32);
    assert.deepEqual(
      [slots.hash(slot), slots.keyOffset(slot), slots.keyBytes(slot), slots.payloadBytes(slot)],
      [-5, 0x8000_0000, 20, 7],
    );
    assert.deepEqual([slots.cellOffset(slot), slots.cellBytes(slot)], [32, 48]);
    assert.deepEqual([slots.family(slot), slots.kind(slot), slots.seriesCount(slot)], [4, KIND_SERIES, 0]);
    assert.ok(Math.abs(slots.createdMs(slot) - Date.now()) < 60_000);
  });

  it('has no family when it is one', () => {
    const slots = newSlots();
    const slot = slots.claim(1);
    slots.fill(slot, { ...FIELDS, family: NO_SLOT }, KEY, 7);
    assert.equal(slots.family(slot), NO_SLOT);
  });

  it('has another identity and another state word at each use', () => {
    const slots = new Slots(newArena({ slotCount: 1 }));
    const sequences = new Set<number>();
    const words = new Set<number>();
    for (let use = 0; use < 100; use++) {
      const slot = liveSlot(slots);
      sequences.add(slots.sequence(slot));
      words.add(slots.stateWord(slot));
      slots.beginRetire(slot, 1);
      slots.finishRetire(slot, 0);
      slots.beginReclaim(slot, slots.stateWord(slot), 1);
      slots.release(slot);
      assert.equal(slots.sequence(slot), 0, 'a free slot has no identity');
    }
    assert.deepEqual([sequences.size, words.size], [100, 100]);
  });

  it('is shown once, and noted as a change of the structure', () => {
    const arena = newArena();
    const slots = new Slots(arena);
    const slot = liveSlot(slots);
    const before = arena.header(HEADER_STRUCTURE_OFFSET);
    assert.equal(slots.isShown(slot), false);
    slots.show(slot);
    slots.show(slot);
    assert.equal(slots.isShown(slot), true);
    assert.equal(arena.header(HEADER_STRUCTURE_OFFSET), before + 1);
  });

  it('is initialised before or after it is shown: it is shown then, and stays both', () => {
    const arena = newArena();
    const slots = new Slots(arena);
    const [first, second] = [liveSlot(slots), liveSlot(slots)];
    slots.initialise(first);
    slots.show(second);
    assert.deepEqual([slots.isShown(first), slots.isInitialised(first)], [true, true]);
    assert.deepEqual([slots.isShown(second), slots.isInitialised(second)], [true, false]);
    slots.show(first);
    slots.initialise(second);
    const before = arena.header(HEADER_STRUCTURE_OFFSET);
    for (const slot of [first, second]) {
      slots.initialise(slot);
      assert.deepEqual([slots.isShown(slot), slots.isInitialised(slot)], [true, true]);
    }
    assert.equal(arena.header(HEADER_STRUCTURE_OFFSET), before, 'doing it again changes nothing');
  });

  it('is neither shown nor initialised when its slot is used again', () => {
    const slots = newSlots();
    const slot = liveSlot(slots);
    slots.initialise(slot);
    slots.beginRetire(slot, 1);
    slots.finishRetire(slot, 0);
    slots.beginReclaim(slot, slots.stateWord(slot), 1);
    slots.release(slot);
    for (let i = 0; i < SIZES.slotCount; i++) liveSlot(slots);
    assert.equal(slots.state(slot), SLOT_LIVE);
    assert.deepEqual([slots.isShown(slot), slots.isInitialised(slot)], [false, false]);
  });
});

describe('a sequence number', () => {
  it('is later than those before it, also when the numbers wrap', () => {
    assert.ok(isLaterSequence(2, 1) && !isLaterSequence(1, 2) && !isLaterSequence(1, 1));
    assert.ok(isLaterSequence(-(2 ** 31), 2 ** 31 - 1) && isLaterSequence(1, -1));
  });
});

describe('claiming', () => {
  it('gives every slot once, then none', () => {
    const slots = newSlots();
    const claimed = Array.from({ length: SIZES.slotCount }, () => slots.claim(1));
    assert.equal(new Set(claimed).size, SIZES.slotCount);
    assert.equal(slots.claim(1), NO_SLOT);
    assert.equal(slots.highWater(), SIZES.slotCount);
  });

  it('finds the one free slot wherever it is', () => {
    const slots = newSlots();
    for (let i = 0; i < SIZES.slotCount; i++) slots.claim(1);
    for (const free of [31, 0, 17]) {
      slots.release(free as SlotIndex);
      assert.equal(slots.claim(2), free);
    }
  });
});

describe('the series count of a family', () => {
  it('is added to, and corrected only if it has not changed since it was seen', () => {
    const slots = newSlots();
    const family = liveSlot(slots);
    assert.equal(slots.addSeriesCount(family, 1), 0);
    assert.equal(slots.addSeriesCount(family, 2), 1);
    slots.correctSeriesCount(family, 2, 9);
    assert.equal(slots.seriesCount(family), 3);
    slots.correctSeriesCount(family, 3, 1);
    assert.equal(slots.seriesCount(family), 1);
  });
});
