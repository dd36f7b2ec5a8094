import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OpenMetricsRenderer } from '../../../src/exposition/openmetrics-text.js';
import { Registry } from '../../../src/index.js';
import { PlayedThread, silenceWarnings } from '../registry/played-thread.js';

silenceWarnings();

function textOf(registry: Registry, renderer = new OpenMetricsRenderer()): string {
  return Buffer.from(renderer.render(registry.snapshot()).body).toString('utf8');
}

/** Sample lines; of created samples only the name and the labels. */
function sampleLines(registry: Registry): string[] {
  return textOf(registry)
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => line.replace(/^(\w+_created(?:\{.*\})?) \d+(?:\.\d+)?$/, '$1 T'));
}

function commentsOf(registry: Registry): string[] {
  return textOf(registry)
    .split('\n')
    .filter(line => line.startsWith('#'));
}

describe('an OpenMetrics exposition', () => {
  it('of an empty registry is its end', () => {
    assert.equal(textOf(new Registry()), '# EOF\n');
  });

  it('has no blank line, and nothing behind its end', () => {
    const registry = new Registry();
    registry.counter({ name: 'c_total', help: 'C.' });
    registry.histogram({ name: 'h', help: 'H.', labelNames: ['a'] });
    const lines = textOf(registry).split('\n');
    assert.equal(lines.pop(), '');
    assert.equal(lines.indexOf('# EOF'), lines.length - 1);
    assert.ok(!lines.includes(''));
  });

  it('is the same when it is rendered again, and on released memory', () => {
    const registry = new Registry();
    registry.counter({ name: 'c_total', help: 'C.', labelNames: ['a'] }).inc({ a: 'x' }, 3);
    registry.summary({ name: 's', help: 'S.', labelNames: ['a'] }).observe({ a: 'x' }, 3);
    const renderer = new OpenMetricsRenderer();
    const first = textOf(registry, renderer);
    const { body, release } = renderer.render(registry.snapshot());
    assert.equal(Buffer.from(body).toString(), first);
    release();
    assert.equal(textOf(registry, renderer), first);
  });
});

describe('the comments of a family in OpenMetrics', () => {
  it('are TYPE, UNIT and HELP, in this order, and UNIT only with a unit', () => {
    const registry = new Registry();
    registry.gauge({ name: 'size_bytes', help: 'Size.', unit: 'bytes' });
    registry.gauge({ name: 'depth', help: 'Depth.' });
    assert.deepEqual(commentsOf(registry), [
      '# TYPE size_bytes gauge',
      '# UNIT size_bytes bytes',
      '# HELP size_bytes Size.',
      '# TYPE depth gauge',
      '# HELP depth Depth.',
      '# EOF',
    ]);
  });

  it('name the type of every family', () => {
    const registry = new Registry();
    const help = 'X.';
    registry.counter({ name: 'c_total', help });
    registry.gauge({ name: 'g', help });
    registry.histogram({ name: 'h', help });
    registry.summary({ name: 's', help });
    registry.info({ name: 'build', help, labelNames: ['a'] });
    registry.stateSet({ name: 'phase', help, states: ['on'] });
    const types = commentsOf(registry).filter(line => line.startsWith('# TYPE'));
    assert.deepEqual(
      types.map(line => line.slice('# TYPE '.length)),
      ['c counter', 'g gauge', 'h histogram', 's summary', 'build info', 'phase stateset'],
    );
  });

  it('escape backslashes, line feeds and quotes of the help', () => {
    const registry = new Registry();
    registry.gauge({ name: 'g', help: 'a "quoted"\n\\n C:\\dir\ttab \ud800' });
    assert.equal(commentsOf(registry)[1], '# HELP g a \\"quoted\\"\\n\\\\n C:\\\\dir\ttab \ufffd');
  });

  it('have the unit of a counter in front of _total, and none that does not end the name as it is escaped', async () => {
    const registry = new Registry();
    registry.counter({ name: 'cpu_seconds_total', help: 'C.', unit: 'seconds' });
    registry.gauge({ name: 'speed_m_per_s', help: 'S.', unit: 'm_per_s' });
    const unitsOf = (lines: string[]): string[] => lines.filter(line => line.startsWith('# UNIT'));
    assert.deepEqual(unitsOf(commentsOf(registry)), [
      '# UNIT cpu_seconds seconds',
      '# UNIT speed_m_per_s m_per_s',
    ]);
    const accept = 'application/openmetrics-text;version=1.0.0;escaping=dots';
    const dotted = Buffer.from((await registry.render({ accept })).body).toString();
    // The family of cpu__seconds__total ends in an underscore, as it does in other libraries.
    assert.deepEqual(unitsOf(dotted.split('\n')), []);
  });
});

