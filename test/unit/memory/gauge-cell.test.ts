import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import type { Attachment } from '../../../src/memory/attachment.js';
import { SHARED_MARK, ownStripeWriter, sharedStripeWriter } from '../../../src/memory/cell-place.js';
import type { GaugeCell } from '../../../src/memory/gauge-cell.js';
import {
  AtomicGaugeCell,
  StripedGaugeCell,
  gaugeIsSet,
  readAtomicGauge,
  readStripedGauge,
} from '../../../src/memory/gauge-cell.js';
import { FixedPlace, attach, newArena } from './arenas.js';

const CELLS = 32;

interface GaugeUnderTest {
  readonly cell: GaugeCell;
  readonly place: FixedPlace;
  readonly attachment: Attachment;
  /** The value, or undefined when it was not set. */
  readonly value: () => number | undefined;
}

function stripedGauge(test: TestContext, arena = newArena()): GaugeUnderTest {
  const attachment = attach(test, arena, 1);
  const place = new FixedPlace(attachment.records, CELLS);
  const at = arena.stripeOffset(attachment.stripe) + CELLS;
  return {
    cell: new StripedGaugeCell(ownStripeWriter(attachment)!, place),
    place,
    attachment,
    value: () =>
      gaugeIsSet(arena.words, at, attachment.lease!.mark) ? readStripedGauge(arena.doubles, at) : undefined,
  };
}

function atomicGauge(test: TestContext, arena = newArena()): GaugeUnderTest {
  const attachment = attach(test, arena, 1);
  const place = new FixedPlace(attachment.records, CELLS);
  const at = arena.stripeOffset(0) + CELLS;
  return {
    cell: new AtomicGaugeCell(sharedStripeWriter(attachment), place),
    place,
    attachment,
    value: () => (gaugeIsSet(arena.words, at, SHARED_MARK) ? readAtomicGauge(arena.quads, at) : undefined),
  };
}

const KINDS = { striped: stripedGauge, atomic: atomicGauge } as const;

for (const [kind, newGauge] of Object.entries(KINDS)) {
  describe(`a gauge cell, ${kind}`, () => {
    it('is told apart from 0 until it is set', test => {
      const { cell, value } = newGauge(test);
      assert.equal(value(), undefined);
      cell.set(0);
      assert.equal(value(), 0);
    });

    it('takes any number', test => {
      const { cell, value } = newGauge(test);
      for (const number of [
        1.5,
        -1.5,
        0,
        -0,
        5e-324,
        -Number.MAX_VALUE,
        Infinity,
        -Infinity,
        NaN,
        2 ** 53 + 2,
      ]) {
        cell.set(number);
        assert.ok(Object.is(value(), number), `${value()} for ${number}`);
      }
    });

    it('goes up and down, by 1 for nothing, null and undefined', test => {
      const { cell, value } = newGauge(test);
      cell.inc();
      cell.inc(null);
      cell.inc(undefined);
      cell.dec();
      assert.equal(value(), 2);
      cell.dec(null);
      cell.dec(5.5);
      assert.equal(value(), -4.5);
      cell.inc(0);
      cell.inc(-0.5);
      cell.dec(-5);
      assert.equal(value(), 0);
    });

    it('starts at 0 when its first recording is a change', test => {
      for (const first of ['inc', 'dec'] as const) {
        const { cell, value } = newGauge(test);
        cell[first](3);
        assert.equal(value(), first === 'inc' ? 3 : -3);
      }
    });

    it('refuses what is no number, and keeps its value', test => {
      const { cell, value } = newGauge(test);
      cell.set(4);
      const set = (given: unknown) => (): void => cell.set(given as number);
      const BAD: readonly [() => void, string][] = [
        [set('asd'), 'Value is not a valid number: asd (a string)'],
        [set(undefined), 'Value is not a valid number: undefined'],
        [set(null), 'Value is not a valid number: null'],
        [set(1n), 'Value is not a valid number: 1n'],
        [() => cell.inc('z' as never), 'Delta is not a valid number: z (a string)'],
        [() => cell.dec('z' as never), 'Delta is not a valid number: z (a string)'],
        [() => cell.inc(true as never), 'Delta is not a valid number: true'],
        [() => cell.dec([] as never), 'Delta is not a valid number: []'],
      ];
      for (const [action, message] of BAD) assert.throws(action, { name: 'TypeError', message });
      assert.equal(value(), 4);
    });

    it('asks its place once, and again after a removal only', test => {
      const { cell, place, attachment } = newGauge(test);
      cell.set(1);
      cell.inc();
      cell.dec();
      assert.equal(place.asked, 1);
      attachment.records.advanceEpoch();
      cell.inc();
      cell.set(2);
      assert.equal(place.asked, 2);
    });

    it('records nowhere when its place is gone', test => {
      const { cell, place, attachment, value } = newGauge(test);
      cell.set(1);
      place.isThere = false;
      attachment.records.advanceEpoch();
      cell.set(2);
      cell.inc(3);
      cell.dec(4);
      assert.equal(value(), 1);
    });

    it('keeps its value over removals of other series', test => {
      const { cell, attachment, value } = newGauge(test);
      cell.set(10);
      attachment.records.advanceEpoch();
      cell.inc(1);
      attachment.records.advanceEpoch();
      cell.dec(2);
      assert.equal(value(), 9);
    });
  });
}

describe('a striped gauge cell', () => {
  it('does not take over what the stripe’s earlier owner had set', test => {
    const arena = newArena();
    const first = stripedGauge(test, arena);
    first.cell.set(100);
    first.attachment.detach();
    const second = stripedGauge(test, arena);
    assert.equal(second.attachment.stripe, first.attachment.stripe);
    assert.equal(second.value(), undefined);
    second.cell.inc(3);
    assert.equal(second.value(), 3, 'not 103');
  });

  it('starts anew at cells that another series had', test => {
    const { cell, place, attachment, value } = stripedGauge(test);
    cell.set(5);
    place.cellOffset = CELLS + 16;
    attachment.records.advanceEpoch();
    cell.inc(2);
    assert.equal(value(), 5, 'the old cells are as they were');
    place.cellOffset = CELLS;
    attachment.records.advanceEpoch();
    cell.inc(2);
    assert.equal(value(), 7);
  });
});

describe('an atomic gauge cell', () => {
  it('is one value for every thread, and outlives them', test => {
    const arena = newArena();
    const [a, b] = [atomicGauge(test, arena), atomicGauge(test, arena)];
    a.cell.set(10);
    b.cell.inc(5);
    a.attachment.detach();
    assert.equal(b.value(), 15);
    b.attachment.detach();
    assert.equal(a.value(), 15);
  });
});
