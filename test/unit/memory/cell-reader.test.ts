import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import type { Arena } from '../../../src/memory/arena.js';
import type { Attachment } from '../../../src/memory/attachment.js';
import { BucketIndex } from '../../../src/memory/bucket-index.js';
import { ownStripeWriter, sharedStripeWriter } from '../../../src/memory/cell-place.js';
import { CellReader } from '../../../src/memory/cell-reader.js';
import type { Aggregator } from '../../../src/memory/cell-reader.js';
import { AtomicCounterCell, StripedCounterCell } from '../../../src/memory/counter-cell.js';
import { AtomicGaugeCell, StripedGaugeCell } from '../../../src/memory/gauge-cell.js';
import { AtomicHistogramCell, StripedHistogramCell } from '../../../src/memory/histogram-cell.js';
import type { CellOffset } from '../../../src/memory/layout.js';
import { FixedPlace, attach, newArena } from './arenas.js';

const CELLS = 48 as CellOffset;

function attachAll(test: TestContext, arena: Arena, ...threadIds: number[]): Attachment[] {
  return threadIds.map(threadId => attach(test, arena, threadId));
}

function readerOf(attachment: Attachment): CellReader {
  const reader = new CellReader(attachment);
  reader.refresh();
  return reader;
}

function counterOf(attachment: Attachment): StripedCounterCell {
  return new StripedCounterCell(ownStripeWriter(attachment)!, new FixedPlace(attachment.records, CELLS));
}

function gaugeOf(attachment: Attachment): StripedGaugeCell {
  return new StripedGaugeCell(ownStripeWriter(attachment)!, new FixedPlace(attachment.records, CELLS));
}

function counted(reader: CellReader): number {
  const out = Float64Array.of(NaN, NaN);
  reader.counters(Uint32Array.of(CELLS), 1, out);
  return out[0]!;
}

function gaugeValue(reader: CellReader, aggregator: Aggregator, ownThreadId: number): number | undefined {
  const out = Float64Array.of(NaN, NaN);
  reader.aggregateBy(aggregator, ownThreadId);
  return reader.gauge(CELLS, out, 1) ? out[1] : undefined;
}

/** The values that threads gave to a gauge, in the order in which they are read. */
function contributionsTo(reader: CellReader): { value: number; threadId: number }[] {
  const [values, threadIds] = [
    new Float64Array(reader.threadValuesMax),
    new Int32Array(reader.threadValuesMax),
  ];
  const count = reader.threadValues(CELLS, values, threadIds, 0);
  return Array.from({ length: count }, (_, i) => ({ value: values[i]!, threadId: threadIds[i]! }));
}

describe('reading a counter', () => {
  it('adds up every stripe and the shared one, also of threads that are gone', test => {
    const arena = newArena();
    const [a, b, c] = attachAll(test, arena, 1, 2, 3) as [Attachment, Attachment, Attachment];
    counterOf(a).inc(1);
    counterOf(b).inc(20.5);
    counterOf(c).inc(300);
    b.detach();
    assert.equal(counted(readerOf(a)), 321.5);
    new AtomicCounterCell(sharedStripeWriter(c), new FixedPlace(c.records, CELLS)).inc(4_000);
    assert.equal(counted(readerOf(a)), 4_321.5);
  });

  it('sees a stripe that was leased since only after a refresh', test => {
    const arena = newArena();
    const a = attach(test, arena, 1);
    const reader = readerOf(a);
    counterOf(attach(test, arena, 2)).inc(5);
    assert.equal(counted(reader), 0);
    reader.refresh();
    assert.equal(counted(reader), 5);
  });

  it('is possible for a thread that has no lease', test => {
    const arena = newArena({ stripeCount: 1, leaseCount: 1 });
    const [a, anonymous] = attachAll(test, arena, 1, 2) as [Attachment, Attachment];
    counterOf(a).inc(7);
    assert.equal(counted(readerOf(anonymous)), 7);
  });
});

