import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigurationError, Registry } from '../../../src/index.js';
import { statusOf } from '../../../src/registry/cardinality.js';
import { LIMITS } from '../memory/arenas.js';
import { sampleLines, samples } from '../sample-lines.js';
import { silenceWarnings, warningsOf } from './played-thread.js';

silenceWarnings();

const OVERFLOWS = 'threadtally_overflow_observations_total';

describe('beyond a limit', () => {
  it('of its family a series is recorded in the overflow series, and counted', () => {
    const registry = new Registry({ familySeriesMax: 2 });
    const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['a'] });
    for (const value of ['1', '2', '3', '4']) counter.inc({ a: value }, 10);
    counter.labels('3').inc(5);
    assert.deepEqual(samples(registry), {
      'c{a="1"}': 10,
      'c{a="2"}': 10,
      'c{otel_metric_overflow="true"}': 25,
      [`${OVERFLOWS}{family="c",reason="family_limit"}`]: 3,
    });
  });

  it('of a family with a limit of its own, that one counts', () => {
    const registry = new Registry({ familySeriesMax: 1 });
    const wide = registry.counter({ name: 'wide', help: 'C.', labelNames: ['a'], seriesMax: 3 });
    const narrow = registry.counter({ name: 'narrow', help: 'C.', labelNames: ['a'] });
    for (const value of ['1', '2', '3', '4']) {
      wide.inc({ a: value });
      narrow.inc({ a: value });
    }
    const found = samples(registry);
    assert.equal(found['wide{otel_metric_overflow="true"}'], 1);
    assert.equal(found['narrow{otel_metric_overflow="true"}'], 3);
  });

  it('of the registry every family overflows, but those that are there go on', () => {
    const registry = new Registry({ seriesMax: 3 });
    const [a, b] = ['a', 'b'].map(name => registry.counter({ name, help: 'C.', labelNames: ['l'] }));
    a!.inc({ l: '1' });
    a!.inc({ l: '2' });
    b!.inc({ l: '1' });
    for (let i = 0; i < 5; i++) b!.inc({ l: 'x' });
    a!.inc({ l: '2' });
    const found = samples(registry);
    assert.deepEqual(found, {
      'a{l="1"}': 1,
      'a{l="2"}': 2,
      'b{l="1"}': 1,
      'b{otel_metric_overflow="true"}': 5,
      // What counts the excess has room beyond the limit.
      [`${OVERFLOWS}{family="b",reason="registry_limit"}`]: 5,
    });
  });

  it('of the length of a label value it is recorded in the overflow series', () => {
    const registry = new Registry({ labelValueMax: 20 });
    const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['a'] });
    counter.inc({ a: 'x'.repeat(20) });
    counter.inc({ a: 'x'.repeat(21) });
    counter.labels('€'.repeat(20)).inc();
    counter.labels('😀'.repeat(11)).inc(2);
    assert.deepEqual(samples(registry), {
      [`c{a="${'x'.repeat(20)}"}`]: 1,
      [`c{a="${'€'.repeat(20)}"}`]: 1,
      'c{otel_metric_overflow="true"}': 3,
      [`${OVERFLOWS}{family="c",reason="label_value_length"}`]: 2,
    });
  });

  it('of the memory it is recorded in the overflow series', () => {
    const registry = new Registry({ stripeBytes: 1_024, seriesMax: 1_000 });
    const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['a'] });
    for (let i = 0; i < 200; i++) counter.inc({ a: `value-${i}` });
    const found = samples(registry);
    const own = Object.entries(found).filter(([name]) => name.startsWith('c{a='));
    assert.ok(own.length > 10 && own.length < 100, `${own.length} series found space`);
    assert.equal(found['c{otel_metric_overflow="true"}'], 200 - own.length);
  });

  it('histograms and gauges have an overflow series too', () => {
    const registry = new Registry({ familySeriesMax: 1 });
    const gauge = registry.gauge({ name: 'g', help: 'G.', labelNames: ['a'] });
    const histogram = registry.histogram({ name: 'h', help: 'H.', labelNames: ['a'], buckets: [1] });
    for (const value of ['1', '2']) {
      gauge.set({ a: value }, 5);
      histogram.observe({ a: value }, 0.5);
    }
    const found = samples(registry);
    assert.equal(found['g{otel_metric_overflow="true"}'], 5);
    assert.equal(found['h_bucket{le="1.0",otel_metric_overflow="true"}'], 1);
    assert.equal(found['h_count{otel_metric_overflow="true"}'], 1);
  });

  it('an overflow series shows only when something was recorded in it, and stands last', () => {
    const registry = new Registry({ familySeriesMax: 1 });
    const histogram = registry.histogram({ name: 'h', help: 'H.', labelNames: ['a'], buckets: [] });
    assert.deepEqual(sampleLines(registry), []);
    histogram.observe({ a: '1' }, 1);
    assert.equal(sampleLines(registry).length, 3);
    histogram.observe({ a: '2' }, 1);
    assert.equal(sampleLines(registry)[3], 'h_bucket{le="+Inf",otel_metric_overflow="true"} 1');
  });

  it('a recording never throws, also when the overflow counter finds no place or another has its name', () => {
    const full = new Registry({ familiesMax: 1, familySeriesMax: 1 });
    const taken = new Registry({ familySeriesMax: 1 });
    taken.gauge({ name: OVERFLOWS, help: 'Mine.' });
    for (const registry of [full, taken]) {
      const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['a'] });
      for (const value of ['1', '2', '3']) counter.inc({ a: value });
      const found = samples(registry);
      assert.deepEqual([found['c{a="1"}'], found['c{otel_metric_overflow="true"}']], [1, 2]);
    }
  });

  it('handles are not kept: label sets without end leave nothing behind in the thread', () => {
    const registry = new Registry({ familySeriesMax: 1 });
    const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['a'] });
    assert.equal(counter.labels('1'), counter.labels('1'));
    assert.notEqual(counter.labels('2'), counter.labels('2'));
  });

  it('a label set that finds space again leaves the overflow series', () => {
    const registry = new Registry({ familySeriesMax: 1 });
    const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['a'] });
    const handle = counter.labels('2');
    counter.inc({ a: '1' });
    const late = counter.labels('3');
    late.inc();
    handle.inc();
    counter.remove('2');
    late.inc(7);
    late.inc(7);
    assert.deepEqual(Object.entries(samples(registry)).slice(0, 2), [
      ['c{a="3"}', 14],
      ['c{otel_metric_overflow="true"}', 2],
    ]);
  });
});

