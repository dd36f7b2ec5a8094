/** A real Prometheus scrapes a real server, and what it stores is what was recorded. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Registry } from '../../src/index.js';
import { serveMetrics } from '../../src/server/index.js';
import type { MetricsServer } from '../../src/server/index.js';
import { NO_PROMETHEUS, ScrapingPrometheus } from './scraping-prometheus.js';

const HOSTILE = ['plain', 'quote " backslash \\ newline \n', 'emoji 🦆 comma , brace }', 'a="b"', ' '];

describe('a real Prometheus', { skip: NO_PROMETHEUS }, () => {
  const registry = new Registry();
  let server: MetricsServer;
  let prometheus: ScrapingPrometheus;

  before(async () => {
    const jobs = registry.counter({
      name: 'jobs_total',
      help: 'Jobs with a "quote" and a \\.',
      labelNames: ['kind'],
    });
    HOSTILE.forEach((kind, index) => jobs.inc({ kind }, index + 0.5));
    registry
      .gauge({ name: 'temperature_celsius', help: 'May be anything.', labelNames: ['kind'] })
      .set({ kind: 'nan' }, NaN);
    registry.gauge({ name: 'queue_depth', help: 'Depth.' }).set(-2.5);
    const latency = registry.histogram({ name: 'latency_seconds', help: 'Latency.', buckets: [0.1, 1, 10] });
    for (const value of [0.05, 0.1, 0.5, 5, 50]) latency.observe(value);
    registry.counter({ name: 'big_total', help: 'Large.' }).inc(2 ** 53 - 1);
    server = await serveMetrics(registry, { port: 0 });
    prometheus = await ScrapingPrometheus.of(server);
    await prometheus.queryUntilFound('latency_seconds_count');
  });

  after(async () => {
    await prometheus.stop();
    await server.close();
    registry.close();
  });

  test('says that the target is up', async () => {
    assert.equal((await prometheus.queryUntilFound('up'))[0]!.value[1], '1');
  });

  test('stores every label value as it was given', async () => {
    const result = await prometheus.query('jobs_total');
    const seen = new Map(result.map(({ metric, value }) => [metric['kind'], Number(value[1])]));
    assert.deepEqual(seen, new Map(HOSTILE.map((kind, index) => [kind, index + 0.5])));
  });

  test('stores gauges, not a number included', async () => {
    assert.equal((await prometheus.query('queue_depth'))[0]!.value[1], '-2.5');
    assert.equal((await prometheus.query('temperature_celsius'))[0]!.value[1], 'NaN');
  });

  test('stores integers up to 2^53 exactly', async () => {
    assert.equal(Number((await prometheus.query('big_total'))[0]!.value[1]), 2 ** 53 - 1);
  });

  test('stores cumulative buckets, sum and count', async () => {
    const buckets = await prometheus.query('latency_seconds_bucket');
    const byBound = new Map(buckets.map(({ metric, value }) => [metric['le'], value[1]]));
    assert.deepEqual(
      byBound,
      new Map([
        ['0.1', '2'],
        ['1.0', '3'],
        ['10.0', '4'],
        ['+Inf', '5'],
      ]),
    );
    assert.equal(Number((await prometheus.query('latency_seconds_sum'))[0]!.value[1]), 55.65);
    assert.equal((await prometheus.query('latency_seconds_count'))[0]!.value[1], '5');
  });
});
