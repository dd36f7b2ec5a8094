import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Arena } from '../../../src/memory/arena.js';
import { keyPool } from '../../../src/memory/block-pool.js';
import type { SlotIndex } from '../../../src/memory/layout.js';
import { RecordIndex } from '../../../src/memory/record-index.js';
import { RecordKey } from '../../../src/memory/record-key.js';
import { KIND_FAMILY, NO_SLOT, Slots } from '../../../src/memory/slots.js';
import { newArena } from './arenas.js';

/** An index over slots that are filled but belong to no store. */
class Records {
  readonly slots: Slots;
  readonly index: RecordIndex;

  constructor(private readonly arena: Arena) {
    this.slots = new Slots(arena);
    this.index = new RecordIndex(arena, this.slots);
  }

  build(name: string): SlotIndex {
    const key = keyOf(name);
    const slot = this.slots.claim(1);
    this.slots.fill(slot, { cellBytes: 0, family: NO_SLOT, kind: KIND_FAMILY, isShown: true }, key, 0);
    const offset = keyPool(this.arena).allocate(key.length);
    this.arena.bytes.set(key.bytes.subarray(0, key.length), this.arena.regions.keysOffset + offset);
    this.slots.setKey(slot, offset);
    return slot;
  }

  insert(slot: SlotIndex, name: string): SlotIndex {
    return this.index.insert(slot, keyOf(name), keyOf(name).hash());
  }

  find(name: string): SlotIndex {
    return this.index.find(keyOf(name), keyOf(name).hash());
  }

  remove(slot: SlotIndex, name: string): boolean {
    return this.index.remove(slot, keyOf(name), keyOf(name).hash());
  }
}

function keyOf(name: string): RecordKey {
  const key = new RecordKey(100, 1);
  key.setFamily(name);
  return key;
}

// One bucket makes every chain the same chain; sixteen is the usual case.
for (const bucketCount of [1, 16]) {
  describe(`a record index of ${bucketCount} buckets`, () => {
    const NAMES = Array.from({ length: 12 }, (_, i) => `name_${i}`);

    it('finds what was inserted, and nothing else', () => {
      const records = new Records(newArena({ bucketCount }));
      const slots = NAMES.map(name => records.insert(records.build(name), name));
      assert.equal(new Set(slots).size, NAMES.length);
      assert.deepEqual(
        NAMES.map(name => records.find(name)),
        slots,
      );
      assert.equal(records.find('other'), NO_SLOT);
    });

    it('lets one of two equal keys in and names the winner to the other', () => {
      const records = new Records(newArena({ bucketCount }));
      const [first, second] = [records.build('twice'), records.build('twice')];
      assert.equal(records.insert(first, 'twice'), first);
      assert.equal(records.insert(second, 'twice'), first);
      assert.equal(records.find('twice'), first);
    });

    it('loses exactly what is removed, at the start, in the middle and at the end of a chain', () => {
      for (const gone of [0, 5, 11]) {
        const records = new Records(newArena({ bucketCount }));
        const slots = NAMES.map(name => records.insert(records.build(name), name));
        assert.equal(records.remove(slots[gone]!, NAMES[gone]!), true);
        const expected = slots.map((slot, i) => (i === gone ? NO_SLOT : slot));
        assert.deepEqual(
          NAMES.map(name => records.find(name)),
          expected,
        );
      }
    });

    it('takes a key again after its slot was removed', () => {
      const records = new Records(newArena({ bucketCount }));
      const old = records.insert(records.build('again'), 'again');
      records.remove(old, 'again');
      const fresh = records.build('again');
      assert.equal(records.insert(fresh, 'again'), fresh);
      assert.equal(records.find('again'), fresh);
    });

    it('is empty after all were removed, in any order, and usable again', () => {
      const records = new Records(newArena({ bucketCount }));
      const slots = NAMES.map(name => records.insert(records.build(name), name));
      for (const i of [3, 11, 0, 7, 1, 2, 10, 4, 9, 5, 8, 6]) records.remove(slots[i]!, NAMES[i]!);
      assert.deepEqual(
        NAMES.map(name => records.find(name)),
        NAMES.map(() => NO_SLOT),
      );
      const slot = records.build('new');
      assert.equal(records.insert(slot, 'new'), slot);
    });

    it('unlinks for a remover that died after its mark', () => {
      const arena = newArena({ bucketCount });
      const records = new Records(arena);
      const slots = NAMES.map(name => records.insert(records.build(name), name));
      // What remove() does first: the lowest bit of the slot's own link.
      Atomics.or(arena.words, records.slots.nextIndex(slots[4]!), 1);
      const expected = slots.map((slot, i) => (i === 4 ? NO_SLOT : slot));
      assert.deepEqual(
        NAMES.map(name => records.find(name)),
        expected,
      );
      const fresh = records.build(NAMES[4]!);
      assert.equal(records.insert(fresh, NAMES[4]!), fresh);
    });
  });
}
