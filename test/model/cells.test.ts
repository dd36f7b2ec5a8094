/** Cells: what a reader sees, and what a successor finds, at every moment inside a write. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CellPlace, CellWriter } from '../../src/memory/cell-place.js';
import { StripedCounterCell, readStripedCounter, readStripedInteger } from '../../src/memory/counter-cell.js';
import { StripedGaugeCell, gaugeIsSet, readStripedGauge } from '../../src/memory/gauge-cell.js';
import { StripedHistogramCell } from '../../src/memory/histogram-cell.js';
import { BucketIndex } from '../../src/memory/bucket-index.js';
import { HISTOGRAM_BUCKETS_OFFSET } from '../../src/memory/layout.js';
import type { CellOffset } from '../../src/memory/layout.js';
import { actAt, forEveryAccess, killAt } from './stepping.js';

const STRIPE_OFFSET = 4_096;
const CELLS = 64;
const AT = STRIPE_OFFSET + CELLS;
const HALF = 2 ** 31;

const place: CellPlace = {
  cellOffset: CELLS as CellOffset,
  epoch: 0,
  locate: () => true,
  isLive: () => true,
};

function writer(mark = 1): CellWriter {
  const buffer = new SharedArrayBuffer(8_192);
  return over(buffer, mark);
}

function over(buffer: SharedArrayBuffer, mark: number): CellWriter {
  return {
    words: new Int32Array(buffer),
    quads: new BigInt64Array(buffer),
    doubles: new Float64Array(buffer),
    stripeOffset: STRIPE_OFFSET,
    mark,
  };
}

/** Values around every turn of bit 31, and increments that step over it. */
const TURNS = [1, 2, 3, 4].flatMap(turn => [1, 2, 1_000].map(back => ({ start: turn * HALF - back, turn })));
const STEPS = [1, 2, 1_000, HALF - 1];

function counterAt(target: CellWriter, value: number): StripedCounterCell {
  const cell = new StripedCounterCell(target, place);
  for (let rest = value; rest > 0; rest -= Math.min(rest, HALF - 1)) cell.inc(Math.min(rest, HALF - 1));
  assert.equal(readStripedCounter(target.doubles, AT), value);
  return cell;
}

type Increment = (cell: StripedCounterCell, target: CellWriter, step: number) => void;
const shipped: Increment = (cell, _target, step) => cell.inc(step);

/** Counts the half turn before it stores the low word: for a moment the value is 2^31 too large. */
const halfTurnFirst: Increment = (_cell, { words }, step) => {
  const before = words[AT / 4]!;
  const after = (before + step) | 0;
  if ((before ^ after) < 0) Atomics.store(words, AT / 4 + 1, words[AT / 4 + 1]! + 1);
  Atomics.store(words, AT / 4, after);
};

/** The textbook carry: low word, then a high word that counts 2^32, with nothing that says which came first. */
function readPlainPair(doubles: Float64Array): number {
  const words = new Uint32Array(doubles.buffer);
  return (words[AT / 4 + 1]! >>> 1) * 2 ** 32 + words[AT / 4]!;
}

function readDuring(increment: Increment, read: (doubles: Float64Array) => number): void {
  for (const { start } of TURNS) {
    for (const step of STEPS) {
      forEveryAccess(n => {
        const target = writer();
        const cell = counterAt(target, start);
        let seen = start;
        const reached = actAt(
          n,
          () => increment(cell, target, step),
          () => void (seen = read(target.doubles)),
        );
        assert.ok(
          seen === start || seen === start + step,
          `${start} + ${step} was read as ${seen} at access ${n}`,
        );
        assert.equal(readStripedCounter(target.doubles, AT), start + step);
        return reached;
      });
    }
  }
}

