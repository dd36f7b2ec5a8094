import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { sharedOnlyWriter } from '../../../src/memory/cell-place.js';
import { StateCell, readState } from '../../../src/memory/state-cell.js';
import { FixedPlace, attach, newArena } from './arenas.js';

const CELLS = 32;

class OpenCell extends StateCell {
  set(state: number): void {
    this.put(state);
  }
}

function cellOf(
  test: TestContext,
  arena = newArena(),
  threadId = 1,
): { cell: OpenCell; place: FixedPlace; state: () => number; advance: () => void } {
  const attachment = attach(test, arena, threadId);
  const place = new FixedPlace(attachment.records, CELLS);
  return {
    cell: new OpenCell(sharedOnlyWriter(attachment), place),
    place,
    state: () => readState(arena.words, arena.stripeOffset(0) + CELLS),
    advance: () => void attachment.records.advanceEpoch(),
  };
}

describe('a state cell', () => {
  it('has no state until one is set, then that of the last set', test => {
    const { cell, state } = cellOf(test);
    assert.equal(state(), -1);
    for (const index of [0, 7, 3, 3]) {
      cell.set(index);
      assert.equal(state(), index);
    }
  });

  it('is one for all threads', test => {
    const arena = newArena();
    const [one, other] = [cellOf(test, arena, 1), cellOf(test, arena, 2)];
    one.cell.set(1);
    other.cell.set(2);
    assert.deepEqual([one.state(), other.state()], [2, 2]);
  });

  it('asks for its place once, and again after a removal anywhere', test => {
    const { cell, place, advance, state } = cellOf(test);
    cell.set(1);
    cell.set(2);
    assert.equal(place.asked, 1);
    advance();
    place.cellOffset = 64;
    cell.set(5);
    assert.equal(place.asked, 2);
    assert.equal(state(), 2, 'the old cell is not written any more');
  });

  it('changes nothing when its family is gone', test => {
    const { cell, place, state } = cellOf(test);
    place.isThere = false;
    cell.set(1);
    assert.equal(state(), -1);
  });
});