describe('reading a histogram', () => {
  it('adds up buckets and sums of all stripes, into any place of the output', test => {
    const arena = newArena();
    const [a, b] = attachAll(test, arena, 1, 2) as [Attachment, Attachment];
    const index = BucketIndex.over([1, 2]);
    for (const [attachment, values] of [
      [a, [0.5, 1.5]],
      [b, [1.75, 9, 10]],
    ] as const) {
      const place = new FixedPlace(attachment.records, CELLS);
      const cell = new StripedHistogramCell(ownStripeWriter(attachment)!, place, index);
      for (const value of values) cell.observe(value);
    }
    const shared = new AtomicHistogramCell(sharedStripeWriter(a), new FixedPlace(a.records, CELLS), index);
    shared.observe(2);
    const out = new Float64Array(8).fill(-1);
    readerOf(b).histogram(CELLS, 3, out, 2);
    assert.deepEqual([...out], [-1, -1, 1, 3, 2, 24.75, -1, -1]);
  });

  it('grows its scratch for many buckets', test => {
    const arena = newArena();
    const a = attach(test, arena, 1);
    const bounds = Array.from({ length: 200 }, (_, i) => i);
    const place = new FixedPlace(a.records, CELLS);
    const cell = new StripedHistogramCell(ownStripeWriter(a)!, place, BucketIndex.over(bounds));
    for (let i = 0; i <= 200; i++) cell.observe(i);
    const out = new Float64Array(202);
    readerOf(a).histogram(CELLS, 201, out, 0);
    assert.deepEqual([...out], [...bounds.map(() => 1), 1, (200 * 201) / 2]);
  });
});

describe('reading a gauge', () => {
  const VALUES: readonly [threadId: number, value: number][] = [
    [11, 5],
    [12, -2],
    [13, 9],
  ];

  function withValues(test: TestContext): { reader: CellReader; threads: Attachment[]; arena: Arena } {
    const arena = newArena();
    const threads = VALUES.map(([threadId, value]) => {
      const attachment = attach(test, arena, threadId);
      gaugeOf(attachment).set(value);
      return attachment;
    });
    return { reader: readerOf(threads[0]!), threads, arena };
  }

  const EXPECTED: readonly [Aggregator, number][] = [
    ['sum', 12],
    ['min', -2],
    ['max', 9],
    ['average', 4],
    ['first', 5],
    ['last', 9],
    ['omit', -2],
  ];
  for (const [aggregator, expected] of EXPECTED) {
    it(`gives ${aggregator} ${expected} for 5, -2 and 9`, test => {
      assert.equal(gaugeValue(withValues(test).reader, aggregator, 12), expected);
    });
  }

  it('gives nothing when no live thread has set it', test => {
    const arena = newArena();
    const [a, b] = attachAll(test, arena, 1, 2) as [Attachment, Attachment];
    gaugeOf(b).set(5);
    assert.equal(gaugeValue(readerOf(a), 'sum', 1), 5);
    assert.equal(gaugeValue(readerOf(a), 'omit', 1), undefined, 'this thread has not set it');
    b.detach();
    assert.equal(gaugeValue(readerOf(a), 'sum', 1), undefined);
    assert.deepEqual(contributionsTo(readerOf(a)), []);
  });

  it('names the threads in the order in which they took their leases', test => {
    const { reader, threads, arena } = withValues(test);
    assert.deepEqual(
      contributionsTo(reader).map(({ threadId, value }) => [threadId, value]),
      VALUES,
    );
    threads[0]!.detach();
    // Thread 14 gets the stripe of 11, but is the latest.
    gaugeOf(attach(test, arena, 14)).set(1);
    const later = readerOf(threads[1]!);
    assert.deepEqual(
      contributionsTo(later).map(one => one.threadId),
      [12, 13, 14],
    );
    assert.equal(gaugeValue(later, 'first', 0), -2);
    assert.equal(gaugeValue(later, 'last', 0), 1);
  });

  it('does not count what a thread set before its lease ended, though its successor set nothing', test => {
    const { threads, arena } = withValues(test);
    threads[2]!.detach();
    attach(test, arena, 15);
    assert.equal(gaugeValue(readerOf(threads[0]!), 'sum', 0), 3);
  });

  it('counts the shared value once, after all others', test => {
    const { threads, reader } = withValues(test);
    const shared = new AtomicGaugeCell(
      sharedStripeWriter(threads[0]!),
      new FixedPlace(threads[0]!.records, CELLS),
    );
    reader.refresh();
    assert.equal(gaugeValue(reader, 'sum', 0), 12, 'not before it is set');
    shared.set(100);
    assert.equal(gaugeValue(reader, 'sum', 0), 112);
    assert.equal(gaugeValue(reader, 'last', 0), 100);
    assert.deepEqual(contributionsTo(reader).at(-1), { value: 100, threadId: -1 });
  });

  it('lets NaN through, and infinities', test => {
    const arena = newArena();
    const [a, b] = attachAll(test, arena, 1, 2) as [Attachment, Attachment];
    gaugeOf(a).set(Infinity);
    gaugeOf(b).set(1);
    assert.equal(gaugeValue(readerOf(a), 'sum', 0), Infinity);
    gaugeOf(b).set(NaN);
    for (const aggregator of ['sum', 'min', 'max', 'average', 'last'] as const) {
      assert.equal(gaugeValue(readerOf(a), aggregator, 0), NaN, aggregator);
    }
  });
});
