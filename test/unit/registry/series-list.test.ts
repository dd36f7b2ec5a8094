import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CellOffset, SlotIndex } from '../../../src/memory/layout.js';
import { ListedFamily } from '../../../src/registry/listed-family.js';
import { SeriesRows, mergedRows, sortedRows } from '../../../src/registry/series-list.js';
import type { SeriesList } from '../../../src/registry/series-list.js';

/** Rows whose slots and cells follow from their sequences. */
function rowsOf(sequences: readonly number[]): SeriesRows {
  const rows = new SeriesRows();
  for (const sequence of sequences)
    rows.push((sequence & 0xffff) as SlotIndex, sequence, (sequence >>> 0) as CellOffset);
  return rows;
}

function sequencesIn({ slots, sequences, cells, length }: SeriesList): number[] {
  const found = [...sequences.subarray(0, length)];
  assert.deepEqual(
    [...slots.subarray(0, length)],
    found.map(sequence => sequence & 0xffff),
  );
  assert.deepEqual(
    [...cells.subarray(0, length)],
    found.map(sequence => sequence >>> 0),
  );
  return found;
}

function result<T>(steps: Generator<void, T>): { value: T; steps: number } {
  for (let count = 0; ; count++) {
    const step = steps.next();
    if (step.done) return { value: step.value, steps: count };
  }
}

/** Around the place where sequences wrap, in an order that is far from sorted. */
function shuffled(count: number): number[] {
  const start = 2 ** 31 - (count >> 1);
  return Array.from({ length: count }, (_, i) => (start + ((i * 7_919) % count)) | 0);
}

function inOrder(sequences: readonly number[]): number[] {
  return [...sequences].sort((a, b) => (a - b) | 0);
}

describe('rows of series', () => {
  it('are sorted in steps, also where sequences wrap', () => {
    const sequences = shuffled(50_000);
    const { value, steps } = result(sortedRows(rowsOf(sequences)));
    assert.deepEqual(sequencesIn(value), inOrder(sequences));
    assert.ok(steps > 5, `${steps} steps`);
    assert.deepEqual(sequencesIn(result(sortedRows(rowsOf([]))).value), []);
  });

  it('are merged in order, without those that go', () => {
    const [a, b] = [rowsOf([1, 4, 5, 9]), rowsOf([2, 3, 9_000, 70_000])];
    const { value } = result(mergedRows(a, b, (slot, sequence) => sequence !== 4 && slot !== 2));
    assert.deepEqual(sequencesIn(value), [1, 3, 5, 9, 9_000, 70_000]);
  });

  it('settle when they come a little late, and stay where they are when that is too far', () => {
    const rows = rowsOf([1, 2, 5, 6, 3]);
    assert.equal(rows.settleLast(2, 64), true);
    assert.deepEqual(sequencesIn(rows), [1, 2, 3, 5, 6]);
    rows.push(4 as SlotIndex, 4, 4 as CellOffset);
    assert.equal(rows.settleLast(0, 1), false, 'more steps than one');
    assert.deepEqual(sequencesIn(rows), [1, 2, 3, 5, 6, 4]);
    assert.equal(rows.settleLast(4, 64), false, 'its place is above the first that may move');
  });
});

describe('the list of a family', () => {
  it('is in order of creation, in whatever order its series are found, and over many changes', () => {
    const family = new ListedFamily(1, 0 as SlotIndex, 1, { name: 'f' } as never);
    const there = new Set<number>();
    const sequences = shuffled(3_000);
    for (let round = 0; round < 10; round++) {
      for (const sequence of sequences.slice(round * 300, (round + 1) * 300)) {
        family.add((sequence & 0xffff) as SlotIndex, sequence, (sequence >>> 0) as CellOffset, 10);
        there.add(sequence);
      }
      const held = family.series;
      const before = sequencesIn(held);
      if (round % 3 === 2) {
        for (const sequence of inOrder([...there]).filter((_, i) => i % 7 === 0)) there.delete(sequence);
        family.lose();
      }
      result(family.tidy((_, sequence) => there.has(sequence)));
      assert.deepEqual(sequencesIn(family.series), inOrder([...there]));
      assert.deepEqual(sequencesIn(held), before, 'who holds a list has what it had');
    }
    assert.equal(family.keyBytes, 10);
  });
});
