import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import promClient from 'prom-client';
import { ConfigurationError, Counter, Histogram, Registry, setExemplarSource } from '../../../src/index.js';
import type { ExemplarLabels } from '../../../src/index.js';
import { StripedCounterCell } from '../../../src/memory/counter-cell.js';
import { StripedHistogramCell } from '../../../src/memory/histogram-cell.js';
import { samples } from '../sample-lines.js';
import { shownExemplars, shownIds } from '../shown-exemplars.js';

afterEach(() => setExemplarSource(undefined));

const id = (text: string | number): ExemplarLabels => ({ id: text });

for (const sharing of ['striped', 'atomic'] as const) {
  describe(`a counter with exemplars, ${sharing}`, () => {
    const counterOf = (registry: Registry) =>
      registry.counter({ name: 'c', help: 'C.', labelNames: ['a'], enableExemplars: true, sharing });

    it('keeps the last one of each series, with the increment and the time', test => {
      test.mock.timers.enable({ apis: ['Date'], now: 1_700_000_000_250 });
      const registry = new Registry();
      const counter = counterOf(registry);
      counter.inc({ labels: { a: 'x' }, value: 2, exemplarLabels: { trace_id: 'first' } });
      counter.inc({ labels: { a: 'x' }, value: 3, exemplarLabels: { trace_id: 'second', n: 7, ok: true } });
      counter.labels('y').inc(0.5, { trace_id: 'third' });
      counter.inc({ exemplarLabels: { trace_id: 'fourth' } });
      const expected = (value: number, labels: object): object[] => [
        { bucket: 0, labels, value, timestampSeconds: 1_700_000_000.25 },
      ];
      assert.deepEqual(shownExemplars(registry), {
        'c{x}': expected(3, { trace_id: 'second', n: '7', ok: 'true' }),
        'c{y}': expected(0.5, { trace_id: 'third' }),
        'c{}': expected(1, { trace_id: 'fourth' }),
      });
      assert.deepEqual(samples(registry), { 'c{a="x"}': 5, 'c{a="y"}': 0.5, c: 1 });
    });

    it('takes every form of a recording, and keeps the exemplar when none is named', () => {
      const registry = new Registry();
      const counter = counterOf(registry);
      counter.inc({ labels: { a: 'x' }, exemplarLabels: id(1) });
      const handle = counter.labels({ a: 'x' });
      counter.inc({ a: 'x' });
      counter.inc({ a: 'x' }, 2);
      counter.inc({ labels: { a: 'x' } });
      counter.inc({ labels: { a: 'x' }, value: null });
      counter.inc({ labels: { a: 'x' }, exemplarLabels: null });
      counter.inc({ labels: { a: 'x' }, exemplarLabels: {} });
      counter.inc({ labels: { a: 'x' }, exemplarLabels: { id: undefined } });
      handle.inc();
      handle.inc(null);
      handle.inc(4);
      assert.deepEqual(shownIds(registry), { 'c{x}': ['0: 1 1'] });
      assert.deepEqual(samples(registry), { 'c{a="x"}': 15 });
      handle.inc(undefined, id(2));
      assert.deepEqual(shownIds(registry), { 'c{x}': ['0: 1 2'] });
    });
  });

  describe(`a histogram with exemplars, ${sharing}`, () => {
    it('keeps the last one of each bucket', () => {
      const registry = new Registry();
      const histogram = registry.histogram({
        name: 'h',
        help: 'H.',
        labelNames: ['a'],
        buckets: [1, 2],
        enableExemplars: true,
        sharing,
      });
      const handle = histogram.labels('x');
      for (const value of [0.5, 1, 1.5, 7]) handle.observe(value, id(value));
      histogram.observe({ labels: { a: 'x' }, value: 2, exemplarLabels: id('data') });
      histogram.observe({ a: 'x' }, 0.25);
      histogram.observe(9);
      histogram.observe({ value: 9, exemplarLabels: id('bare') });
      assert.deepEqual(shownIds(registry), {
        'h{x}': ['0: 1 1', '1: 2 data', '2: 7 7'],
        'h{}': ['2: 9 bare'],
      });
      assert.equal(samples(registry)['h_count{a="x"}'], 6);
    });

    it('keeps some of its native buckets, by powers of two', () => {
      const registry = new Registry();
      const histogram = registry.histogram({
        name: 'h',
        help: 'H.',
        native: true,
        enableExemplars: true,
        sharing,
      });
      for (const value of [1.1, 1.9, 0, 300, 3]) histogram.labels().observe(value, id(value));
      const shown = shownIds(registry)['h{}']!.sort();
      assert.deepEqual(shown, ['native: 0 0', 'native: 1.9 1.9', 'native: 3 3', 'native: 300 300']);
    });

    it('keeps those of classic buckets and of native ones when it has both', () => {
      const registry = new Registry();
      const histogram = registry.histogram({
        name: 'h',
        help: 'H.',
        buckets: [1],
        native: true,
        enableExemplars: true,
        sharing,
      });
      for (const value of [0.75, 3, 5]) histogram.labels().observe(value, id(value));
      assert.deepEqual(shownIds(registry)['h{}']!.sort(), [
        '0: 0.75 0.75',
        '1: 5 5',
        'native: 0.75 0.75',
        'native: 3 3',
        'native: 5 5',
      ]);
    });

    it('takes exemplar labels at both ends of a timer, those of the end first', test => {
      let nowMs = 0;
      test.mock.method(performance, 'now', () => nowMs);
      const registry = new Registry();
      const histogram = registry.histogram({
        name: 'h',
        help: 'H.',
        labelNames: ['a'],
        buckets: [],
        enableExemplars: true,
        sharing,
      });
      const ends = [
        histogram.startTimer({ a: 'both' }, { id: 'start', kept: 'yes' }),
        histogram.startTimer({ a: 'start' }, id('start')),
        histogram.startTimer({ a: 'none' }),
        histogram.labels('handle').startTimer(id('start')),
        histogram.labels('plain').startTimer(),
      ] as const;
      nowMs = 2_000;
      assert.equal(ends[0]({}, { id: 'end' }), 2);
      ends[1]();
      ends[2]({ a: 'ended' });
      ends[3](id('end'));
      {
        using timer = ends[4];
        assert.equal(typeof timer, 'function');
      }
      assert.deepEqual(shownExemplars(registry)['h{both}']![0]!.labels, { id: 'end', kept: 'yes' });
      assert.deepEqual(shownIds(registry), {
        'h{both}': ['0: 2 end'],
        'h{start}': ['0: 2 start'],
        'h{handle}': ['0: 2 end'],
      });
      assert.deepEqual(
        ['both', 'start', 'ended', 'handle', 'plain'].map(a => samples(registry)[`h_sum{a="${a}"}`]),
        [2, 2, 2, 2, 2],
      );
    });
  });
}

