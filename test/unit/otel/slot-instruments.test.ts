import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Attributes, Histogram, MetricOptions } from '@opentelemetry/api';
import { ValueType } from '@opentelemetry/api';
import { bindInstrument } from '../../../src/otel/index.js';
import type { SlotMeter } from '../../../src/otel/slot-meter.js';
import type { ViewConfig } from '../../../src/otel/view-config.js';
import { silenceWarnings, warningsOf } from '../registry/played-thread.js';
import { Provided } from './provided.js';

silenceWarnings();

type Record = (value: unknown, attributes?: unknown) => void;

const INSTRUMENTS: Readonly<{
  [kind: string]: (meter: SlotMeter, options?: MetricOptions) => [Record, Record];
}> = {
  counter: (meter, options) => {
    const one = meter.createCounter('c', options);
    return [one.add.bind(one) as Record, (value, of) => one.bind(of as Attributes).add(value as number)];
  },
  updowncounter: (meter, options) => {
    const one = meter.createUpDownCounter('c', options);
    return [one.add.bind(one) as Record, (value, of) => one.bind(of as Attributes).add(value as number)];
  },
  gauge: (meter, options) => {
    const one = meter.createGauge('c', options);
    return [
      one.record.bind(one) as Record,
      (value, of) => one.bind(of as Attributes).record(value as number),
    ];
  },
  histogram: (meter, options) => {
    const one = meter.createHistogram('c', options);
    return [
      one.record.bind(one) as Record,
      (value, of) => one.bind(of as Attributes).record(value as number),
    ];
  },
};

const throwing = (): never => {
  throw new Error('not for you');
};
const STRANGE_VALUES: readonly unknown[] = [
  'one',
  '1',
  '',
  undefined,
  null,
  NaN,
  Infinity,
  -Infinity,
  -1,
  -0,
  1n,
  Symbol('s'),
  {},
  [],
  [1],
  true,
  throwing,
  { valueOf: throwing, toString: throwing },
  Object.create(null),
  new Proxy({}, { get: throwing, getPrototypeOf: throwing }),
];
const STRANGE_ATTRIBUTES: readonly unknown[] = [
  null,
  0,
  'text',
  Symbol('s'),
  throwing,
  [],
  new Map([['a', 1]]),
  {
    get a() {
      return throwing();
    },
  },
  { a: Symbol('s'), b: throwing, c: 1n, d: { toJSON: throwing }, e: new Proxy({}, { get: throwing }) },
  new Proxy({}, { ownKeys: throwing }),
  new Proxy({}, { getPrototypeOf: throwing }),
  Object.create({ a: 1 }),
  JSON.parse('{"__proto__":1,"constructor":2,"le":3,"quantile":4,"thread":5,"otel_attributes":6}'),
  { '': '', '\ud800': '\ud800', 'a\nb': 'c\nd' },
];

