import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { Registry } from '../../../src/index.js';
import type { Aggregator } from '../../../src/index.js';
import { sampleLines, samples } from '../sample-lines.js';
import { PlayedThread, silenceWarnings } from './played-thread.js';

silenceWarnings();

const VALUES: readonly [threadId: number, value: number][] = [
  [901, 5],
  [902, -2],
  [903, 9],
];

interface Scene {
  readonly registry: Registry;
  readonly threads: readonly PlayedThread[];
}

/** A gauge with one label set, set by three threads and not by this one. */
function sceneOf(test: TestContext, aggregator: Aggregator): Scene {
  const registry = new Registry();
  const options = { name: 'g', help: 'G.', labelNames: ['a'], aggregator } as const;
  registry.gauge(options);
  const threads = VALUES.map(([threadId, value]) => {
    const thread = new PlayedThread(test, registry.share(), threadId);
    thread.gauge(options, 'x').set(value);
    return thread;
  });
  return { registry, threads };
}

describe('a gauge that several threads have set', () => {
  const EXPECTED: readonly [Aggregator, number, withOwn: number][] = [
    ['sum', 12, 112],
    ['min', -2, -2],
    ['max', 9, 100],
    ['average', 4, 28],
    ['first', 5, 100],
  ];
  for (const [aggregator, expected, withOwn] of EXPECTED) {
    it(`shows ${aggregator} as ${expected}, and ${withOwn} with this thread’s 100`, test => {
      const { registry } = sceneOf(test, aggregator);
      assert.deepEqual(samples(registry), { 'g{a="x"}': expected });
      registry.gauge({ name: 'g', help: 'G.', labelNames: ['a'], aggregator }).set({ a: 'x' }, 100);
      assert.deepEqual(samples(registry), { 'g{a="x"}': withOwn });
    });
  }

  it('loses what a thread gave when the thread ends', test => {
    const { registry, threads } = sceneOf(test, 'sum');
    threads[0]!.attachment.detach();
    assert.deepEqual(samples(registry), { 'g{a="x"}': 7 });
    threads[1]!.attachment.detach();
    threads[2]!.attachment.detach();
    assert.deepEqual(sampleLines(registry), [], 'nobody gives it a value any more');
  });

  it('shows the scraping thread’s own value with omit', test => {
    const { registry } = sceneOf(test, 'omit');
    assert.deepEqual(sampleLines(registry), []);
    registry.gauge({ name: 'g', help: 'G.', labelNames: ['a'], aggregator: 'omit' }).set({ a: 'x' }, 3);
    assert.deepEqual(samples(registry), { 'g{a="x"}': 3 });
  });

  it('shows a sample for each thread with thread', test => {
    const { registry, threads } = sceneOf(test, 'thread');
    registry.gauge({ name: 'g', help: 'G.', labelNames: ['a'], aggregator: 'thread' }).set({ a: 'x' }, 3);
    assert.deepEqual(samples(registry), {
      'g{a="x",thread="0"}': 3,
      'g{a="x",thread="901"}': 5,
      'g{a="x",thread="902"}': -2,
      'g{a="x",thread="903"}': 9,
    });
    threads[1]!.attachment.detach();
    assert.equal(sampleLines(registry).length, 3);
  });

  it('shows the latest value with last, whoever set it, also after that thread has ended', test => {
    const registry = new Registry();
    const options = { name: 'g', help: 'G.', aggregator: 'last' } as const;
    const gauge = registry.gauge(options);
    assert.deepEqual(samples(registry), { g: 0 });
    const other = Registry.attach(registry.share()).gauge(options);
    gauge.set(5);
    other.set(7);
    assert.deepEqual(samples(registry), { g: 7 });
    gauge.inc(1);
    assert.deepEqual(samples(registry), { g: 8 });
    const thread = new PlayedThread(test, registry.share(), 901);
    assert.equal(thread.define('gauge', options).descriptor.sharing, 'atomic');
    thread.attachment.detach();
    assert.deepEqual(samples(registry), { g: 8 });
  });

  it('has no value of a thread that has only looked its series up', test => {
    const { registry } = sceneOf(test, 'average');
    const idle = new PlayedThread(test, registry.share(), 904);
    idle.define('gauge', { name: 'g', help: 'G.', labelNames: ['a'], aggregator: 'average' }).place(['x']);
    assert.deepEqual(samples(registry), { 'g{a="x"}': 4 });
  });

  it('without labels is 0 until a live thread sets it, and again after that one ended', test => {
    const registry = new Registry();
    const options = { name: 'g', help: 'G.', aggregator: 'max' } as const;
    registry.gauge(options);
    assert.deepEqual(samples(registry), { g: 0 });
    const thread = new PlayedThread(test, registry.share(), 901);
    thread.gauge(options).set(-5);
    assert.deepEqual(samples(registry), { g: -5 });
    thread.attachment.detach();
    assert.deepEqual(samples(registry), { g: 0 });
  });
});

