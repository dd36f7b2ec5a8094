import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Registry } from '../../../src/index.js';
import { PlayedThread, silenceWarnings } from './played-thread.js';

silenceWarnings();

describe('the value of a series', () => {
  it('is what all threads recorded, without labels that of the series without', test => {
    const registry = new Registry();
    const thread = new PlayedThread(test, registry.share(), 901);
    const options = { name: 'c', help: 'C.', labelNames: ['a', 'b'] } as const;
    const counter = registry.counter(options);
    counter.inc({ a: 'x' }, 2.5);
    thread.counter(options, 'x', '').inc(10);
    thread.counter(options, 'x', 'y').inc();
    counter.inc(7);
    assert.deepEqual(
      [counter.value({ a: 'x' }), counter.value({ a: 'x', b: 'y' }), counter.value({ b: 'y', a: 'x' })],
      [12.5, 1, 1],
    );
    assert.deepEqual([counter.value(), counter.value({})], [7, 7]);
    const bare = registry.counter({ name: 'bare', help: 'B.' });
    assert.equal(bare.value(), 0);
    bare.inc(3);
    assert.equal(bare.value(), 3);
  });

  it('is undefined where a scrape shows none, and reading creates nothing', () => {
    const registry = new Registry({ labelValueMax: 20 });
    const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['a'] });
    const gauge = registry.gauge({ name: 'g', help: 'G.', labelNames: ['a'] });
    counter.labels('handle');
    counter.inc({ a: 'removed' });
    counter.remove('removed');
    const { series } = registry.cardinality();
    const structure = JSON.stringify(registry.cardinality());
    for (const a of ['handle', 'removed', 'never', 'v'.repeat(100_000)]) {
      assert.equal(counter.value({ a }), undefined, a.slice(0, 20));
      assert.equal(gauge.value({ a }), undefined);
    }
    assert.equal(registry.cardinality().series, series);
    assert.equal(JSON.stringify(registry.cardinality()), structure);
    // @ts-expect-error no such label
    assert.throws(() => counter.value({ b: 'x' }), /^Error: Added label "b" is not included/);
  });

  it('does not bring back what another thread has removed', test => {
    const registry = new Registry();
    const thread = new PlayedThread(test, registry.share(), 901);
    const bare = registry.counter({ name: 'bare', help: 'B.' });
    bare.inc();
    // A thread that died inside a reset: the base series is not there again.
    const { records } = thread.attachment;
    for (const slot of records.seriesOf(thread.engine.catalogue.families()[0]!.slot)) records.retire(slot);
    assert.equal(bare.value(), undefined);
    assert.equal(registry.cardinality().series, 0);
    bare.inc(2);
    assert.equal(bare.value(), 2);
    registry.removeSingleMetric('bare');
    assert.equal(bare.value(), undefined);
    thread.define('counter', { name: 'bare', help: 'B.' });
    assert.equal(bare.value(), 0, 'defined again by another thread');
    thread.engine.removeFamily('bare');
    thread.define('gauge', { name: 'bare', help: 'B.' });
    assert.equal(bare.value(), undefined, 'another definition is another family');
    assert.deepEqual(registry.cardinality().families, 1);
  });

  it('is undefined once the registry is closed in this thread', () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'c', help: 'C.' });
    counter.inc();
    registry.close();
    assert.equal(counter.value(), undefined);
  });

  it('of a gauge is aggregated as in a scrape; by thread it is the sum', test => {
    const EXPECTED = { sum: 7, min: 2, max: 5, average: 3.5, first: 5, omit: 5, thread: 7 } as const;
    const registry = new Registry();
    const thread = new PlayedThread(test, registry.share(), 901);
    for (const [aggregator, expected] of Object.entries(EXPECTED)) {
      const options = { name: aggregator, help: 'G.', labelNames: ['a'], aggregator: aggregator as 'sum' };
      const gauge = registry.gauge(options);
      gauge.set({ a: 'x' }, 5);
      thread.gauge(options, 'x').set(2);
      assert.equal(gauge.value({ a: 'x' }), expected, aggregator);
    }
    const bare = registry.gauge({ name: 'bare', help: 'G.' });
    assert.equal(bare.value(), 0);
    const last = registry.gauge({ name: 'last', help: 'G.', aggregator: 'last' });
    last.set(NaN);
    assert.equal(last.value(), NaN);
  });

  it('of a histogram has cumulative buckets, and native ones of its own', () => {
    const registry = new Registry();
    const classic = registry.histogram({ name: 'h', help: 'H.', buckets: [1, 2], labelNames: ['a'] });
    for (const value of [0.5, 1, 1.5, 9]) classic.observe({ a: 'x' }, value);
    assert.deepEqual(classic.value({ a: 'x' }), {
      count: 4,
      sum: 12,
      buckets: [
        { le: 1, count: 2 },
        { le: 2, count: 3 },
        { le: Infinity, count: 4 },
      ],
    });
    const native = registry.histogram({ name: 'n', help: 'N.', native: { schema: 0 } });
    for (const value of [1, 2, 2, -4, 0]) native.observe(value);
    const read = native.value()!;
    assert.deepEqual([read.count, read.sum, read.buckets], [5, 1, [{ le: Infinity, count: 5 }]]);
    assert.deepEqual(read.native, {
      schema: 0,
      zeroThreshold: 2 ** -128,
      zeroCount: 1,
      positiveLow: 0,
      positiveCounts: Float64Array.of(1, 2),
      negativeLow: 2,
      negativeCounts: Float64Array.of(1),
    });
    native.observe(1);
    assert.equal(native.value()!.native!.positiveCounts[0], 2);
    assert.equal(read.native!.positiveCounts[0], 1, 'what was read stays');
  });

  it('of a summary has its quantiles in increasing order', () => {
    const registry = new Registry();
    const summary = registry.summary({ name: 's', help: 'S.', percentiles: [0.99, 0.5] });
    const empty = summary.value()!;
    assert.deepEqual([empty.count, empty.sum], [0, 0]);
    assert.ok(empty.quantiles.every(({ value }) => Number.isNaN(value)));
    for (let i = 1; i <= 100; i++) summary.observe(i);
    const { count, sum, quantiles, relativeError } = summary.value()!;
    assert.deepEqual([count, sum], [100, 5_050]);
    assert.deepEqual(
      quantiles.map(({ quantile }) => quantile),
      [0.5, 0.99],
    );
    for (const [i, exact] of [50, 99].entries()) {
      assert.ok(Math.abs(quantiles[i]!.value - exact) <= exact * relativeError, `${quantiles[i]!.value}`);
    }
  });

  it('leaves snapshots alone that somebody holds', async () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['a'] });
    counter.inc({ a: 'x' }, 5);
    const [family] = registry.snapshot().families;
    counter.inc({ a: 'x' });
    assert.equal(counter.value({ a: 'x' }), 6);
    assert.equal((await counter.get()).values[0]!.value, 6);
    assert.equal((await registry.getMetricsAsJSON())[0]!.values[0]!.value, 6);
    assert.equal(family!.values[0], 5);
  });
});