describe('a counter in OpenMetrics', () => {
  it('has _total on its sample and not on its family, whether it is defined with it or without', () => {
    const registry = new Registry();
    registry.counter({ name: 'with_total', help: 'W.' }).inc(2);
    registry.counter({ name: 'without', help: 'W.' }).inc(3);
    registry.counter({ name: '_total', help: 'W.' }).inc(4);
    assert.deepEqual(sampleLines(registry), [
      'with_total 2',
      'with_created T',
      'without_total 3',
      'without_created T',
      '_total_total 4',
      '_total_created T',
    ]);
    assert.ok(commentsOf(registry).includes('# TYPE with counter'));
    assert.ok(commentsOf(registry).includes('# TYPE without counter'));
  });

  it('says when each series was created, in seconds', test => {
    test.mock.timers.enable({ apis: ['Date'], now: 1_700_000_000_125 });
    const registry = new Registry();
    const counter = registry.counter({ name: 'c_total', help: 'C.', labelNames: ['a'] });
    counter.inc({ a: 'x"\\\n' });
    test.mock.timers.setTime(1_700_000_010_000);
    counter.inc({});
    assert.deepEqual(textOf(registry).split('\n').slice(2), [
      'c_total{a="x\\"\\\\\\n"} 1',
      'c_created{a="x\\"\\\\\\n"} 1700000000.125',
      'c_total 1',
      'c_created 1700000010',
      '# EOF',
      '',
    ]);
  });

  it('was created anew after it was removed', test => {
    test.mock.timers.enable({ apis: ['Date'], now: 5_000 });
    const registry = new Registry();
    const counter = registry.counter({ name: 'c_total', help: 'C.', labelNames: ['a'] });
    const renderer = new OpenMetricsRenderer();
    counter.inc({ a: 'x' });
    assert.match(textOf(registry, renderer), /^c_created\{a="x"\} 5$/m);
    counter.remove({ a: 'x' });
    assert.doesNotMatch(textOf(registry, renderer), /created/);
    test.mock.timers.setTime(7_500);
    counter.inc({ a: 'x' });
    assert.match(textOf(registry, renderer), /^c_total\{a="x"\} 1\nc_created\{a="x"\} 7.5$/m);
  });

  it('shows its overflow series as 0.0.4 does', () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'c_total', help: 'C.', labelNames: ['a'], seriesMax: 1 });
    counter.inc({ a: 'x' });
    counter.inc({ a: 'y' }, 5);
    assert.deepEqual(sampleLines(registry).slice(0, 4), [
      'c_total{a="x"} 1',
      'c_created{a="x"} T',
      'c_total{otel_metric_overflow="true"} 5',
      'c_created{otel_metric_overflow="true"} T',
    ]);
  });
});

describe('gauges, infos and state sets in OpenMetrics', () => {
  it('have neither suffixes nor created samples, except _info', test => {
    const registry = new Registry();
    registry.gauge({ name: 'g', help: 'G.', labelNames: ['a'] }).set({ a: 'x' }, NaN);
    registry.info({ name: 'build_info', help: 'B.', labelNames: ['version'] }).set({ version: '1"2' });
    registry
      .stateSet({ name: 'phase', help: 'P.', labelNames: ['a'], states: ['o"n', 'off'] })
      .set({}, 'off');
    const threads = { name: 'lag', help: 'L.', labelNames: ['a'], aggregator: 'thread' } as const;
    registry.gauge(threads).set({ a: 'x' }, 1);
    new PlayedThread(test, registry.share(), 901).gauge(threads, '').set(2);
    assert.deepEqual(sampleLines(registry), [
      'g{a="x"} NaN',
      'build_info{version="1\\"2"} 1',
      'phase{phase="o\\"n"} 0',
      'phase{phase="off"} 1',
      'lag{a="x",thread="0"} 1',
      'lag{thread="901"} 2',
    ]);
  });
});

describe('a histogram in OpenMetrics', () => {
  it('has canonical bounds, sum, count and created sample', () => {
    const registry = new Registry();
    const buckets = [0, 0.000_01, 0.005, 1, 2.5, 100_000, 1_000_000];
    const histogram = registry.histogram({ name: 'h', help: 'H.', labelNames: ['a'], buckets });
    histogram.observe({ a: 'x' }, 2);
    assert.deepEqual(sampleLines(registry), [
      ...['0.0', '1e-05', '0.005', '1.0'].map(le => `h_bucket{le="${le}",a="x"} 0`),
      ...['2.5', '100000.0', '1e+06', '+Inf'].map(le => `h_bucket{le="${le}",a="x"} 1`),
      'h_sum{a="x"} 2',
      'h_count{a="x"} 1',
      'h_created{a="x"} T',
    ]);
  });

  it('with only native buckets shows the one that holds all', () => {
    const registry = new Registry();
    const histogram = registry.histogram({ name: 'h', help: 'H.', native: true, buckets: [] });
    for (const value of [0, 1, 100]) histogram.observe(value);
    assert.deepEqual(sampleLines(registry), [
      'h_bucket{le="+Inf"} 3',
      'h_sum 101',
      'h_count 3',
      'h_created T',
    ]);
  });

  it('with negative bounds has neither sum nor count', () => {
    const registry = new Registry();
    registry.histogram({ name: 'h', help: 'H.', buckets: [-1, 1] }).observe(5);
    assert.deepEqual(sampleLines(registry), [
      'h_bucket{le="-1.0"} 0',
      'h_bucket{le="1.0"} 0',
      'h_bucket{le="+Inf"} 1',
      'h_created T',
    ]);
  });

  it('with negative values has neither sum nor count while the sum is negative', () => {
    const registry = new Registry();
    const histogram = registry.histogram({ name: 'h', help: 'H.', buckets: [1] });
    histogram.observe(-5);
    const buckets = ['h_bucket{le="1.0"} 1', 'h_bucket{le="+Inf"} 1'];
    assert.deepEqual(sampleLines(registry), [...buckets, 'h_created T']);
    histogram.observe(5);
    assert.deepEqual(sampleLines(registry).slice(2), ['h_sum 0', 'h_count 2', 'h_created T']);
  });
});

