import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import fc from 'fast-check';
import { ownStripeWriter, sharedStripeWriter } from '../../src/memory/cell-place.js';
import { CellReader } from '../../src/memory/cell-reader.js';
import type { CounterCell } from '../../src/memory/counter-cell.js';
import { AtomicCounterCell, StripedCounterCell } from '../../src/memory/counter-cell.js';
import type { Arena } from '../../src/memory/arena.js';
import type { CellOffset } from '../../src/memory/layout.js';
import { FixedPlace, attach, newArena } from '../unit/memory/arenas.js';

const CELLS = 16 as CellOffset;
const LARGEST_EXACT = 2n ** 53n;
/** Fractions below are multiples of this, so that doubles add them exactly. */
const UNIT = 2 ** -10;

interface Cells {
  readonly arena: Arena;
  /** Two stripes and the shared one. */
  readonly cells: readonly CounterCell[];
  readonly sum: () => number;
}

function cellsOf(test: TestContext): Cells {
  const arena = newArena();
  const [a, b] = [attach(test, arena, 1), attach(test, arena, 2)];
  const place = (): FixedPlace => new FixedPlace(a.records, CELLS);
  const cells = [
    new StripedCounterCell(ownStripeWriter(a)!, place()),
    new StripedCounterCell(ownStripeWriter(b)!, place()),
    new AtomicCounterCell(sharedStripeWriter(a), place()),
  ];
  const reader = new CellReader(a);
  reader.refresh();
  const out = new Float64Array(1);
  const sum = (): number => {
    reader.counters(Uint32Array.of(CELLS), 1, out);
    return out[0]!;
  };
  return { arena, cells, sum };
}

/** Starts each stripe's integer at a value below 2^51, as its writers would have left it. */
function startAt({ arena }: Cells, starts: readonly number[]): void {
  starts.forEach((start, i) => {
    const at = (arena.stripeOffset((i + 1) % 3) + CELLS) / 4;
    const isShared = i === 2;
    arena.words[at] = start % 2 ** 32;
    arena.words[at + 1] = Math.floor(start / (isShared ? 2 ** 32 : 2 ** 31));
    arena.doubles[(at + 2) / 2] = 0;
  });
}

/** Just below a carry, or anywhere. */
const starts = fc.tuple(
  ...Array.from({ length: 3 }, () =>
    fc.oneof(
      fc
        .tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 5 }))
        .map(([turns, below]) => turns * 2 ** 31 - below),
      fc.integer({ min: 0, max: 2 ** 40 }),
      fc.constant(0),
    ),
  ),
);

const integers = fc.oneof(
  fc.integer({ min: 0, max: 10 }),
  fc.integer({ min: 2 ** 31 - 3, max: 2 ** 31 + 3 }),
  fc.integer({ min: 0, max: 2 ** 31 }),
  fc.integer({ min: 2 ** 32 - 3, max: 2 ** 32 + 3 }),
  fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
);

const cellIndex = fc.integer({ min: 0, max: 2 });

describe('the sum of a counter', () => {
  it('is that of exact integers, over every carry, in whatever stripe they are added', test => {
    const cells = cellsOf(test);
    fc.assert(
      fc.property(starts, fc.array(fc.tuple(cellIndex, integers), { maxLength: 50 }), (from, steps) => {
        startAt(cells, from);
        let expected = from.reduce((sum, start) => sum + BigInt(start), 0n);
        for (const [index, amount] of steps) {
          if (expected + BigInt(amount) > LARGEST_EXACT) continue;
          cells.cells[index]!.inc(amount);
          expected += BigInt(amount);
          assert.equal(BigInt(cells.sum()), expected);
        }
      }),
    );
  });

  it('is exact for integers mixed with fractions that doubles hold exactly', test => {
    const cells = cellsOf(test);
    const fractions = fc.integer({ min: 0, max: 2 ** 20 }).map(count => count * UNIT);
    const amounts = fc.oneof(fractions, fc.integer({ min: 0, max: 2 ** 33 }));
    fc.assert(
      fc.property(starts, fc.array(fc.tuple(cellIndex, amounts), { maxLength: 50 }), (from, steps) => {
        startAt(cells, from);
        let expectedUnits = from.reduce((sum, start) => sum + BigInt(start) * 1_024n, 0n);
        for (const [index, amount] of steps) {
          cells.cells[index]!.inc(amount);
          expectedUnits += BigInt(amount / UNIT);
          assert.equal(BigInt(cells.sum() / UNIT), expectedUnits);
        }
      }),
    );
  });

  it('never goes down, whatever is added', test => {
    const cells = cellsOf(test);
    const amounts = fc.double({ min: 0, noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(
        starts,
        fc.array(fc.tuple(cellIndex, fc.oneof(amounts, integers)), { maxLength: 50 }),
        (from, steps) => {
          startAt(cells, from);
          let before = cells.sum();
          for (const [index, amount] of steps) {
            cells.cells[index]!.inc(amount);
            const after = cells.sum();
            assert.ok(after >= before, `${after} after ${before} and ${amount}`);
            before = after;
          }
        },
      ),
    );
  });
});