describe('counter cells', () => {
  test('a reader inside a carry sees the value before or after it', () => {
    readDuring(shipped, doubles => readStripedInteger(doubles, AT));
  });

  test('mutant: counting the half turn first is caught', () => {
    assert.throws(
      () => readDuring(halfTurnFirst, doubles => readStripedInteger(doubles, AT)),
      assert.AssertionError,
    );
  });

  test('mutant: a reader that ignores the parity of the half turns is caught', () => {
    assert.throws(() => readDuring(shipped, readPlainPair), assert.AssertionError);
  });

  /** Owners die at access n of a carry, again and again; each successor goes on with what it finds. */
  const dieAndGoOn = (increment: Increment): void => {
    for (const step of STEPS) {
      forEveryAccess(n => {
        const target = writer();
        counterAt(target, HALF - 1);
        let expected = HALF - 1;
        let died = false;
        for (let owner = 0; owner < 5; owner++) {
          const cell = new StripedCounterCell(target, place);
          cell.inc(0);
          died = killAt(n, () => increment(cell, target, step));
          const found = readStripedCounter(target.doubles, AT);
          assert.ok(found === expected || found === expected + step, `${expected} + ${step} became ${found}`);
          expected = found;
          const successor = new StripedCounterCell(target, place);
          for (let i = 0; i < 3; i++) increment(successor, target, HALF - 1);
          expected += 3 * (HALF - 1);
          assert.equal(
            readStripedCounter(target.doubles, AT),
            expected,
            `owner ${owner}, death at access ${n}`,
          );
        }
        return died;
      });
    }
  };

  test('successive owners that die inside a carry lose at most the increment in flight', () => {
    dieAndGoOn(shipped);
  });

  test('mutant: a successor that counts on from a half turn that is missing is caught', () => {
    const withoutRepair: Increment = (_cell, { words }, step) => {
      const before = words[AT / 4]!;
      const after = (before + step) | 0;
      Atomics.store(words, AT / 4, after);
      if ((before ^ after) < 0) Atomics.store(words, AT / 4 + 1, words[AT / 4 + 1]! + 1);
    };
    assert.throws(() => dieAndGoOn(withoutRepair), assert.AssertionError);
  });
});

describe('histogram cells', () => {
  test('a bucket carries as a counter does', () => {
    const target = writer();
    const cell = new StripedHistogramCell(target, place, BucketIndex.over([1]));
    cell.observe(0.5);
    const at = AT + HISTOGRAM_BUCKETS_OFFSET;
    target.words[at / 4] = HALF - 1;
    const points = forEveryAccess(n => {
      const seen: number[] = [];
      const before = readStripedInteger(target.doubles, at);
      const reached = actAt(
        n,
        () => cell.observe(0.5),
        () => seen.push(readStripedInteger(target.doubles, at)),
      );
      assert.ok(
        seen.every(value => value === before || value === before + 1),
        `${before} was read as ${seen.join()}`,
      );
      assert.equal(readStripedInteger(target.doubles, at), before + 1);
      return reached;
    });
    assert.ok(points >= 1, 'the first observation steps over the turn');
  });
});

describe('gauge cells', () => {
  type Begin = (target: CellWriter, value: number) => void;
  const begin: Begin = (target, value) => new StripedGaugeCell(target, place).set(value);
  /** Marks before it writes: for a moment the last owner's value counts as this one's. */
  const markFirst: Begin = (target, value) => {
    Atomics.store(target.words, (AT + 8) / 4, target.mark);
    Atomics.load(target.words, 0);
    target.doubles[AT / 8] = value;
  };

  const readWhileBeginning = (how: Begin): void => {
    forEveryAccess(n => {
      const first = writer(3);
      new StripedGaugeCell(first, place).set(100);
      const second = over(first.words.buffer as SharedArrayBuffer, 5);
      let seen: number | undefined;
      const reached = actAt(
        n,
        () => how(second, 7),
        () => {
          seen = gaugeIsSet(second.words, AT, 5) ? readStripedGauge(second.doubles, AT) : undefined;
        },
      );
      assert.ok(seen === undefined || seen === 7, `the successor's gauge was read as ${seen}`);
      return reached;
    });
  };

  test("a successor's gauge is never read with its predecessor's value", () => {
    readWhileBeginning(begin);
  });

  test('mutant: marking before the value is written is caught', () => {
    assert.throws(() => readWhileBeginning(markFirst), assert.AssertionError);
  });
});