describe('an instrument', () => {
  for (const [kind, create] of Object.entries(INSTRUMENTS)) {
    it(`of kind ${kind} takes any value and any attributes without throwing, and stays valid`, async test => {
      for (const options of [{}, { valueType: ValueType.INT }]) {
        const views = [{}, { instrumentName: 'c', name: 'second', dropAttributeKeys: ['a'] }];
        const provided = new Provided(test, { views });
        const [record, recordBound] = create(provided.meter, options);
        for (const value of STRANGE_VALUES) for (const run of [record, recordBound]) run(value, { a: 1 });
        for (const attributes of STRANGE_ATTRIBUTES)
          for (const run of [record, recordBound]) run(2, attributes);
        // Checked by the conformance of every rendering of a test.
        await provided.registry.metrics();
        await provided.registry.render({ accept: 'application/openmetrics-text' });
      }
    });
  }

  it('records what is a value of its kind, and nothing else', async test => {
    const provided = new Provided(test);
    const { meter } = provided;
    const counter = meter.createCounter('c');
    const upDown = meter.createUpDownCounter('u');
    const gauge = meter.createGauge('g');
    const histogram = meter.createHistogram('h', { advice: { explicitBucketBoundaries: [1, 10] } });
    counter.add(0.5);
    upDown.add(2);
    histogram.record(5);
    for (const value of STRANGE_VALUES as number[]) {
      counter.add(value);
      upDown.add(value);
      histogram.record(value);
    }
    // -1 is a value of an up-down counter, -0 of all of them.
    assert.deepEqual(await provided.scrape(), {
      c_total: 0.5,
      u: 1,
      'h_bucket{le="1.0"}': 1,
      'h_bucket{le="10.0"}': 2,
      'h_bucket{le="+Inf"}': 2,
      h_sum: 5,
      h_count: 2,
    });
    for (const value of [NaN, -Infinity, 7]) {
      gauge.record(value);
      assert.equal((await provided.scrape())['g'], value);
    }
  });

  it('of whole numbers cuts fractions off', async test => {
    const provided = new Provided(test, { views: [{}, { instrumentName: 'c', name: 'also' }] });
    const options = { valueType: ValueType.INT };
    const counter = provided.meter.createCounter('c', options);
    counter.add(1.9);
    counter.bind().add(2.9);
    provided.meter.createUpDownCounter('u', options).add(-1.9);
    const gauge = provided.meter.createGauge('g', options);
    gauge.record(-2.5);
    gauge.bind({ b: 1 }).record(2.5);
    provided.meter
      .createHistogram('h', { ...options, advice: { explicitBucketBoundaries: [1] } })
      .record(1.5);
    const shown = await provided.scrape();
    assert.deepEqual(
      ['c_total', 'also_total', 'u', 'g', 'g{b="1"}', 'h_sum', 'h_bucket{le="1.0"}'].map(key => shown[key]),
      [3, 3, -1, -2, 2, 1, 1],
    );
  });

  it('warns once of what it does not record, with what it wants', async test => {
    const { meter } = new Provided(test);
    const counter = meter.createCounter('sent');
    const warnings = await warningsOf(() => {
      for (let i = 0; i < 3; i++) counter.add(-1);
      counter.bind().add(Symbol('s') as never);
      meter.createHistogram('took').record('5' as never);
    });
    assert.equal(warnings.length, 2);
    assert.match(warnings[0]!, /counter sent of OpenTelemetry was given -1, .* not negative/);
    assert.match(warnings[1]!, /histogram took .* a value of type string/);
  });

  it('records into the series of its attributes, by add() and by a binding alike', async test => {
    const provided = new Provided(test);
    const counter = provided.meter.createCounter('c');
    const attributes = { route: '/a', code: 200 };
    const bound = bindInstrument(counter, attributes);
    counter.add(1, attributes);
    counter.add(2, { code: 200, route: '/a' });
    bound.add(4);
    attributes.code = 500;
    bound.add(8);
    counter.add(16, attributes);
    counter.add(32);
    counter.add(64, {});
    assert.deepEqual(await provided.scrape(), {
      'c_total{code="200",route="/a"}': 15,
      'c_total{code="500",route="/a"}': 16,
      c_total: 96,
    });
  });

  it('records again into a series that was removed, from zero', async test => {
    const provided = new Provided(test);
    const counter = provided.meter.createCounter('c');
    const bound = counter.bind({ a: 1 });
    for (const record of [() => counter.add(1, { a: 1 }), () => bound.add(1), () => counter.add(1)]) {
      record();
      provided.registry.resetMetrics();
      assert.deepEqual(await provided.scrape(), {});
      record();
      record();
      assert.deepEqual(Object.values(await provided.scrape()), [2]);
    }
  });

  it('does not lead to a wrong series by a getter that gives another value each time', async test => {
    const provided = new Provided(test);
    const counter = provided.meter.createCounter('c');
    let reads = 0;
    counter.add(1, {
      get n() {
        return ++reads;
      },
    } as never);
    counter.add(10, { n: 2 });
    assert.deepEqual(await provided.scrape(), { 'c_total{n="1"}': 1, 'c_total{n="2"}': 10 });
  });

  it('of another provider can be bound too', () => {
    const calls: unknown[][] = [];
    const foreign = { add: (...given: unknown[]) => calls.push(['add', ...given]) };
    const recorder = { record: (...given: unknown[]) => calls.push(['record', ...given]) };
    bindInstrument(foreign as never, { a: 1 }).add(2);
    bindInstrument(recorder as Histogram).record(3);
    assert.deepEqual(calls, [
      ['add', 2, { a: 1 }],
      ['record', 3, undefined],
    ]);
    for (const none of [null, undefined, {}, 'counter', { addCallback() {} }])
      assert.throws(
        () => bindInstrument(none as never),
        (error: Error) =>
          error instanceof TypeError && error.message.startsWith('bindInstrument takes a counter'),
      );
  });
});

