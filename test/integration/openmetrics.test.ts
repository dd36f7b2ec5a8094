/** What we render as OpenMetrics is what its official parser reads, and that parser is strict. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OpenMetricsRenderer } from '../../src/exposition/openmetrics-text.js';
import { Registry, collectDefaultMetrics } from '../../src/index.js';
import { asEncoded } from '../property/arbitraries.js';
import { PlayedThread, silenceWarnings } from '../unit/registry/played-thread.js';
import { HOSTILE_TEXTS } from './hostile-texts.js';
import { readOpenMetrics, skip } from './openmetrics-parser.js';
import type { ReadFamily, ReadSample } from './openmetrics-parser.js';

silenceWarnings();

const HOSTILE = [...HOSTILE_TEXTS, 'x'.repeat(10_000)];
const NUMBERS = [0, -0, 0.1, 5e-324, 2 ** 53, 2 ** 53 + 2, 1e21, 1e308, 1e-7, NaN, Infinity, -Infinity, -1.5];
const help = `A help with \\ backslashes, "quotes",\n line feeds\r, é 😀 \ud800 and \\n.`;

function renderOf(registry: Registry): Uint8Array {
  return new OpenMetricsRenderer().render(registry.snapshot()).body;
}

function read(registry: Registry): Map<string, ReadFamily> {
  return new Map(readOpenMetrics(renderOf(registry)).map(family => [family.name, family]));
}

/** By the name of the sample and its label `a`. */
function valuesOf(family: ReadFamily | undefined, name: string): [string, number][] {
  assert.ok(family, `family of ${name}`);
  return family.samples
    .filter(sample => sample.name === name)
    .map(({ labels, value }) => [labels['a'] ?? '', value]);
}

function created(family: ReadFamily | undefined): number[] {
  return family!.samples.filter(({ name }) => name === `${family!.name}_created`).map(({ value }) => value);
}