describe('exemplars that cannot be kept', () => {
  const BAD: readonly [string, unknown, object][] = [
    [
      'more than 128 code points',
      { id: 'x'.repeat(127) },
      { name: 'RangeError', message: 'Label set size must be smaller than 128 UTF-8 chars' },
    ],
    [
      'more than 136 bytes',
      { id: '€'.repeat(50) },
      { name: 'RangeError', message: /takes 154 bytes .* 136/ },
    ],
    [
      'a name that OpenMetrics refuses',
      { 'trace-id': 'x' },
      { message: /^Invalid exemplar label name: 'trace-id'/ },
    ],
    ['an empty name', { '': 'x' }, { message: /^Invalid exemplar label name: ''/ }],
    ['no object', 'abc', { name: 'TypeError', message: /^exemplarLabels is 'abc'; it must be an object/ }],
    [
      'a value that throws',
      {
        id: {
          toString() {
            throw new Error('no text');
          },
        },
      },
      { message: 'no text' },
    ],
  ];

  for (const [what, labels, expected] of BAD) {
    it(`with ${what} are refused; the observation counts, and the old exemplar stays`, () => {
      const registry = new Registry();
      const counter = registry.counter({ name: 'c', help: 'C.', enableExemplars: true });
      const histogram = registry.histogram({ name: 'h', help: 'H.', buckets: [], enableExemplars: true });
      counter.inc({ exemplarLabels: id('old') });
      histogram.observe({ value: 1, exemplarLabels: id('old') });
      const exemplarLabels = labels as ExemplarLabels;
      assert.throws(() => counter.inc({ value: 2, exemplarLabels }), expected);
      assert.throws(() => counter.labels().inc(3, exemplarLabels), expected);
      assert.throws(() => histogram.observe({ value: 2, exemplarLabels }), expected);
      assert.throws(() => histogram.labels().observe(3, exemplarLabels), expected);
      assert.deepEqual(shownIds(registry), { 'c{}': ['0: 1 old'], 'h{}': ['0: 1 old'] });
      const { c, h_count } = samples(registry);
      assert.deepEqual([c, h_count], [6, 3]);
    });
  }

  it('may have 128 code points and 136 bytes', () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'c', help: 'C.', enableExemplars: true });
    for (const labels of [
      { n: 'x'.repeat(127) },
      { n: 'é'.repeat(65), m: '' },
      { n: '😀'.repeat(32), _: 'ab' },
    ]) {
      counter.inc({ exemplarLabels: labels });
      assert.deepEqual(shownExemplars(registry)['c{}']![0]!.labels, labels);
    }
  });

  it('do not hide a value that cannot be recorded: nothing is then', () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'c', help: 'C.', enableExemplars: true });
    const histogram = registry.histogram({
      name: 'h',
      help: 'H.',
      buckets: [],
      native: true,
      enableExemplars: true,
    });
    const exemplarLabels = id('x');
    assert.throws(() => counter.inc({ value: -1, exemplarLabels }), /not possible to decrease/);
    assert.throws(() => counter.inc({ value: NaN, exemplarLabels: { 'a-b': 1 } }), /valid number: NaN/);
    assert.throws(() => histogram.observe({ value: Infinity, exemplarLabels }), /valid number: Infinity/);
    assert.throws(() => histogram.observe({ exemplarLabels } as never), /valid number: undefined/);
    assert.deepEqual(shownIds(registry), {});
    assert.deepEqual([samples(registry)['c'], samples(registry)['h_count']], [0, 0]);
  });
});