describe('a meter', () => {
  it('takes whatever JavaScript gives it', async test => {
    const provided = new Provided(test);
    const strange: readonly unknown[] = [
      undefined,
      null,
      '',
      5,
      Symbol('s'),
      {},
      'x'.repeat(2_000),
      'é',
      '1st',
    ];
    for (const given of strange as never[]) {
      const meter = provided.provider.getMeter(given, given, given);
      assert.equal(provided.provider.getMeter(given, given, given), meter);
      const options = { unit: given, description: given, advice: { explicitBucketBoundaries: given } };
      for (const each of [options, given, { advice: given }] as never[]) {
        meter.createCounter(given, each).add(1);
        meter.createUpDownCounter(given, each).add(1);
        meter.createGauge(given, each).record(1);
        meter.createHistogram(given, each).record(1);
        meter.createObservableCounter(given, each).addCallback(result => result.observe(1));
        meter.createObservableUpDownCounter(given, each).addCallback(given);
        meter.createObservableGauge(given, each).addCallback(result => result.observe(given, given));
      }
    }
    await provided.registry.metrics();
  });

  it('takes advice of a library for what it is', async test => {
    const provided = new Provided(test);
    const bounds = [5, NaN, 1, Infinity, '3', 5] as number[];
    provided.meter.createHistogram('h', { advice: { explicitBucketBoundaries: bounds } }).record(2);
    assert.deepEqual(
      Object.keys(await provided.scrape()).filter(key => key.includes('le=')),
      ['h_bucket{le="1.0"}', 'h_bucket{le="5.0"}', 'h_bucket{le="+Inf"}'],
    );
  });

  it('gives instruments of one name one family, told apart by their scope', async test => {
    const provided = new Provided(test);
    for (const [scope, version] of [
      ['a', '1'],
      ['b', '1'],
      ['a', '2'],
      ['a', '1'],
    ] as const)
      provided.provider
        .getMeter(scope, version)
        .createCounter('n', { description: `Of ${scope}.` })
        .add(1);
    assert.deepEqual(await provided.scrape(), {
      'n_total{otel_scope_name="a",otel_scope_version="1"}': 2,
      'n_total{otel_scope_name="b",otel_scope_version="1"}': 1,
      'n_total{otel_scope_name="a",otel_scope_version="2"}': 1,
    });
  });

  it('gives what cannot share a name another one, and says so', async test => {
    const provided = new Provided(test);
    provided.registry.counter({ name: 'mine_total', help: 'M.' }).inc(7);
    const warnings = await warningsOf(() => {
      provided.meter.createCounter('mine').add(1);
      provided.meter.createCounter('n').add(2);
      provided.meter.createHistogram('n_total', { advice: { explicitBucketBoundaries: [] } }).record(1);
      provided.meter.createGauge('n').record(4);
      provided.meter.createHistogram('n', { advice: { explicitBucketBoundaries: [] } }).record(5);
    });
    assert.deepEqual(await provided.scrape(), {
      mine_total: 7,
      mine_counter_total: 1,
      n_total: 2,
      'n_total_histogram_bucket{le="+Inf"}': 1,
      n_total_histogram_sum: 1,
      n_total_histogram_count: 1,
      // In OpenMetrics a counter stands under its name without `_total`.
      n_gauge: 4,
      'n_histogram_bucket{le="+Inf"}': 1,
      n_histogram_sum: 5,
      n_histogram_count: 1,
    });
    for (const [i, name] of ['mine_counter_total', 'n_total_histogram', 'n_gauge', 'n_histogram'].entries())
      assert.match(warnings[i]!, new RegExp(`is shown as ${name}: `));
    assert.equal(warnings.length, 4);
  });

  it('says that views make one metric of an instrument twice, which counts twice', async test => {
    const provided = new Provided(test, {
      views: [{}, { instrumentName: 'c' }, { instrumentName: 'c', name: 'd' }],
    });
    const warnings = await warningsOf(() => {
      provided.meter.createCounter('c').add(1);
      provided.meter.createCounter('other').add(1);
    });
    assert.deepEqual(await provided.scrape(), { c_total: 2, d_total: 1, other_total: 1 });
    assert.equal(warnings.length, 1);
    assert.match(
      warnings[0]!,
      /^2 views choose the instrument c of OpenTelemetry, and each makes a metric c /,
    );
  });

  it('says once for all meters that views make two metrics of one name, whose families differ', async test => {
    const views: ViewConfig[] = [
      { instrumentName: 'h', aggregation: { type: 'explicit_buckets', boundaries: [1] } },
      { instrumentName: 'h', aggregation: { type: 'exponential_buckets' } },
    ];
    const provided = new Provided(test, { views });
    const warnings = await warningsOf(() => {
      for (const meter of [provided.meter, provided.meter, provided.provider.getMeter('other')])
        meter.createHistogram('h').record(1);
    });
    const { h_count: classic, h_histogram_count: native } = await provided.scrape();
    assert.deepEqual([classic, native], [2, 2]);
    assert.equal(warnings.length, 1, warnings.join('\n'));
  });

  it('says that an instrument records nothing when there is no room for its family', async test => {
    const provided = new Provided(test, { registry: { familiesMax: 1 } });
    const warnings = await warningsOf(() => {
      provided.meter.createCounter('first').add(1);
      provided.meter.createCounter('second').add(1);
      provided.meter.createObservableGauge('third').addCallback(result => result.observe(1));
    });
    assert.deepEqual(await provided.scrape(), { first_total: 1 });
    assert.equal(warnings.filter(text => /records nothing: .*familiesMax/.test(text)).length, 2);
  });

  it('counts beyond the limit of a view in the overflow series, and keeps every recording', async test => {
    const views = [{ instrumentName: 'c', seriesMax: 2 }];
    const provided = new Provided(test, { views });
    const counter = provided.meter.createCounter('c');
    for (let round = 0; round < 2; round++) for (let user = 0; user < 5; user++) counter.add(1, { user });
    assert.deepEqual(await provided.scrape(), {
      'c_total{user="0"}': 2,
      'c_total{user="1"}': 2,
      'c_total{otel_metric_overflow="true"}': 6,
    });
  });

  it('counts a set of attributes that is too long in the overflow series, whatever the limits are', async test => {
    for (const registry of [{}, { labelValueMax: 16_384, labelsMax: 100, keyBytes: 1_000_000 }]) {
      const provided = new Provided(test, { registry });
      const counter = provided.meter.createCounter('c');
      // 65,536 more spell the same length in 16 bits.
      for (const length of [1, 65_537, 65_536 + 100, 131_073]) counter.add(length, { a: 'x'.repeat(length) });
      for (const a of ['€'.repeat(21_830), 'x'.repeat(70_000)]) counter.add(1, { a });
      assert.deepEqual(await provided.scrape(), {
        'c_total{a="x"}': 1,
        'c_total{otel_metric_overflow="true"}': 65_537 + 65_636 + 131_073 + 2,
      });
    }
  });
});
