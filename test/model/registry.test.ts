/** Families and limits: definitions, removals and limits that meet in every order. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ownStripeWriter } from '../../src/memory/cell-place.js';
import { StripedCounterCell } from '../../src/memory/counter-cell.js';
import { HEADER_SERIES_COUNT_OFFSET } from '../../src/memory/layout.js';
import type { RecordStore } from '../../src/memory/record-store.js';
import { CardinalityLimits } from '../../src/registry/cardinality.js';
import { ArenaSeriesPlace } from '../../src/registry/series-place.js';
import { interleaveThreads } from './interleaving.js';
import { forEveryAccess, killAt, withMutant } from './stepping.js';
import { LABELLED, withThreads } from './threads.js';

describe('defining a family', () => {
  test('two threads that define it at once have one, and their counts add up', () => {
    interleaveThreads(
      () => undefined,
      a => a.cell('x').inc(),
      b => b.cell('x').inc(2),
      a => assert.deepEqual(a.scrape(), { x: 3 }),
    );
  });
});

describe('removing a family', () => {
  const removeWhileCreating = (): number =>
    interleaveThreads(
      (a, b) => assert.equal(a.family().descriptor.name, b.family().descriptor.name),
      a => a.cell('x').inc(),
      b => b.engine.removeFamily('c_total'),
      (a, b) => {
        assert.deepEqual(a.scrape(), {});
        assert.equal(a.attachment.arena.header(HEADER_SERIES_COUNT_OFFSET), 0, 'no series is left behind');
        const again = b.engine.define(LABELLED);
        new StripedCounterCell(ownStripeWriter(b.attachment)!, again.place(['x'])).inc(5);
        assert.deepEqual(a.scrape(), { x: 5 }, 'the family defined again starts from nothing');
      },
    );

  test('a series created while its family goes does not stay', () => {
    assert.ok(removeWhileCreating() > 10);
  });

  test('mutant: a publisher that does not look at its family again is caught', () => {
    withMutant(
      ArenaSeriesPlace.prototype,
      'retireIfOrphan',
      () => undefined,
      () => assert.throws(removeWhileCreating, assert.AssertionError),
    );
  });
});

describe('a cardinality limit', () => {
  const fillTogether = (): number =>
    interleaveThreads(
      a => {
        a.cell('1').inc();
        a.cell('2').inc();
      },
      a => a.cell('3').inc(),
      b => b.cell('4').inc(),
      a => {
        const seen = a.scrape();
        const names = Object.keys(seen).filter(name => name !== 'overflow');
        assert.ok(names.length <= 3, `${names.length} series, the limit is 3`);
        assert.equal(
          Object.values(seen).reduce((sum, value) => sum + value),
          4,
          'nothing is lost',
        );
      },
    );

  test('is not exceeded by threads that reach it together, and no count is lost', () => {
    assert.ok(fillTogether() > 10);
  });

  test('mutant: checking the limit before counting in is caught', () => {
    const checkThenCount = function (this: CardinalityLimits, family: never): string | undefined {
      const { records } = this as unknown as { records: RecordStore };
      if (records.slots.seriesCount(family) >= 3) return 'family_limit';
      records.reservations.reserveSeries(family);
      return undefined;
    };
    withMutant(CardinalityLimits.prototype, 'reserve', checkThenCount, () =>
      assert.throws(fillTogether, assert.AssertionError),
    );
  });

  test('is whole again after a thread died while it created a series', () => {
    const points = forEveryAccess(n =>
      withThreads(2, ([a, b]) => {
        assert.deepEqual(a!.family().descriptor, LABELLED);
        const died = killAt(n, () => b!.cell('x').inc());
        a!.attachment.recover(2);
        for (const value of ['1', '2', 'x']) a!.cell(value).inc();
        assert.equal(a!.scrape()['overflow'], undefined, 'three series fit');
        a!.cell('y').inc();
        assert.equal(a!.scrape()['overflow'], 1, 'the fourth does not');
        return died;
      }),
    );
    assert.ok(points > 10);
  });
});

describe('a handle kept over a removal', () => {
  test('records into its own series or into none, whatever moment the removal comes', () => {
    const points = interleaveThreads(
      a => a.cell('x').inc(),
      a => {
        const handle = a.cell('x');
        for (let i = 0; i < 3; i++) handle.inc();
      },
      b => {
        b.family().remove(['x']);
        b.cell('stranger').inc(100);
      },
      a => {
        const { stranger, x = 0 } = a.scrape();
        assert.equal(stranger, 100, 'a stranger has its own value only');
        assert.ok(x <= 3);
      },
    );
    assert.ok(points > 5);
  });

  test('records into the series again after it was removed', () => {
    withThreads(2, ([a, b]) => {
      const handle = a!.cell('x');
      handle.inc(5);
      b!.family().remove(['x']);
      assert.deepEqual(a!.scrape(), {});
      handle.inc(2);
      assert.deepEqual(b!.scrape(), { x: 2 });
    });
  });
});

describe('reset', () => {
  test('starts series again while others record: a value is from before or from after, never a mixture', () => {
    interleaveThreads(
      a => a.cell('x').inc(1_000),
      a => a.cell('x').inc(1),
      b => b.family().reset(),
      a => {
        const { x = 0 } = a.scrape();
        assert.ok(x === 0 || x === 1, `x is ${x}`);
      },
    );
  });
});
