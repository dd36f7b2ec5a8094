/** Withdrawn gauges: whatever moment a scrape or death comes, a thread's value is there or it is not. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ownStripeWriter } from '../../src/memory/cell-place.js';
import { StripedGaugeCell } from '../../src/memory/gauge-cell.js';
import { describeFamily } from '../../src/primitives/family-descriptor.js';
import { actBeforeEach, forEveryAccess, killAt, withMutant } from './stepping.js';
import { withThreads } from './threads.js';
import type { Thread } from './threads.js';

const QUEUED = describeFamily('gauge', { name: 'queued', help: 'Q.', labelNames: ['a'] }, 10);

function gaugeOf(thread: Thread): StripedGaugeCell {
  return new StripedGaugeCell(ownStripeWriter(thread.attachment)!, thread.family(QUEUED).place(['x']));
}

/** The sum over the threads; undefined when no thread has a value. */
function shown(thread: Thread): number | undefined {
  return thread.scrape(QUEUED.name)['x'];
}

/** One thread withdraws its value and sets another one; a scrape before every access. Returns what was seen. */
function withdrawAndSet(): (number | undefined)[] {
  return withThreads(2, ([a, scraper]) => {
    const gauge = gaugeOf(a!);
    gauge.set(5);
    const seen: (number | undefined)[] = [];
    const look = (): void => {
      const value = shown(scraper!);
      if (seen.length === 0 || seen.at(-1) !== value) seen.push(value);
    };
    actBeforeEach(() => gauge.withdraw(), look);
    look();
    actBeforeEach(() => gauge.set(7), look);
    look();
    return seen;
  });
}

/** As StripedGaugeCell, open to mutants. */
interface Inside {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly doubleIndex: number;
  markIndex(): number;
  withdraw(): void;
}

describe('a gauge that is withdrawn', () => {
  test('is there, then not, and then there with its next value', () => {
    assert.deepEqual(withdrawAndSet(), [5, undefined, 7]);
  });

  test('leaves the value or none when its thread dies in it, and none when the thread has been recovered', () => {
    const points = forEveryAccess(n =>
      withThreads(2, ([a, b]) => {
        const gauge = gaugeOf(b!);
        gauge.set(5);
        const died = killAt(n, () => gauge.withdraw());
        assert.equal(shown(a!), died ? 5 : undefined);
        a!.attachment.recover(2);
        assert.equal(shown(a!), undefined);
        return died;
      }),
    );
    assert.equal(points, 1, 'the withdrawal is one access');
  });

  test('mutant: setting 0 instead of ending the value is caught', () => {
    const zeroed = function (this: Inside): void {
      this.doubles[this.doubleIndex] = 0;
    };
    withMutant(StripedGaugeCell.prototype as never as Inside, 'withdraw', zeroed, () =>
      assert.throws(() => assert.deepEqual(withdrawAndSet(), [5, undefined, 7])),
    );
  });

  test('mutant: going on as if the value had not been ended is caught', () => {
    const ended = function (this: Inside): void {
      Atomics.store(this.words, this.markIndex(), 0);
    };
    withMutant(StripedGaugeCell.prototype as never as Inside, 'withdraw', ended, () =>
      assert.throws(() => assert.deepEqual(withdrawAndSet(), [5, undefined, 7])),
    );
  });
});
