import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import promClient from 'prom-client';
import { ConfigurationError, Histogram, Registry } from '../../../src/index.js';
import { sampleLines, samples } from '../sample-lines.js';
import { assertRefusedAlike } from './refused-alike.js';

for (const sharing of ['striped', 'atomic'] as const) {
  describe(`a histogram, ${sharing}`, () => {
    it('is there at 0 from its definition on when it has no labels', () => {
      const registry = new Registry();
      registry.histogram({ name: 'h', help: 'H.', buckets: [1, 2], sharing });
      assert.deepEqual(sampleLines(registry), [
        'h_bucket{le="1"} 0',
        'h_bucket{le="2"} 0',
        'h_bucket{le="+Inf"} 0',
        'h_sum 0',
        'h_count 0',
      ]);
    });

    it('shows cumulative buckets, their sum and their count', () => {
      const registry = new Registry();
      const histogram = registry.histogram({ name: 'h', help: 'H.', buckets: [1, 2.5], sharing });
      for (const value of [0.5, 1, 2, 100]) histogram.observe(value);
      histogram.labels().observe(-1);
      assert.deepEqual(samples(registry), {
        'h_bucket{le="1"}': 3,
        'h_bucket{le="2.5"}': 4,
        'h_bucket{le="+Inf"}': 5,
        h_sum: 102.5,
        h_count: 5,
      });
    });

    it('has buckets for each label set', () => {
      const registry = new Registry();
      const histogram = registry.histogram({
        name: 'h',
        help: 'H.',
        labelNames: ['a'],
        buckets: [],
        sharing,
      });
      histogram.observe({ a: 'x' }, 1);
      histogram.labels('y').observe(2);
      histogram.labels({ a: 'y' }).observe(3);
      assert.deepEqual(samples(registry), {
        'h_bucket{le="+Inf",a="x"}': 1,
        'h_sum{a="x"}': 1,
        'h_count{a="x"}': 1,
        'h_bucket{le="+Inf",a="y"}': 2,
        'h_sum{a="y"}': 5,
        'h_count{a="y"}': 2,
      });
    });

    it('refuses what is no finite number with the texts of prom-client, and records nothing', () => {
      const registry = new Registry();
      const ours = registry.histogram({ name: 'h', help: 'H.', labelNames: ['a'], sharing });
      const theirs = new promClient.Histogram({ name: 'h', help: 'H.', labelNames: ['a'], registers: [] });
      const CALLS: readonly ((histogram: { observe(...given: unknown[]): void }) => void)[] = [
        histogram => histogram.observe('asd'),
        histogram => histogram.observe({ a: 'x' }, 'asd'),
        histogram => histogram.observe({ a: 'x' }, NaN),
        histogram => histogram.observe({ a: 'x' }, Infinity),
        histogram => histogram.observe({ b: 'x' }, 1),
      ];
      for (const call of CALLS) {
        assertRefusedAlike(
          () => call(ours as never),
          () => call(theirs as never),
          'h',
        );
      }
      assert.deepEqual(sampleLines(registry), []);
    });

    it('observes the seconds of a timer under the labels of both ends', test => {
      let nowMs = 0;
      test.mock.method(performance, 'now', () => nowMs);
      const registry = new Registry();
      const histogram = registry.histogram({
        name: 'h',
        help: 'H.',
        labelNames: ['a', 'b'],
        buckets: [],
        sharing,
      });
      const end = histogram.startTimer({ a: 'start', b: 'start' });
      const endHandle = histogram.labels('handle', '').startTimer();
      const endBare = histogram.startTimer();
      nowMs = 2_000;
      assert.deepEqual([end({ b: 'end' }), endHandle(), endBare({ a: 'bare' })], [2, 2, 2]);
      const found = samples(registry);
      const sums = ['{a="start",b="end"}', '{a="handle"}', '{a="bare"}'].map(
        labels => found[`h_sum${labels}`],
      );
      assert.deepEqual(sums, [2, 2, 2]);
    });
  });
}

function errorOf(call: () => void): { name: string; message: string } {
  try {
    call();
  } catch (error) {
    const { name, message } = error as Error;
    return { name, message };
  }
  return assert.fail('prom-client accepts this call');
}

describe('the buckets of a histogram', () => {
  it('are 5 ms to 10 s when none are given, in every form of definition', () => {
    const registry = new Registry();
    const made = new Histogram({ name: 'h', help: 'H.', registers: [registry] });
    assert.equal(registry.histogram({ name: 'h', help: 'H.' }), made);
    const bounds = sampleLines(registry).flatMap(line => /le="([^"]+)"/.exec(line)?.[1] ?? []);
    assert.deepEqual(bounds.join(' '), '0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 5 10 +Inf');
  });

  it('are refused when they cannot be used, and nothing is defined', () => {
    const registry = new Registry();
    assert.throws(() => registry.histogram({ name: 'h', help: 'H.', buckets: [2, 1] }), ConfigurationError);
    assert.equal(registry.getSingleMetric('h'), undefined);
    assert.equal(registry.cardinality().families, 0);
    registry.histogram({ name: 'h', help: 'H.', buckets: [1, 2] });
  });

  it('are refused as a label, before anything is defined', () => {
    const registry = new Registry();
    const define = (): unknown => registry.histogram({ name: 'h', help: 'H.', labelNames: ['le'] });
    assert.throws(
      define,
      errorOf(() => new promClient.Histogram({ name: 'h', help: 'H.', labelNames: ['le'], registers: [] })),
    );
    assert.equal(registry.cardinality().families, 0);
  });
});

describe('a timer of a histogram without labels', () => {
  it('observes once at the end of a block', () => {
    const registry = new Registry();
    const histogram = registry.histogram({ name: 'h', help: 'H.', buckets: [] });
    {
      using timer = histogram.startTimer();
      assert.equal(typeof timer, 'function');
    }
    assert.equal(samples(registry)['h_count'], 1);
  });
});

describe('zero()', () => {
  it('is init() under the name of prom-client: the buckets, the sum and the count are there at 0', () => {
    const registry = new Registry();
    const histogram = registry.histogram({ name: 'h', help: 'H.', labelNames: ['a'], buckets: [1] });
    assert.equal(histogram.zero({ a: 'x' }), true);
    assert.equal(histogram.init({ a: 'y' }), true);
    const zeros = (a: string): object => ({
      [`h_bucket{le="1",a="${a}"}`]: 0,
      [`h_bucket{le="+Inf",a="${a}"}`]: 0,
      [`h_sum{a="${a}"}`]: 0,
      [`h_count{a="${a}"}`]: 0,
    });
    assert.deepEqual(samples(registry), { ...zeros('x'), ...zeros('y') });
    histogram.observe({ a: 'x' }, 0.5);
    histogram.zero({ a: 'x' });
    assert.equal(samples(registry)['h_count{a="x"}'], 1);
  });
});