describe('data and label sets', () => {
  it('are told apart by the label names of the family', () => {
    const registry = new Registry();
    const labelNames = ['labels', 'value', 'exemplarLabels'] as const;
    const counter = registry.counter({ name: 'c', help: 'C.', labelNames, enableExemplars: true });
    counter.inc({ labels: 'l', value: 'v', exemplarLabels: 'e' });
    counter.inc({ value: 5 } as never);
    assert.deepEqual(samples(registry), {
      'c{labels="l",value="v",exemplarLabels="e"}': 1,
      'c{value="5"}': 1,
    });
    const other = registry.counter({ name: 'd', help: 'D.', labelNames: ['value'], enableExemplars: true });
    other.inc({ value: 'label' });
    other.inc({ value: 5, labels: { value: 'label' }, exemplarLabels: id('x') });
    assert.deepEqual(shownIds(registry), { 'd{label}': ['0: 5 x'] });
    assert.equal(samples(registry)['d{value="label"}'], 6);
  });

  it('that are mixed are refused, and nothing is recorded', () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['a'], enableExemplars: true });
    const histogram = registry.histogram({ name: 'h', help: 'H.', buckets: [], enableExemplars: true });
    const inc =
      (...given: unknown[]) =>
      (): void =>
        counter.inc(...(given as [number]));
    assert.throws(
      inc({ a: 'x', value: 5 }),
      /^Error: "a" is given beside \[ 'value' \]: pass a label set with/,
    );
    assert.throws(inc({ labels: { a: 'x' }, val: 5 }), /"val" is given beside \[ 'labels' \]/);
    assert.throws(inc({ labels: { a: 'x' } }, 5), /a second argument, 5, is given beside \[ 'labels' \]/);
    assert.throws(inc({ labels: 'x' }), /^TypeError: labels is 'x'; it must be an object/);
    assert.throws(inc({ labels: { b: 'x' } }), /Added label "b" is not included/);
    assert.throws(inc({ b: 'x' }), /Added label "b" is not included in initial labelset: \[ 'a' \]/);
    assert.throws(
      () => (histogram.observe as (...given: unknown[]) => void)({ value: 1 }, 1),
      /a second argument, 1/,
    );
    counter.inc({ labels: null as never });
    assert.deepEqual(samples(registry), { c: 1, 'h_bucket{le="+Inf"}': 0, h_sum: 0, h_count: 0 });
  });

  it('are label sets in a family without exemplars, where exemplar labels of handles are ignored', () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['a'] });
    const histogram = registry.histogram({ name: 'h', help: 'H.', buckets: [] });
    assert.throws(() => counter.inc({ labels: { a: 'x' } }), /Added label "labels" is not included/);
    assert.throws(() => histogram.observe({ value: 1 }), /Added label "value" is not included/);
    setExemplarSource(() => assert.fail('nobody asks'));
    counter.labels('x').inc(2, id('x'));
    histogram.labels().observe(2, id('x'));
    histogram.startTimer({}, id('x'))({}, id('y'));
    assert.deepEqual(shownExemplars(registry), {});
    assert.deepEqual([samples(registry)['c{a="x"}'], samples(registry)['h_count']], [2, 2]);
  });
});

