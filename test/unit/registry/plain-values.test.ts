import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import promClient from 'prom-client';
import { Counter, Gauge, Histogram, Registry } from '../../../src/index.js';
import { PlayedThread, silenceWarnings } from './played-thread.js';

silenceWarnings();

interface Recorder {
  Counter: new (options: never) => { inc(...given: unknown[]): void };
  Gauge: new (options: never) => { set(...given: unknown[]): void };
  Histogram: new (options: never) => { observe(...given: unknown[]): void };
}

const LABELLED = { help: 'H.', labelNames: ['b', 'a'] };

/** Records the same with either package. */
function record(classes: Recorder, registers: readonly unknown[]): void {
  const counter = new classes.Counter({ name: 'c_total', ...LABELLED, registers } as never);
  counter.inc({ a: 'x', b: '1' }, 2.5);
  counter.inc({ b: '2' });
  new classes.Counter({ name: 'bare_total', help: 'B.', registers } as never).inc(3);
  const gauge = new classes.Gauge({ name: 'g', ...LABELLED, aggregator: 'max', registers } as never);
  gauge.set({ a: 'x' }, -1);
  const histogram = new classes.Histogram({ name: 'h', ...LABELLED, buckets: [0.5, 2], registers } as never);
  for (const value of [0.1, 1, 9]) histogram.observe({ a: 'x', b: 'y' }, value);
  new classes.Histogram({ name: 'empty', help: 'E.', buckets: [1], registers } as never);
}

/** Only such a registry of prom-client takes exemplars; its types do not know the argument. */
function openMetricsRegistry(): promClient.Registry {
  const OpenMetrics = promClient.Registry as unknown as new (contentType: string) => promClient.Registry;
  return new OpenMetrics(promClient.Registry.OPENMETRICS_CONTENT_TYPE);
}

describe('the JSON of a registry', () => {
  it('is that of prom-client for the same recordings', async () => {
    const ours = new Registry();
    const theirs = new promClient.Registry();
    record({ Counter, Gauge, Histogram } as never, [ours]);
    record(promClient as never, [theirs]);
    const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
    assert.deepEqual(asJson(await ours.getMetricsAsJSON()), asJson(await theirs.getMetricsAsJSON()));
  });

  it('of a summary is that of prom-client but for the quantiles themselves', async () => {
    const ours = new Registry();
    const theirs = new promClient.Registry();
    const options = { name: 's', help: 'S.', labelNames: ['a'] as const, percentiles: [0.5, 0.9] };
    const summaries = [ours.summary(options), new promClient.Summary({ ...options, registers: [theirs] })];
    for (const summary of summaries) for (const value of [1, 2, 3]) summary.observe({ a: 'x' }, value);
    const [our, their] = await Promise.all(
      [ours, theirs].map(async registry => {
        const [object] = JSON.parse(JSON.stringify(await registry.getMetricsAsJSON())) as [
          { values: { value?: number; labels: { quantile?: number } }[] },
        ];
        for (const sample of object.values) if (sample.labels.quantile !== undefined) delete sample.value;
        return object;
      }),
    );
    assert.deepEqual(our, their);
  });

  it('has exemplars where prom-client has them', async test => {
    test.mock.timers.enable({ apis: ['Date'], now: 1_500_000_000_250 });
    const ours = new Registry();
    const theirs = openMetricsRegistry();
    const enabled = { help: 'E.', labelNames: ['a'], enableExemplars: true } as const;
    const exemplarLabels = { trace_id: 'abc' };
    for (const [classes, registry] of [
      [{ Counter, Histogram }, ours],
      [promClient, theirs],
    ] as unknown as [Recorder, unknown][]) {
      const registers = [registry];
      const counter = new classes.Counter({ ...enabled, name: 'c', registers } as never);
      counter.inc({ labels: { a: 'x' }, value: 2, exemplarLabels });
      counter.inc({ labels: { a: 'none' }, value: 1 });
      const buckets = [1, 2];
      const histogram = new classes.Histogram({ ...enabled, name: 'h', buckets, registers } as never);
      for (const value of [0.5, 9]) histogram.observe({ labels: { a: 'x' }, value, exemplarLabels });
    }
    const samplesOf = async (registry: typeof ours | typeof theirs): Promise<unknown[]> => {
      const objects = JSON.parse(JSON.stringify(await registry.getMetricsAsJSON())) as { values: unknown }[];
      return objects.map(({ values }) => values);
    };
    assert.deepEqual(await samplesOf(ours), await samplesOf(theirs));
    assert.match(
      JSON.stringify(await samplesOf(ours)),
      /"labelSet":\{"trace_id":"abc"\},"value":9,"timestamp":1500000000.25/,
    );
  });

  it('leaves out empty labels, and has text where prom-client keeps numbers', async () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['constructor', 'b'] });
    counter.inc({ constructor: 5, b: '' });
    const [{ values }] = (await registry.getMetricsAsJSON()) as [Awaited<ReturnType<typeof counter.get>>];
    assert.deepEqual(values, [{ labels: { constructor: '5' }, value: 1 }]);
  });

  it('has an info, a state set, gauges by thread and overflow as they are shown', async test => {
    const registry = new Registry({ familySeriesMax: 1 });
    registry.info({ name: 'build', help: 'B.', labelNames: ['v'] }).set({ v: '1' });
    registry
      .stateSet({ name: 'phase', help: 'P.', states: ['on', 'off'], labelNames: ['a'] })
      .set({ a: 'x' }, 'off');
    const options = { name: 'lag', help: 'L.', aggregator: 'thread' } as const;
    registry.gauge(options).set(1);
    new PlayedThread(test, registry.share(), 901).gauge(options).set(2);
    const counter = registry.counter({ name: 'c_bytes', help: 'C.', labelNames: ['a'], unit: 'bytes' });
    for (const a of ['x', 'y', 'z']) counter.inc({ a });
    const objects = await registry.getMetricsAsJSON();
    assert.deepEqual(objects.slice(0, 4), [
      {
        help: 'B.',
        name: 'build',
        type: 'info',
        aggregator: 'first',
        values: [{ labels: { v: '1' }, value: 1, metricName: 'build_info' }],
      },
      {
        help: 'P.',
        name: 'phase',
        type: 'stateset',
        aggregator: 'last',
        values: [
          { labels: { phase: 'on', a: 'x' }, value: 0 },
          { labels: { phase: 'off', a: 'x' }, value: 1 },
        ],
      },
      {
        help: 'L.',
        name: 'lag',
        type: 'gauge',
        aggregator: 'thread',
        values: [
          { labels: { thread: '0' }, value: 1 },
          { labels: { thread: '901' }, value: 2 },
        ],
      },
      {
        help: 'C.',
        name: 'c_bytes',
        type: 'counter',
        unit: 'bytes',
        aggregator: 'sum',
        values: [
          { labels: { a: 'x' }, value: 1 },
          { labels: { otel_metric_overflow: 'true' }, value: 2 },
        ],
      },
    ]);
  });
});