describe('get()', () => {
  it('runs the collect callback of its metric alone, and rejects with what that throws', async () => {
    const registry = new Registry();
    let others = 0;
    registry.gauge({ name: 'other', help: 'O.', collect: () => void others++ });
    const gauge = registry.gauge({
      name: 'g',
      help: 'G.',
      async collect() {
        await Promise.resolve();
        this.set(3);
      },
    });
    assert.equal(gauge.value(), 0, 'value() runs none');
    assert.equal((await gauge.get()).values[0]!.value, 3);
    assert.equal(others, 0);
    const failing = registry.gauge({
      name: 'f',
      help: 'F.',
      collect: () => {
        throw new Error('no value today');
      },
    });
    await assert.rejects(failing.get(), /no value today/);
  });

  it('of a family that was removed has no values', async () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'c_bytes_total', help: 'C.', unit: 'bytes' });
    registry.clear();
    assert.deepEqual(await counter.get(), {
      help: 'C.',
      name: 'c_bytes_total',
      type: 'counter',
      unit: 'bytes',
      aggregator: 'sum',
      values: [],
    });
  });
});

describe('getMetricsAsJSON()', () => {
  it('has every family of the registry, whichever thread defined it, after the collect callbacks', async test => {
    const registry = new Registry();
    const thread = new PlayedThread(test, registry.share(), 901);
    thread.counter({ name: 'theirs', help: 'T.' }).inc(4);
    registry.gauge({
      name: 'ours',
      help: 'O.',
      collect() {
        this.set(2);
      },
    });
    const objects = await registry.getMetricsAsJSON();
    assert.deepEqual(
      objects.map(({ name, type, values }) => [name, type, values]),
      [
        ['theirs', 'counter', [{ labels: {}, value: 4 }]],
        ['ours', 'gauge', [{ labels: {}, value: 2 }]],
      ],
    );
  });
});
