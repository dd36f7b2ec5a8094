import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Registry } from '../../../src/index.js';
import type { FamilySnapshot } from '../../../src/index.js';
import { PrometheusProtobufRenderer } from '../../../src/exposition/prometheus-protobuf.js';
import { PlayedThread, silenceWarnings } from '../registry/played-thread.js';
import type { DecodedFamily, DecodedMetric, DecodedTimestamp } from './decoded-families.js';
import { countsIn, decodeFamilies, labelsIn } from './decoded-families.js';

silenceWarnings();

function decoded(registry: Registry, renderer = new PrometheusProtobufRenderer()): DecodedFamily[] {
  return decodeFamilies(renderer.render(registry.snapshot()).body);
}

/** The metrics of the only family. */
function metricsOf(registry: Registry): readonly DecodedMetric[] {
  const families = decoded(registry);
  assert.equal(families.length, 1);
  return families[0]!.metric;
}

function decodedSnapshot(...families: FamilySnapshot[]): DecodedFamily[] {
  return decodeFamilies(new PrometheusProtobufRenderer().render({ families }).body);
}

function msOf({ seconds, nanos = 0 }: DecodedTimestamp): number {
  return Number(seconds) * 1_000 + nanos / 1_000_000;
}

describe('a family', () => {
  it('has its name, help, type and unit, in the order of definition', () => {
    const registry = new Registry();
    registry.summary({ name: 's_bytes', help: 'S é "\\" \n.', unit: 'bytes' });
    registry.counter({ name: 'c_seconds_total', help: 'C.', unit: 'seconds' });
    registry.gauge({ name: 'g', help: 'lone \ud800' });
    registry.histogram({ name: 'h', help: 'H.' });
    assert.deepEqual(
      decoded(registry).map(({ metric, ...family }) => ({ ...family, metrics: metric.length })),
      [
        { name: 's_bytes', help: 'S é "\\" \n.', type: 'SUMMARY', unit: 'bytes', metrics: 1 },
        { name: 'c_seconds_total', help: 'C.', type: 'COUNTER', unit: 'seconds', metrics: 1 },
        { name: 'g', help: 'lone \ufffd', type: 'GAUGE', metrics: 1 },
        { name: 'h', help: 'H.', type: 'HISTOGRAM', metrics: 1 },
      ],
    );
  });

  it('shows no unit in which its name does not end: Prometheus would refuse the whole scrape', () => {
    const registry = new Registry();
    registry.gauge({ name: 'g_bytes_total', help: 'G.', unit: 'bytes' });
    registry.counter({ name: 'c_bytes', help: 'C.', unit: 'bytes' });
    assert.deepEqual(
      decoded(registry).map(({ unit }) => unit),
      [undefined, 'bytes'],
    );
  });

  it('is left out while it has no series, and so is a registry without any', () => {
    const registry = new Registry();
    assert.deepEqual(decoded(registry), []);
    const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['a'] });
    registry.gauge({ name: 'g', help: 'G.' });
    assert.deepEqual(
      decoded(registry).map(({ name }) => name),
      ['g'],
    );
    counter.inc({ a: 'x' });
    assert.deepEqual(
      decoded(registry).map(({ name }) => name),
      ['c', 'g'],
    );
  });

  it('has its overflow series last', () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['a'], seriesMax: 1 });
    counter.inc({ a: 'x' });
    counter.inc({ a: 'y' }, 5);
    const [family] = decoded(registry);
    assert.deepEqual(
      family!.metric.map(metric => [labelsIn(metric), metric.counter!.value]),
      [
        [{ a: 'x' }, 1],
        [{ otel_metric_overflow: 'true' }, 5],
      ],
    );
  });
});