describe('counters and histograms of several threads', () => {
  it('add up, and stay when a thread ends', test => {
    const registry = new Registry();
    const counterOptions = { name: 'c', help: 'C.', labelNames: ['a'] };
    const histogramOptions = { name: 'h', help: 'H.', buckets: [1, 2] };
    registry.counter(counterOptions).inc({ a: 'x' }, 1_000);
    registry.histogram(histogramOptions).observe(0.5);
    for (let round = 0; round < 3; round++) {
      const thread = new PlayedThread(test, registry.share(), 900 + round);
      thread.counter(counterOptions, 'x').inc(10.5);
      thread.histogram(histogramOptions).observe(1.5);
      if (round < 2) thread.attachment.detach();
    }
    assert.deepEqual(samples(registry), {
      'c{a="x"}': 1_031.5,
      'h_bucket{le="1.0"}': 1,
      'h_bucket{le="2.0"}': 4,
      'h_bucket{le="+Inf"}': 4,
      h_sum: 5,
      h_count: 4,
    });
  });
});

describe('a gauge that was initialised', () => {
  const labelNames = ['a'] as const;
  const AGGREGATORS: readonly Aggregator[] = ['sum', 'min', 'max', 'average', 'first', 'last', 'omit'];

  for (const aggregator of AGGREGATORS) {
    it(`is 0 with ${aggregator} while no thread has set it`, () => {
      const registry = new Registry();
      const gauge = registry.gauge({ name: 'g', help: 'G.', labelNames, aggregator });
      assert.equal(gauge.init('x'), true);
      assert.deepEqual(samples(registry), { 'g{a="x"}': 0 });
      gauge.set({ a: 'x' }, 7);
      gauge.init('x');
      assert.deepEqual(samples(registry), { 'g{a="x"}': 7 });
    });
  }

  for (const aggregator of ['sum', 'min', 'max', 'average', 'first'] as const) {
    it(`adds nothing to what threads have set with ${aggregator}, before or after, and is 0 when they end`, test => {
      const { registry, threads } = sceneOf(test, aggregator);
      const before = samples(registry);
      const gauge = registry.gauge({ name: 'g', help: 'G.', labelNames, aggregator });
      for (const thread of threads)
        thread.define('gauge', { name: 'g', help: 'G.', labelNames, aggregator }).init(['x']);
      gauge.init('x');
      assert.deepEqual(samples(registry), before);
      for (const thread of threads) thread.attachment.detach();
      assert.deepEqual(samples(registry), { 'g{a="x"}': 0 });
      gauge.set({ a: 'x' }, -3);
      assert.deepEqual(samples(registry), { 'g{a="x"}': -3 });
    });
  }

  it('shows this thread at 0 with thread, unless it has set a value, and no other', test => {
    const { registry, threads } = sceneOf(test, 'thread');
    const gauge = registry.gauge({ name: 'g', help: 'G.', labelNames, aggregator: 'thread' });
    gauge.init('x');
    const theirs = { 'g{a="x",thread="901"}': 5, 'g{a="x",thread="902"}': -2, 'g{a="x",thread="903"}': 9 };
    assert.deepEqual(samples(registry), { ...theirs, 'g{a="x",thread="0"}': 0 });
    gauge.set({ a: 'x' }, 8);
    gauge.init({ a: 'x' });
    assert.deepEqual(samples(registry), { ...theirs, 'g{a="x",thread="0"}': 8 });
    for (const thread of threads) thread.attachment.detach();
    assert.deepEqual(samples(registry), { 'g{a="x",thread="0"}': 8 });
  });

  it('is nowhere beyond a limit, with thread neither', () => {
    for (const aggregator of ['sum', 'thread'] as const) {
      const registry = new Registry({ familySeriesMax: 1 });
      const gauge = registry.gauge({ name: 'g', help: 'G.', labelNames, aggregator });
      gauge.set({ a: 'x' }, 1);
      assert.equal(gauge.init('y'), false);
      assert.equal(sampleLines(registry).length, 1);
    }
  });
});
