import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { ownStripeWriter, sharedStripeWriter } from '../../../src/memory/cell-place.js';
import type { CounterCell } from '../../../src/memory/counter-cell.js';
import {
  AtomicCounterCell,
  StripedCounterCell,
  readAtomicCounter,
  readStripedCounter,
  turnHalf,
} from '../../../src/memory/counter-cell.js';
import { FixedPlace, attach, newArena } from './arenas.js';

const TURN = 0x1_0000_0000;
const HALF_TURN = 0x8000_0000;
const CELLS = 16;

interface CellUnderTest {
  readonly cell: CounterCell;
  readonly place: FixedPlace;
  /** Starts the integer at a value, as its writer would have left it. */
  readonly start: (integer: number) => void;
  /** A killed writer's last instruction was the store of the low word. */
  readonly loseHalfTurn: () => void;
  readonly value: () => number;
  readonly advanceEpoch: () => void;
}

function stripedCell(test: TestContext): CellUnderTest {
  const arena = newArena();
  const attachment = attach(test, arena, 1);
  const place = new FixedPlace(attachment.records, CELLS);
  const at = arena.stripeOffset(1) + CELLS;
  return {
    cell: new StripedCounterCell(ownStripeWriter(attachment)!, place),
    place,
    start(integer) {
      arena.words[at / 4] = integer % TURN;
      arena.words[at / 4 + 1] = Math.floor(integer / HALF_TURN);
    },
    loseHalfTurn: () => void arena.words[at / 4 + 1]!--,
    value: () => readStripedCounter(arena.doubles, at),
    advanceEpoch: () => void attachment.records.advanceEpoch(),
  };
}

function atomicCell(test: TestContext): CellUnderTest {
  const arena = newArena();
  const attachment = attach(test, arena, 1);
  const place = new FixedPlace(attachment.records, CELLS);
  const at = arena.stripeOffset(0) + CELLS;
  return {
    cell: new AtomicCounterCell(sharedStripeWriter(attachment), place),
    place,
    start: integer => void (arena.quads[at / 8] = BigInt(integer)),
    loseHalfTurn: () => assert.fail('an atomic cell has no half turns'),
    value: () => readAtomicCounter(arena.quads, at),
    advanceEpoch: () => void attachment.records.advanceEpoch(),
  };
}

const KINDS = { striped: stripedCell, atomic: atomicCell } as const;