describe('labels', () => {
  it('stand in the order of the label names, without the empty ones', () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['z', 'b', 'a'] });
    counter.inc({ z: '1', b: '', a: '2' });
    counter.inc({ b: '3' });
    counter.inc({});
    assert.deepEqual(
      metricsOf(registry).map(({ label }) => label),
      [
        [
          { name: 'z', value: '1' },
          { name: 'a', value: '2' },
        ],
        [{ name: 'b', value: '3' }],
        undefined,
      ],
    );
  });

  it('hold any text, lone surrogates as U+FFFD', () => {
    const VALUES = ['"', '\\', '\n', '\0', 'é 日本 😀', 'x'.repeat(200), '\ud800', '}, {a="x"} 1'];
    const registry = new Registry({ labelValueMax: 200 });
    const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['a', 'b'] });
    for (const value of VALUES) counter.inc({ a: value, b: value });
    const wanted = VALUES.map(value => value.replace('\ud800', '\ufffd'));
    assert.deepEqual(
      metricsOf(registry).map(labelsIn),
      wanted.map(value => ({ a: value, b: value })),
    );
  });
});

describe('values', () => {
  const VALUES = [0, -0, 1.5, 2 ** 53, 1e21, 5e-324, -1.5, NaN, Infinity, -Infinity];

  it('of gauges are doubles as they are, also those that change from scrape to scrape', () => {
    const registry = new Registry();
    const gauge = registry.gauge({ name: 'g', help: 'G.', labelNames: ['a'] });
    const renderer = new PrometheusProtobufRenderer();
    for (let turn = 0; turn < VALUES.length; turn++) {
      const turned = [...VALUES.slice(turn), ...VALUES.slice(0, turn)];
      turned.forEach((value, i) => gauge.set({ a: `v${i}` }, value));
      const [family] = decoded(registry, renderer);
      assert.deepEqual(
        family!.metric.map(metric => metric.gauge!.value),
        turned,
      );
    }
  });

  it('of a gauge shown by thread have the thread as a label', test => {
    const registry = new Registry();
    const options = { name: 'g', help: 'G.', labelNames: ['a'], aggregator: 'thread' } as const;
    registry.gauge(options).set({ a: 'x' }, 2);
    registry.gauge(options).set({}, 3);
    new PlayedThread(test, registry.share(), 901).gauge(options, 'x').set(NaN);
    assert.deepEqual(
      metricsOf(registry).map(metric => [labelsIn(metric), metric.gauge!.value]),
      [
        [{ a: 'x', thread: '0' }, 2],
        [{ a: 'x', thread: '901' }, NaN],
        [{ thread: '0' }, 3],
      ],
    );
  });

  it('of a summary are its quantiles, sum and count; without observations the quantiles are not a number', () => {
    const registry = new Registry();
    const percentiles = [0, 0.5, 0.99];
    const summary = registry.summary({ name: 's', help: 'S.', labelNames: ['a'], percentiles });
    summary.observe({ a: 'x' }, 0);
    summary.observe({ a: 'x' }, 0);
    registry.summary({ name: 'empty', help: 'E.', percentiles });
    registry.summary({ name: 'bare', help: 'B.', percentiles: [] }).observe(-2.5);
    const [full, empty, bare] = decoded(registry).map(family => family.metric[0]!.summary!);
    const quantilesOf = (value: number): object[] => percentiles.map(quantile => ({ quantile, value }));
    assert.deepEqual([full!.sampleCount, full!.sampleSum, full!.quantile], ['2', 0, quantilesOf(0)]);
    assert.deepEqual([empty!.sampleCount, empty!.sampleSum, empty!.quantile], ['0', 0, quantilesOf(NaN)]);
    assert.deepEqual([bare!.sampleCount, bare!.sampleSum, bare!.quantile], ['1', -2.5, undefined]);
  });

  it('of an info is a gauge under the name of its sample', () => {
    const registry = new Registry();
    registry.info({ name: 'build', help: 'B.', labelNames: ['version'] }).set({ version: '1.2' });
    const [family] = decoded(registry);
    assert.deepEqual(
      [family!.name, family!.type, family!.metric],
      ['build_info', 'GAUGE', [{ label: [{ name: 'version', value: '1.2' }], gauge: { value: 1 } }]],
    );
  });

  it('of a state set are a gauge for each state, one of them 1', () => {
    const states = ['off', 'on "é"', 'broken'] as const;
    const registry = new Registry();
    const set = registry.stateSet({ name: 'mode', help: 'M.', labelNames: ['a'], states });
    set.set({ a: 'x' }, 'broken');
    set.set({ a: 'y' }, 'off');
    const shown = (active: string, a: string): object[] =>
      states.map(mode => ({
        label: [
          { name: 'a', value: a },
          { name: 'mode', value: mode },
        ],
        gauge: { value: mode === active ? 1 : 0 },
      }));
    const [family] = decoded(registry);
    assert.equal(family!.type, 'GAUGE');
    assert.deepEqual(family!.metric, [...shown('broken', 'x'), ...shown('off', 'y')]);
  });
});

