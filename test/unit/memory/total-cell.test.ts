import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { sharedOnlyWriter } from '../../../src/memory/cell-place.js';
import { readAtomicCounter } from '../../../src/memory/counter-cell.js';
import { HEADER_SHARED_STRIPE_USED_OFFSET } from '../../../src/memory/layout.js';
import { TotalCell } from '../../../src/memory/total-cell.js';
import { FixedPlace, attach, newArena } from './arenas.js';

const CELLS = 32;

function newTotal(test: TestContext, arena = newArena()) {
  const attachment = attach(test, arena, 1);
  const place = new FixedPlace(attachment.records, CELLS);
  const cell = new TotalCell(sharedOnlyWriter(attachment), place);
  return {
    arena,
    attachment,
    place,
    cell,
    value: () => readAtomicCounter(arena.quads, arena.stripeOffset(0) + CELLS),
  };
}

describe('a total cell', () => {
  it('is the largest total that any thread has brought', test => {
    const arena = newArena();
    const [a, b] = [newTotal(test, arena), newTotal(test, arena)];
    assert.equal(a.value(), 0);
    a.cell.raise(2.5);
    b.cell.raise(2.5);
    assert.equal(a.value(), 2.5, 'not 5');
    b.cell.raise(4);
    a.cell.raise(3);
    assert.equal(a.value(), 4);
  });

  it('ignores what is no total', test => {
    const { cell, value } = newTotal(test);
    cell.raise(7);
    for (const total of [NaN, Infinity, -Infinity, -1, 0]) cell.raise(total);
    assert.equal(value(), 7);
  });

  it('outlives the thread that has raised it, and goes on from there', test => {
    const arena = newArena();
    const [a, b] = [newTotal(test, arena), newTotal(test, arena)];
    a.cell.raise(10);
    a.attachment.detach();
    assert.equal(b.value(), 10);
    b.cell.raise(11);
    assert.equal(b.value(), 11);
  });

  it('raises nothing when its place is gone, and all of it when it is back', test => {
    const { cell, place, attachment, value } = newTotal(test);
    place.isThere = false;
    attachment.records.advanceEpoch();
    cell.raise(5);
    assert.equal(value(), 0);
    place.isThere = true;
    attachment.records.advanceEpoch();
    cell.raise(5);
    assert.equal(value(), 5);
  });

  it('does not make scrapes read the shared stripe of every other series', test => {
    const { arena, cell } = newTotal(test);
    cell.raise(1);
    assert.equal(arena.header(HEADER_SHARED_STRIPE_USED_OFFSET), 0);
  });
});
