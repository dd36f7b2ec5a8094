import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { sharedOnlyWriter } from '../../../src/memory/cell-place.js';
import { TURN_MS, TurnCell } from '../../../src/memory/turn-cell.js';
import { FixedPlace, attach, newArena } from './arenas.js';

const CELLS = 32;
const NOW = 5_000_000_000;

function newTurns(test: TestContext, count: number): TurnCell[] {
  const arena = newArena();
  return Array.from({ length: count }, (_, index) => {
    const attachment = attach(test, arena, index + 1);
    return new TurnCell(sharedOnlyWriter(attachment), new FixedPlace(attachment.records, CELLS));
  });
}

describe('a turn', () => {
  it('is for one of the threads that ask at about the same time', test => {
    const turns = newTurns(test, 4);
    const taken = turns.map((turn, i) => turn.take(NOW + i));
    assert.deepEqual(taken, [true, false, false, false]);
  });

  it('is for the same thread again, however soon it asks', test => {
    const [a, b] = newTurns(test, 2);
    assert.deepEqual(
      [a!.take(NOW), a!.take(NOW), b!.take(NOW + 1), a!.take(NOW + 2)],
      [true, true, false, true],
    );
  });

  it('is for another thread when the last turn is over, whoever had it', test => {
    const [a, b] = newTurns(test, 2);
    a!.take(NOW);
    assert.equal(b!.take(NOW + TURN_MS - 1), false);
    assert.equal(b!.take(NOW + TURN_MS), true);
    assert.equal(a!.take(NOW + TURN_MS), false);
  });

  it('is one turn also for a thread that has looked at the clock earlier than the one that took it', test => {
    const [a, b] = newTurns(test, 2);
    a!.take(NOW + 1);
    assert.equal(b!.take(NOW), false);
    assert.equal(b!.take(NOW + 1 - TURN_MS), true, 'of another clock, that was not this one');
  });

  it('is counted over the end of the word', test => {
    const [a, b] = newTurns(test, 2);
    const wrap = 2 ** 32;
    assert.equal(a!.take(wrap - 1), true);
    assert.equal(b!.take(wrap), false);
    assert.equal(b!.take(wrap - 1 + TURN_MS), true);
  });

  it('is everybody’s when there is nothing to take it from', test => {
    const arena = newArena();
    const attachment = attach(test, arena, 1);
    const place = new FixedPlace(attachment.records, CELLS);
    place.isThere = false;
    const turn = new TurnCell(sharedOnlyWriter(attachment), place);
    assert.equal(turn.take(NOW), true);
  });

  it('is asked for with the clock of the machine', test => {
    const [a, b] = newTurns(test, 2);
    assert.equal(a!.take(), true);
    assert.equal(b!.take(), false);
  });
});