describe('enableExemplars', () => {
  it('costs a family nothing that does not have it: its handles are cells, its methods those of the class', () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'c', help: 'C.' });
    const histogram = registry.histogram({ name: 'h', help: 'H.', enableExemplars: false });
    assert.ok(counter.labels() instanceof StripedCounterCell);
    assert.ok(histogram.labels() instanceof StripedHistogramCell);
    assert.deepEqual(
      [counter.inc, histogram.observe, histogram.startTimer],
      [Counter.prototype.inc, Histogram.prototype.observe, Histogram.prototype.startTimer],
    );
    const withThem = registry.counter({ name: 'd', help: 'D.', enableExemplars: true });
    assert.ok(!(withThem.labels() instanceof StripedCounterCell));
  });

  it('is part of the definition, so that all threads agree', () => {
    const registry = new Registry();
    registry.counter({ name: 'c', help: 'C.', enableExemplars: true });
    assert.throws(() => registry.counter({ name: 'c', help: 'C.' }), {
      message: /enableExemplars is true, this definition has false/,
    });
  });

  it('is true or false, of counters and histograms', () => {
    const registry = new Registry();
    const define = (enableExemplars: unknown): unknown =>
      registry.counter({ name: 'c', help: 'C.', enableExemplars: enableExemplars as boolean });
    assert.throws(() => define('yes'), ConfigurationError);
    assert.throws(() => define(1), /enableExemplars is 1; it must be true or false/);
    assert.throws(
      () => registry.gauge({ name: 'g', help: 'G.', enableExemplars: true } as never),
      /no option/,
    );
    registry.gauge({ name: 'g', help: 'G.', enableExemplars: false } as never);
    registry.summary({ name: 's', help: 'S.', enableExemplars: false } as never);
    assert.deepEqual(
      registry.snapshot().families.map(family => family.descriptor.enableExemplars),
      [false, false],
    );
  });
});

describe('calls that prom-client takes', () => {
  interface Kept {
    readonly labelSet: Record<string, string>;
    readonly value: number;
  }

  /** Runs with theirs and ours; the exemplars must be the same. */
  type Call = (
    counter: { inc(data: object): void },
    histogram: {
      observe(data: object): void;
      startTimer(...given: object[]): (...given: object[]) => number;
    },
  ) => void;

  const CALLS: Readonly<Record<string, Call>> = {
    'an exemplar': counter => counter.inc({ labels: { a: 'x' }, value: 5, exemplarLabels: { t: '1' } }),
    'the default value': counter => counter.inc({ labels: { a: 'x' }, exemplarLabels: { t: '1' } }),
    'no labels': counter => counter.inc({ exemplarLabels: { t: '1' } }),
    'no exemplar labels, which keeps the last': counter => {
      counter.inc({ labels: { a: 'x' }, value: 5, exemplarLabels: { t: '1' } });
      counter.inc({ labels: { a: 'x' }, value: 6 });
    },
    buckets: (_, histogram) => {
      for (const value of [0.5, 1, 1.5, 2, 3])
        histogram.observe({ labels: { a: 'x' }, value, exemplarLabels: { t: String(value) } });
      histogram.observe({ labels: { a: 'x' }, value: 0.1 });
      histogram.observe({ labels: { a: 'x' }, value: 0.1, exemplarLabels: {} });
    },
    'too much': (counter, histogram) => {
      const exemplarLabels = { t: 'x'.repeat(128) };
      assert.throws(() => counter.inc({ exemplarLabels }), RangeError);
      assert.throws(() => histogram.observe({ value: 1, exemplarLabels }), RangeError);
    },
  };

  const options = { help: 'M.', labelNames: ['a'], enableExemplars: true };
  for (const [what, call] of Object.entries(CALLS)) {
    it(`have the same result: ${what}`, async () => {
      const theirRegistry = new promClient.Registry<promClient.OpenMetricsContentType>();
      theirRegistry.setContentType(promClient.Registry.OPENMETRICS_CONTENT_TYPE);
      const registers = [theirRegistry] as never;
      const theirs = [
        new promClient.Counter({ ...options, name: 'c', registers }),
        new promClient.Histogram({ ...options, name: 'h', buckets: [1, 2], registers }),
      ] as const;
      const registry = new Registry();
      const ours = [
        registry.counter({ ...options, name: 'c' }),
        registry.histogram({ ...options, name: 'h', buckets: [1, 2] }),
      ] as const;
      call(...(theirs as unknown as Parameters<Call>));
      call(...(ours as unknown as Parameters<Call>));
      const expected: Kept[] = [];
      for (const metric of theirs) {
        for (const { exemplar } of (await metric.get()).values as { exemplar?: Kept | null }[]) {
          if (exemplar?.labelSet !== undefined && Object.keys(exemplar.labelSet).length > 0)
            expected.push(exemplar);
        }
      }
      const shown = Object.values(shownExemplars(registry)).flat();
      assert.deepEqual(
        shown.map(({ labels, value }) => ({ labels, value })),
        expected.map(({ labelSet, value }) => ({ labels: labelSet, value })),
      );
      assert.deepEqual(
        [samples(registry)['c{a="x"}'] ?? 0, samples(registry)['c'] ?? 0],
        await Promise.all([{ a: 'x' }, {}].map(labels => theirValue(theirs[0], labels))),
      );
    });
  }

  async function theirValue(counter: promClient.Counter, labels: object): Promise<number> {
    const { values } = await counter.get();
    const found = values.find(value => JSON.stringify(value.labels) === JSON.stringify(labels));
    return found?.value ?? 0;
  }
});