describe('a histogram', () => {
  it('has cumulative buckets up to +Inf, sum and count', () => {
    const registry = new Registry();
    const histogram = registry.histogram({
      name: 'h',
      help: 'H.',
      labelNames: ['a'],
      buckets: [-1, 0.1, 2.5],
    });
    for (const value of [-1, 0.1, 0.1, 2, 3, 4]) histogram.observe({ a: 'x' }, value);
    const [metric] = metricsOf(registry);
    const { createdTimestamp: _, ...fields } = metric!.histogram!;
    assert.deepEqual(labelsIn(metric!), { a: 'x' });
    assert.deepEqual(fields, {
      sampleCount: '6',
      sampleSum: 8.2,
      bucket: [
        { cumulativeCount: '1', upperBound: -1 },
        { cumulativeCount: '3', upperBound: 0.1 },
        { cumulativeCount: '4', upperBound: 2.5 },
        { cumulativeCount: '6', upperBound: Infinity },
      ],
    });
  });

  it('without bounds has the bucket +Inf', () => {
    const registry = new Registry();
    registry.histogram({ name: 'h', help: 'H.', buckets: [] }).observe(7);
    assert.deepEqual(metricsOf(registry)[0]!.histogram!.bucket, [
      { cumulativeCount: '1', upperBound: Infinity },
    ]);
  });

  it('holds counts up to those at which a double is no longer exact', () => {
    const registry = new Registry();
    registry.histogram({ name: 'h', help: 'H.', buckets: [1, 2] });
    const [family] = registry.snapshot().families;
    const counts = [2 ** 52, 2 ** 31, 1];
    const [shown] = decodedSnapshot({ ...family!, values: Float64Array.of(...counts, 0.5) });
    const { bucket, sampleCount } = shown!.metric[0]!.histogram!;
    const [a, b, c] = counts.map(BigInt) as [bigint, bigint, bigint];
    assert.deepEqual(
      bucket!.map(({ cumulativeCount }) => BigInt(cumulativeCount)),
      [a, a + b, a + b + c],
    );
    assert.equal(BigInt(sampleCount), a + b + c);
  });
});