describe('the official OpenMetrics parser', () => {
  it('accepts the default metrics', { skip }, test => {
    const registry = new Registry();
    const handle = collectDefaultMetrics({ register: registry, eventLoopUtilizationTimeout: 1_000 });
    test.after(() => handle.stop());
    const families = read(registry);
    assert.equal(families.get('process_cpu_seconds')?.type, 'counter');
    assert.equal(families.get('nodejs_active_handles_total')?.type, 'gauge');
    assert.equal(families.size, registry.snapshot().families.length);
  });

  it('accepts an empty registry, and families without series', { skip }, () => {
    const registry = new Registry();
    assert.deepEqual(readOpenMetrics(renderOf(registry)), []);
    registry.counter({ name: 'c_total', help, labelNames: ['a'] });
    registry.info({ name: 'build', help, labelNames: ['a'] });
    const families = readOpenMetrics(renderOf(registry));
    assert.deepEqual(
      families.map(({ name, type, help: text, samples }) => [name, type, text, samples.length]),
      [
        ['c', 'counter', asEncoded(help), 0],
        ['build', 'info', asEncoded(help), 0],
      ],
    );
  });

  it('reads back counters, gauges and their times with hostile labels and numbers', { skip }, test => {
    test.mock.timers.enable({ apis: ['Date'], now: 1_700_000_000_123 });
    const registry = new Registry({ labelValueMax: 10_000 });
    const seconds = registry.counter({ name: 'cpu_seconds_total', help, unit: 'seconds', labelNames: ['a'] });
    const plain = registry.counter({ name: 'jobs', help, labelNames: ['a'] });
    const gauge = registry.gauge({ name: 'depth', help, labelNames: ['a'] });
    const finite = NUMBERS.filter(value => value >= 0 && Number.isFinite(value));
    HOSTILE.forEach((a, i) => {
      seconds.inc({ a }, finite[i % finite.length]!);
      plain.inc({ a }, i);
      gauge.set({ a }, NUMBERS[i % NUMBERS.length]!);
    });
    const families = read(registry);
    const expected = (values: (i: number) => number): [string, number][] =>
      HOSTILE.map((a, i) => [asEncoded(a), values(i) + 0]);
    assert.equal(families.get('cpu_seconds')!.unit, 'seconds');
    assert.deepEqual(
      valuesOf(families.get('cpu_seconds'), 'cpu_seconds_total'),
      expected(i => finite[i % finite.length]!),
    );
    assert.deepEqual(
      valuesOf(families.get('jobs'), 'jobs_total'),
      expected(i => i),
    );
    assert.deepEqual(
      valuesOf(families.get('depth'), 'depth'),
      expected(i => NUMBERS[i % NUMBERS.length]!),
    );
    for (const name of ['cpu_seconds', 'jobs'])
      assert.deepEqual(
        created(families.get(name)),
        HOSTILE.map(() => 1_700_000_000.123),
      );
  });

  it('reads back names of any characters as they are escaped', { skip }, async () => {
    const registry = new Registry({ nameValidationScheme: 'utf8' });
    const labelNames = ['job.kind', '日'] as const;
    registry.counter({ name: 'jobs.done_total', help, labelNames }).inc({ 'job.kind': 'a.b' }, 2);
    registry
      .histogram({ name: 'wait time_seconds', help, labelNames, unit: 'seconds' })
      .observe({ 日: 'x' }, 1);
    registry.summary({ name: 'size/bytes', help, percentiles: [0.5] }).observe(3);
    registry.info({ name: 'build.x', help, labelNames }).set({ 日: 'y' });
    registry.stateSet({ name: 'mode.of', help, labelNames, states: ['on', 'off'] }).set({ 日: 'z' }, 'off');
    const EXPECTED: Readonly<Record<string, readonly string[]>> = {
      underscores: ['jobs_done', 'wait_time_seconds', 'size_bytes', 'build_x', 'mode_of'],
      dots: ['jobs_dot_done_', 'wait__time__seconds', 'size__bytes', 'build_dot_x', 'mode_dot_of'],
      values: [
        'U__jobs_2e_done_',
        'U__wait_20_time__seconds',
        'U__size_2f_bytes',
        'U__build_2e_x',
        'U__mode_2e_of',
      ],
    };
    for (const [escaping, names] of Object.entries(EXPECTED)) {
      const accept = `application/openmetrics-text;version=1.0.0;escaping=${escaping}`;
      const families = readOpenMetrics((await registry.render({ accept })).body);
      assert.deepEqual(
        families.map(({ name, type }) => [name, type]),
        ['counter', 'histogram', 'summary', 'info', 'stateset'].map((type, i) => [names[i], type]),
      );
      assert.deepEqual(Object.values(families[0]!.samples[0]!.labels), ['a.b']);
      assert.equal(families[1]!.samples.at(-2)!.value, 1);
    }
  });

  it('reads back histograms and summaries, of every kind of bounds and values', { skip }, () => {
    const registry = new Registry();
    const labelNames = ['a'] as const;
    const wide = {
      name: 'wide',
      help,
      labelNames,
      buckets: [0, 5e-324, 1e-7, 0.005, 1, 1e6, 2 ** 53, 1e308],
    };
    const kinds = [
      registry.histogram(wide),
      registry.histogram({ name: 'negative', help, labelNames, buckets: [-1e21, -1, 1] }),
      registry.histogram({ name: 'native', help, labelNames, buckets: [], native: true }),
      registry.histogram({ name: 'bare', help, labelNames, buckets: [] }),
      registry.summary({ name: 'summary', help, labelNames, percentiles: [0, 0.001, 0.5, 1] }),
      registry.summary({ name: 'totals', help, labelNames, percentiles: [] }),
    ];
    for (const kind of kinds)
      for (const value of [0, -0, 5e-324, 1, 2.5, 1e308, 1e308]) kind.observe({ a: 'up' }, value);
    for (const kind of kinds) for (const value of [-5, -1e308, 3]) kind.observe({ a: 'down' }, value);
    const families = read(registry);
    const bounds = families.get('wide')!.samples.flatMap(({ labels }) => labels['le'] ?? []);
    assert.deepEqual(bounds.slice(0, bounds.length / 2), [
      '0.0',
      '5e-324',
      '1e-07',
      '0.005',
      '1.0',
      '1e+06',
      '9.007199254740992e+15',
      '1e+308',
      '+Inf',
    ]);
    const buckets = valuesOf(families.get('wide'), 'wide_bucket').filter(([a]) => a === 'up');
    assert.deepEqual(
      buckets.map(([, value]) => value),
      [2, 3, 3, 3, 4, 5, 5, 7, 7],
    );
    for (const name of ['wide', 'native', 'bare']) {
      assert.deepEqual(valuesOf(families.get(name), `${name}_count`), [['up', 7]]);
      assert.deepEqual(valuesOf(families.get(name), `${name}_sum`), [['up', Infinity]]);
    }
    assert.deepEqual(valuesOf(families.get('negative'), 'negative_count'), []);
    assert.deepEqual(valuesOf(families.get('totals'), 'totals_count'), [
      ['up', 7],
      ['down', 3],
    ]);
    for (const { name, samples } of families.values())
      assert.equal(samples.filter(sample => sample.name === `${name}_created`).length, 2, name);
  });

  it('reads back infos, state sets, gauges by thread and overflows', { skip }, test => {
    const registry = new Registry();
    const states = HOSTILE.filter(state => state.isWellFormed() && state.length <= 256);
    registry.stateSet({ name: 'phase', help, labelNames: ['a'], states }).set({ a: 'x' }, states[4]!);
    registry.info({ name: 'build', help, labelNames: ['a'] }).set({ a: HOSTILE[5]! });
    const threads = { name: 'lag_seconds', help, unit: 'seconds', aggregator: 'thread' } as const;
    registry.gauge(threads).set(1);
    new PlayedThread(test, registry.share(), 901).gauge(threads).set(2);
    const counter = registry.counter({ name: 'few', help, labelNames: ['a'], seriesMax: 1 });
    for (const a of ['x', 'y', 'z']) counter.inc({ a });
    const families = read(registry);
    const phase = families.get('phase')!;
    assert.equal(phase.type, 'stateset');
    assert.deepEqual(
      phase.samples.map(({ labels, value }) => [labels['phase'], labels['a'], value]),
      states.map((state, i) => [state, 'x', i === 4 ? 1 : 0]),
    );
    assert.equal(families.get('build')!.type, 'info');
    assert.deepEqual(valuesOf(families.get('build'), 'build_info'), [[HOSTILE[5], 1]]);
    assert.deepEqual(
      families.get('lag_seconds')!.samples.map(({ labels, value }) => [labels['thread'], value]),
      [
        ['0', 1],
        ['901', 2],
      ],
    );
    const [, overflow] = families.get('few')!.samples.filter(({ name }) => name === 'few_total');
    assert.deepEqual([overflow!.labels, overflow!.value], [{ otel_metric_overflow: 'true' }, 2]);
  });

  it('reads back exemplars, with the time and inside their buckets', { skip }, test => {
    test.mock.timers.enable({ apis: ['Date'], now: 1_700_000_000_123 });
    const registry = new Registry();
    const bounds = [0.25, 1, 1e6];
    const labelNames = ['a'] as const;
    const counter = registry.counter({ name: 'c_total', help, labelNames, enableExemplars: true });
    const histogram = registry.histogram({
      name: 'h',
      help,
      labelNames,
      buckets: bounds,
      enableExemplars: true,
    });
    // The parser does not read a closing brace in a label of an exemplar.
    const texts = HOSTILE.filter(text => text.length < 100 && !text.includes('}'));
    for (const a of texts) {
      counter.inc({ labels: { a }, value: 0.5, exemplarLabels: { trace_id: a } });
      for (const value of [1e-7, 1, 5, 1e308])
        histogram.observe({ labels: { a }, value, exemplarLabels: { trace_id: a, value } });
    }
    const families = read(registry);
    const shown = (name: string): ReadSample[] =>
      families.get(name)!.samples.filter(({ exemplar }) => exemplar);
    assert.deepEqual(
      shown('c').map(({ name, labels, exemplar }) => [name, labels['a'], exemplar]),
      texts
        .map(asEncoded)
        .map(text => [
          'c_total',
          text,
          { labels: { trace_id: text }, value: 0.5, timestamp: 1_700_000_000.123 },
        ]),
    );
    assert.equal(shown('h').length, 4 * texts.length);
    const upper = ['0.25', '1.0', '1e+06', '+Inf'];
    shown('h').forEach(({ name, labels, exemplar }, i) => {
      assert.equal(name, 'h_bucket');
      assert.equal(labels['le'], upper[i % 4]);
      assert.equal(exemplar!.value, [1e-7, 1, 5, 1e308][i % 4]);
      assert.equal(exemplar!.labels['trace_id'], labels['a']);
      assert.equal(exemplar!.timestamp, 1_700_000_000.123);
    });
  });

  it('refuses what breaks a rule, so that the tests above can fail', { skip }, () => {
    const INVALID: readonly [string, RegExp][] = [
      ['', /Missing # EOF/],
      ['\n# EOF\n', /blank line/],
      ['# TYPE c counter\nc_total -1\n# EOF\n', /cannot be negative/],
      ['# TYPE h histogram\nh_bucket{le="+Inf"} 1\nh_count 1\n# EOF\n', /_sum\/_gsum must be present/],
      [
        '# TYPE h histogram\nh_bucket{le="-1.0"} 1\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n# EOF\n',
        /negative/,
      ],
      ['# TYPE c counter\n# UNIT c bytes\n# EOF\n', /Unit does not match/],
      ['# TYPE g gauge\ng 1 # {a="b"} 1\n# EOF\n', /exemplars/],
    ];
    for (const [text, reason] of INVALID) assert.throws(() => readOpenMetrics(text), reason);
  });
});