describe('a summary in OpenMetrics', () => {
  it('has canonical quantiles, NaN while there is nothing to take them from', () => {
    const registry = new Registry();
    const summary = registry.summary({ name: 's', help: 'S.', percentiles: [0, 0.5, 0.999, 1] });
    assert.deepEqual(sampleLines(registry), [
      ...['0.0', '0.5', '0.999', '1.0'].map(quantile => `s{quantile="${quantile}"} NaN`),
      's_sum 0',
      's_count 0',
      's_created T',
    ]);
    summary.observe(0);
    assert.equal(sampleLines(registry)[1], 's{quantile="0.5"} 0');
  });

  it('leaves out quantiles and sums that are negative, and shows the count', () => {
    const registry = new Registry();
    const summary = registry.summary({ name: 's', help: 'S.', percentiles: [0.01, 1] });
    for (const value of [-10, 0]) summary.observe(value);
    assert.deepEqual(sampleLines(registry), ['s{quantile="1.0"} 0', 's_count 2', 's_created T']);
  });
});

describe('exemplars in OpenMetrics', () => {
  it('stand behind the sample of a counter, with labels escaped', test => {
    test.mock.timers.enable({ apis: ['Date'], now: 1_700_000_000_250 });
    const registry = new Registry();
    const counter = registry.counter({
      name: 'c_total',
      help: 'C.',
      labelNames: ['a'],
      enableExemplars: true,
    });
    counter.inc({ labels: { a: 'x' }, value: 0.5, exemplarLabels: { trace_id: 'a"\\\n}', n: 1 } });
    counter.inc({ a: 'y' });
    assert.deepEqual(textOf(registry).split('\n').slice(2, -2), [
      'c_total{a="x"} 0.5 # {trace_id="a\\"\\\\\\n}",n="1"} 0.5 1700000000.25',
      'c_created{a="x"} 1700000000.25',
      'c_total{a="y"} 1',
      'c_created{a="y"} 1700000000.25',
    ]);
  });

  it('stand behind the bucket of their value, and not behind those that count it as well', test => {
    test.mock.timers.enable({ apis: ['Date'], now: 7_000 });
    const registry = new Registry();
    const buckets = [1, 2, 3];
    const histogram = registry.histogram({ name: 'h', help: 'H.', buckets, enableExemplars: true });
    for (const value of [0.5, 2.5, 3, 100])
      histogram.observe({ value, exemplarLabels: { trace_id: `t${value}` } });
    assert.deepEqual(textOf(registry).split('\n').slice(2, -2), [
      'h_bucket{le="1.0"} 1 # {trace_id="t0.5"} 0.5 7',
      'h_bucket{le="2.0"} 1',
      'h_bucket{le="3.0"} 3 # {trace_id="t3"} 3 7',
      'h_bucket{le="+Inf"} 4 # {trace_id="t100"} 100 7',
      'h_sum 106',
      'h_count 4',
      'h_created 7',
    ]);
  });

  it('of native buckets are not shown, those of classic ones beside them are', test => {
    test.mock.timers.enable({ apis: ['Date'], now: 7_000 });
    const registry = new Registry();
    const both = registry.histogram({
      name: 'b',
      help: 'B.',
      buckets: [1],
      native: true,
      enableExemplars: true,
    });
    const native = registry.histogram({
      name: 'n',
      help: 'N.',
      buckets: [],
      native: true,
      enableExemplars: true,
    });
    for (const histogram of [both, native])
      histogram.observe({ value: 5, exemplarLabels: { trace_id: 't' } });
    const lines = sampleLines(registry).filter(line => line.includes('_bucket'));
    assert.deepEqual(lines, [
      'b_bucket{le="1.0"} 0',
      'b_bucket{le="+Inf"} 1 # {trace_id="t"} 5 7',
      'n_bucket{le="+Inf"} 1',
    ]);
  });
});