describe('warnings', () => {
  it('tell once per family and reason that recordings go to the overflow series, and what to do', async () => {
    const registry = new Registry({ familySeriesMax: 2, labelValueMax: 20 });
    const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['a'] });
    const messages = await warningsOf(() => {
      for (let i = 0; i < 10; i++) counter.inc({ a: `v${i}` });
      for (let i = 0; i < 10; i++) counter.inc({ a: `a-very-long-value-${i}-at-least` });
    });
    assert.deepEqual(messages, [
      'c: it has 2 series, its limit; use fewer label values or raise seriesMax of the family. Recordings go to ' +
        '{otel_metric_overflow="true"}.',
      'c: a label value is longer than 20; shorten it or raise labelValueMax. Recordings go to {otel_metric_overflow="true"}.',
    ]);
  });

  it('tell once that series are not initialised, and nothing is recorded or counted for them', async () => {
    const registry = new Registry({ familySeriesMax: 1 });
    const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['a'] });
    const messages = await warningsOf(() => {
      for (let i = 0; i < 5; i++) counter.init(`v${i}`);
    });
    assert.deepEqual(messages, [
      'c: it has 1 series, its limit; use fewer label values or raise seriesMax of the family. A series was not ' +
        'initialised.',
    ]);
    assert.deepEqual(samples(registry), { 'c{a="v0"}': 0 });
  });

  it('tell when a family and the registry cross their thresholds, once each', async () => {
    const registry = new Registry({
      familySeriesMax: 10,
      seriesMax: 20,
      warningRatio: 0.5,
      criticalRatio: 0.9,
    });
    const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['a'] });
    const messages = await warningsOf(() => {
      for (let i = 0; i < 10; i++) for (let j = 0; j < 3; j++) counter.inc({ a: `v${i}` });
    });
    assert.deepEqual(messages, [
      'cardinality warning: family c has 5 of at most 10 series (50 %)',
      'cardinality critical: family c has 9 of at most 10 series (90 %)',
      'cardinality warning: the registry has 10 of at most 20 series (50 %)',
    ]);
  });

  it('come again when a threshold is crossed again, and never for limits below ten', async () => {
    const registry = new Registry({ familySeriesMax: 10, criticalRatio: 1 });
    const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['a'] });
    const tiny = registry.counter({ name: 'tiny', help: 'C.', labelNames: ['a'], seriesMax: 9 });
    const messages = await warningsOf(() => {
      for (let i = 0; i < 8; i++) counter.inc({ a: `v${i}` });
      counter.remove('v0');
      counter.inc({ a: 'new' });
      for (let i = 0; i < 9; i++) tiny.inc({ a: `v${i}` });
    });
    assert.deepEqual(
      messages,
      Array.from({ length: 2 }, () => 'cardinality warning: family c has 8 of at most 10 series (80 %)'),
    );
  });
});