for (const [kind, newCell] of Object.entries(KINDS)) {
  describe(`a counter cell, ${kind}`, () => {
    it('adds 1 for nothing, null and undefined, and 0 for 0', test => {
      const { cell, value } = newCell(test);
      assert.equal(value(), 0);
      cell.inc();
      cell.inc(null);
      cell.inc(undefined);
      assert.equal(value(), 3);
      cell.inc(0);
      cell.inc(-0);
      assert.equal(value(), 3);
    });

    for (const boundary of [2 ** 31, 2 ** 32, 3 * 2 ** 31, 2 ** 33, 2 ** 52]) {
      it(`carries at ${boundary}, by one and by many`, test => {
        for (const step of [1, 2, 1_000, 0x7fff_ffff]) {
          const { cell, start, value } = newCell(test);
          const from = boundary - Math.min(step, boundary);
          start(from);
          assert.equal(value(), from);
          cell.inc(step);
          assert.equal(value(), from + step);
          cell.inc();
          assert.equal(value(), from + step + 1);
        }
      });
    }

    it('passes several half turns one by one', test => {
      const { cell, value } = newCell(test);
      for (let i = 1; i <= 12; i++) {
        cell.inc(0x7fff_ffff);
        assert.equal(value(), i * 0x7fff_ffff);
      }
    });

    it('is exact for large integers up to 2^53', test => {
      const { cell, value } = newCell(test);
      let expected = 0;
      for (const amount of [0x7fff_ffff, 0x8000_0000, 0xffff_ffff, TURN, TURN + 1, 2 ** 40 + 7, 2 ** 52]) {
        cell.inc(amount);
        expected += amount;
        assert.equal(value(), expected);
      }
    });

    it('adds fractions, the smallest and the largest numbers', test => {
      const { cell, value } = newCell(test);
      cell.inc(0.5);
      cell.inc(0.25);
      cell.inc(2);
      assert.equal(value(), 2.75);
      const tiny = newCell(test);
      tiny.cell.inc(5e-324);
      assert.equal(tiny.value(), 5e-324);
      const huge = newCell(test);
      huge.cell.inc(Number.MAX_VALUE);
      huge.cell.inc(Number.MAX_VALUE);
      assert.equal(huge.value(), Infinity);
    });

    it('refuses everything else, and adds nothing then', test => {
      const { cell, value } = newCell(test);
      const give = (amount: unknown): void => cell.inc(amount as number);
      const BAD: readonly [unknown, string][] = [
        ['3ms', 'Value is not a valid number: 3ms (a string)'],
        ['1', 'Value is not a valid number: 1 (a string)'],
        [NaN, 'Value is not a valid number: NaN'],
        [Infinity, 'Value is not a valid number: Infinity'],
        [true, 'Value is not a valid number: true'],
        [[], 'Value is not a valid number: []'],
        [{ a: 1 }, 'Value is not a valid number: { a: 1 }'],
      ];
      for (const [amount, message] of BAD) assert.throws(() => give(amount), { name: 'TypeError', message });
      for (const amount of [1n, Symbol('x')]) assert.throws(() => give(amount), TypeError);
      for (const amount of [-1, -0.5, -5e-324, -(2 ** 40)]) {
        assert.throws(() => give(amount), {
          name: 'Error',
          message: /^It is not possible to decrease a counter by /,
        });
      }
      assert.throws(() => give(-Infinity), {
        name: 'TypeError',
        message: 'Value is not a valid number: -Infinity',
      });
      assert.equal(value(), 0);
    });

    it('asks its place once, and again after a removal only', test => {
      const { cell, place, advanceEpoch } = newCell(test);
      assert.equal(place.asked, 0);
      for (let i = 0; i < 10; i++) cell.inc();
      assert.equal(place.asked, 1);
      advanceEpoch();
      cell.inc(0.5);
      cell.inc(1);
      assert.equal(place.asked, 2);
    });

    it('records nowhere when its place is gone, and somewhere else when it has moved', test => {
      const { cell, place, value, advanceEpoch } = newCell(test);
      cell.inc(5);
      place.isThere = false;
      advanceEpoch();
      for (const amount of [1, 0.5, 2 ** 40]) cell.inc(amount);
      assert.equal(value(), 5);
      place.isThere = true;
      place.cellOffset = CELLS + 16;
      cell.inc(3);
      assert.equal(value(), 5);
      place.cellOffset = CELLS;
      advanceEpoch();
      cell.inc(2);
      assert.equal(value(), 7);
    });
  });
}

describe('a striped counter cell', () => {
  it('shows the same value while its writer stands between the two stores of a carry', test => {
    for (const boundary of [2 ** 31, 2 ** 32, 3 * 2 ** 31, 2 ** 40]) {
      const { start, loseHalfTurn, value } = stripedCell(test);
      start(boundary);
      loseHalfTurn();
      assert.equal(value(), boundary);
    }
  });

  it('is repaired by the next owner when a writer was killed between the two stores', test => {
    for (const boundary of [2 ** 31, 2 ** 32, 3 * 2 ** 31]) {
      const { cell, start, loseHalfTurn, value } = stripedCell(test);
      start(boundary);
      loseHalfTurn();
      let expected = boundary;
      for (const step of [1, 0x7fff_ffff, 1, 0x7fff_ffff, 0x7fff_ffff]) {
        cell.inc(step);
        expected += step;
        assert.equal(value(), expected);
      }
    }
  });

  it('goes on where an earlier owner of the stripe stopped', test => {
    const arena = newArena();
    const at = arena.stripeOffset(1) + CELLS;
    for (let owner = 1; owner <= 3; owner++) {
      const attachment = attach(test, arena, owner);
      new StripedCounterCell(ownStripeWriter(attachment)!, new FixedPlace(attachment.records, CELLS)).inc(
        owner + 0.5,
      );
      attachment.detach();
    }
    assert.equal(readStripedCounter(arena.doubles, at), 7.5);
  });
});

describe('turning a half', () => {
  it('counts one half turn, or two when one is missing', () => {
    const words = new Int32Array(new SharedArrayBuffer(8));
    turnHalf(words, 0, -5);
    assert.deepEqual([...words], [-5, 1]);
    turnHalf(words, 0, 3);
    assert.deepEqual([...words], [3, 2]);
    words[1] = 1;
    turnHalf(words, 0, -1);
    assert.deepEqual([...words], [-1, 3], 'halfTurns was 1 where 2 belonged');
  });
});