describe('native buckets', () => {
  it('alone are without classic ones', () => {
    const registry = new Registry();
    const native = { schema: 0, zeroThreshold: 0.5 };
    const histogram = registry.histogram({ name: 'h', help: 'H.', buckets: [], native });
    // Buckets of schema 0 are (1/2, 1] at index 0, (1, 2] at 1, and so on.
    for (const value of [0, 0.5, -0.25, 1, 1.5, 2, 1_000, -3, -4, -4]) histogram.observe(value);
    const { createdTimestamp: _, ...fields } = metricsOf(registry)[0]!.histogram!;
    assert.deepEqual(fields, {
      sampleCount: '10',
      sampleSum: 993.75,
      schema: 0,
      zeroThreshold: 0.5,
      zeroCount: '3',
      negativeSpan: [{ offset: 2, length: 1 }],
      negativeDelta: ['3'],
      positiveSpan: [
        { offset: 0, length: 2 },
        { offset: 8, length: 1 },
      ],
      positiveDelta: ['1', '1', '-1'],
    });
  });

  it('stand beside classic ones, with the same count', () => {
    const registry = new Registry();
    const histogram = registry.histogram({ name: 'h', help: 'H.', buckets: [1], native: { schema: 2 } });
    for (const value of [0.5, 1, 2, 3]) histogram.observe(value);
    const { bucket, sampleCount, positiveSpan, positiveDelta } = metricsOf(registry)[0]!.histogram!;
    assert.deepEqual(bucket, [
      { cumulativeCount: '2', upperBound: 1 },
      { cumulativeCount: '4', upperBound: Infinity },
    ]);
    const counts = [...countsIn(positiveSpan, positiveDelta).values()];
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0n),
      BigInt(sampleCount),
    );
  });

  it('without observations have a span of no length, or a reader would not know that they are native', () => {
    for (const zeroThreshold of [0, 0.001]) {
      const registry = new Registry();
      registry.histogram({ name: 'h', help: 'H.', native: { zeroThreshold } });
      const { positiveSpan, positiveDelta, zeroCount, schema } = metricsOf(registry)[0]!.histogram!;
      assert.deepEqual(
        [positiveSpan, positiveDelta, zeroCount, schema],
        [[{ offset: 0, length: 0 }], undefined, '0', 8],
      );
    }
  });

  it('that counted only zeros have it, too', () => {
    const registry = new Registry();
    registry.histogram({ name: 'h', help: 'H.', native: true }).observe(0);
    const { positiveSpan, zeroCount } = metricsOf(registry)[0]!.histogram!;
    assert.deepEqual([positiveSpan, zeroCount], [[{ offset: 0, length: 0 }], '1']);
  });

  it('that are all negative need no such span', () => {
    const registry = new Registry();
    registry.histogram({ name: 'h', help: 'H.', native: { schema: 0 } }).observe(-1);
    const { positiveSpan, negativeSpan } = metricsOf(registry)[0]!.histogram!;
    assert.deepEqual([positiveSpan, negativeSpan], [undefined, [{ offset: 0, length: 1 }]]);
  });

  it('of several series are those of each', () => {
    const registry = new Registry();
    const native = { schema: 0 };
    const histogram = registry.histogram({ name: 'h', help: 'H.', labelNames: ['a'], buckets: [], native });
    for (let i = 0; i < 20; i++) for (let k = 0; k <= i; k++) histogram.observe({ a: `v${i}` }, 2 ** (k * 5));
    metricsOf(registry).forEach(({ histogram: shown }, i) => {
      const counts = countsIn(shown!.positiveSpan, shown!.positiveDelta);
      assert.deepEqual(
        [...counts].filter(([, count]) => count > 0n),
        Array.from({ length: i + 1 }, (_, k) => [k * 5, 1n]),
      );
    });
  });
});

describe('a created timestamp', () => {
  it('is that of the series, in counters, histograms and summaries, and the same in every scrape', () => {
    const before = Date.now();
    const registry = new Registry();
    registry.counter({ name: 'c', help: 'C.' }).inc();
    registry.histogram({ name: 'h', help: 'H.', native: true }).observe(1);
    registry.summary({ name: 's', help: 'S.' }).observe(1);
    const after = Date.now();
    const renderer = new PrometheusProtobufRenderer();
    const first = decoded(registry, renderer);
    const found = first.map(({ metric: [metric] }) => {
      const value = metric!.counter ?? metric!.histogram ?? metric!.summary;
      return msOf(value!.createdTimestamp);
    });
    assert.deepEqual(
      found,
      registry.snapshot().families.map(({ series }) => series[0]!.createdSeconds * 1_000),
    );
    for (const ms of found) assert.ok(ms >= before && ms <= after, `${before} <= ${ms} <= ${after}`);
    assert.deepEqual(decoded(registry, renderer), first);
  });

  it('is later after a reset, which starts another series', test => {
    test.mock.timers.enable({ apis: ['Date'], now: 1_700_000_000_000 });
    const registry = new Registry();
    const counter = registry.counter({ name: 'c', help: 'C.' });
    counter.inc();
    const renderer = new PrometheusProtobufRenderer();
    const created = (): DecodedTimestamp =>
      decoded(registry, renderer)[0]!.metric[0]!.counter!.createdTimestamp;
    assert.deepEqual(created(), { seconds: '1700000000' });
    test.mock.timers.setTime(1_700_000_000_789);
    counter.reset();
    counter.inc();
    assert.deepEqual(created(), { seconds: '1700000000', nanos: 789_000_000 });
  });
});