describe('label names that usually have a value for each user', () => {
  const define = (registry: Registry): unknown =>
    registry.counter({ name: 'c', help: 'C.', labelNames: ['user_id', 'path', 'trace_id'] });
  const expected =
    'label user_id, trace_id of c usually has a value for each user or request, and each value is a series; drop the ' +
    'label, or set highCardinalityAction to ignore';

  it('are warned about', async () => {
    assert.deepEqual(await warningsOf(() => void define(new Registry())), [expected]);
  });

  it('are an error if one wants', async () => {
    const registry = new Registry({ highCardinalityAction: 'error' });
    const messages = await warningsOf(() => {
      assert.throws(
        () => define(registry),
        (error: unknown) => {
          assert.ok(error instanceof ConfigurationError);
          assert.equal(error.message, `c: ${expected}`);
          return true;
        },
      );
    });
    assert.deepEqual(messages, []);
    assert.deepEqual([registry.getSingleMetric('c'), registry.cardinality().families], [undefined, 0]);
  });

  it('are nothing if one wants, or names others', async () => {
    for (const options of [
      { highCardinalityAction: 'ignore' },
      { highCardinalityLabels: ['pod'] },
    ] as const) {
      assert.deepEqual(await warningsOf(() => void define(new Registry(options))), []);
    }
    const pods = new Registry({ highCardinalityLabels: ['path'] });
    assert.match((await warningsOf(() => void define(pods)))[0]!, /^label path of c usually/);
  });
});

describe('the status of a count', () => {
  it('turns at the thresholds', () => {
    const statuses = [0, 79, 80, 94, 95, 100, 101].map(count => statusOf(count, 100, LIMITS));
    assert.deepEqual(statuses, ['ok', 'ok', 'warning', 'warning', 'critical', 'critical', 'critical']);
  });

  it('counts a family by its whole name, also where label values must be shorter', async () => {
    const registry = new Registry({ labelValueMax: 8, familySeriesMax: 1 });
    const name = 'a_name_longer_than_a_label_value_total';
    const counter = registry.counter({ name, help: 'C.', labelNames: ['a'] });
    for (const a of ['1', '2']) counter.inc({ a });
    const line = `threadtally_overflow_observations_total{family="${name}",reason="family_limit"} 1`;
    assert.ok((await registry.metrics()).includes(line));
  });
});