describe('exemplars', () => {
  const NOW = 1_700_000_000_123;
  const timestamp = { seconds: '1700000000', nanos: 123_000_000 };

  it('stand with the counter, the bucket or the native buckets that they belong to', test => {
    test.mock.timers.enable({ apis: ['Date'], now: NOW });
    const registry = new Registry();
    const options = { help: 'H.', enableExemplars: true } as const;
    const counter = registry.counter({ name: 'c', labelNames: ['a'], ...options });
    counter.inc({ labels: { a: 'x' }, value: 0.5, exemplarLabels: { trace_id: 'é "' } });
    counter.inc({ a: 'y' }, 2);
    const both = registry.histogram({ name: 'h', buckets: [1, 2, 3], native: { schema: 0 }, ...options });
    const native = registry.histogram({ name: 'n', buckets: [], native: { schema: 0 }, ...options });
    for (const histogram of [both, native]) {
      histogram.observe(1);
      for (const value of [1.5, 40]) histogram.observe({ value, exemplarLabels: { trace_id: `t${value}` } });
    }
    const [c, h, n] = decoded(registry).map(({ metric }) => metric);
    const shown = (value: number, id: string): object => ({
      label: [{ name: 'trace_id', value: id }],
      value,
      timestamp,
    });
    assert.deepEqual(
      c!.map(metric => [labelsIn(metric), metric.counter!.value, metric.counter!.exemplar]),
      [
        [{ a: 'x' }, 0.5, shown(0.5, 'é "')],
        [{ a: 'y' }, 2, undefined],
      ],
    );
    assert.deepEqual(
      h![0]!.histogram!.bucket!.map(bucket => bucket.exemplar),
      [undefined, shown(1.5, 't1.5'), undefined, shown(40, 't40')],
    );
    const ofNative = new Set([shown(1.5, 't1.5'), shown(40, 't40')]);
    assert.deepEqual(new Set(h![0]!.histogram!.exemplars), ofNative);
    assert.equal(n![0]!.histogram!.bucket, undefined);
    assert.deepEqual(new Set(n![0]!.histogram!.exemplars), ofNative);
  });

  it('may have several labels, or none, and a time before 1970 is 1970', () => {
    const registry = new Registry();
    registry.counter({ name: 'c', help: 'C.', enableExemplars: true }).inc(2);
    const [family] = registry.snapshot().families;
    const labels = { trace_id: 'abc', 'span é': '😀\ud800', ['__proto__']: '' };
    for (const [given, label] of [
      [
        labels,
        Object.entries(labels).map(([name, value]) => ({ name, value: value.replace('\ud800', '\ufffd') })),
      ],
      [{}, undefined],
    ] as const) {
      const exemplar = { bucket: 0, labels: given, value: -0.5, timestampSeconds: -5 };
      const [shown] = decodedSnapshot({ ...family!, exemplars: { read: () => [exemplar] } as never });
      const { exemplar: found, value } = shown!.metric[0]!.counter!;
      assert.equal(value, 2);
      assert.deepEqual(found, { ...(label && { label }), value: -0.5, timestamp: { seconds: '0' } });
    }
  });
});

describe('the memory of a rendering', () => {
  it('is not written to before it is released, and used again after that', () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'c', help: 'C.' });
    counter.inc(1);
    const renderer = new PrometheusProtobufRenderer();
    const first = renderer.render(registry.snapshot());
    counter.inc(1);
    const second = renderer.render(registry.snapshot());
    assert.notEqual(second.body.buffer, first.body.buffer);
    assert.equal(decodeFamilies(first.body)[0]!.metric[0]!.counter!.value, 1);
    first.release();
    first.release();
    const [third, fourth] = [renderer.render(registry.snapshot()), renderer.render(registry.snapshot())];
    assert.equal(third.body.buffer, first.body.buffer);
    assert.notEqual(fourth.body.buffer, third.body.buffer);
    for (const { body } of [second, third, fourth])
      assert.equal(decodeFamilies(body)[0]!.metric[0]!.counter!.value, 2);
  });

  it('holds a later exposition that is much longer', () => {
    const registry = new Registry();
    const histogram = registry.histogram({ name: 'h', help: 'H.', labelNames: ['a'], native: true });
    const renderer = new PrometheusProtobufRenderer();
    for (const count of [1, 10, 500]) {
      for (let i = 0; i < count; i++) histogram.observe({ a: `v${i}` }, 1);
      const { body, release } = renderer.render(registry.snapshot());
      assert.equal(decodeFamilies(body)[0]!.metric.length, count);
      release();
    }
  });
});
