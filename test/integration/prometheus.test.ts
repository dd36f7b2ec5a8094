/** A real Prometheus scrapes a real server, and what it stores is what was recorded. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Registry } from '../../src/index.js';
import { serveMetrics } from '../../src/server/index.js';
import type { MetricsServer } from '../../src/server/index.js';

const HAS_PROMETHEUS = spawnSync('prometheus', ['--version']).status === 0;
const POLL_MS = 200;
const POLLS_MAX = 150;

interface QueryResult {
  readonly metric: Record<string, string>;
  readonly value: readonly [number, string];
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

class Prometheus {
  private constructor(
    private readonly child: ChildProcess,
    private readonly directory: string,
    private readonly url: string,
  ) {}

  static async scraping(target: MetricsServer): Promise<Prometheus> {
    const directory = await mkdtemp(join(tmpdir(), 'prometheus-'));
    const port = await freePort();
    const config = [
      'global: { scrape_interval: 1s, scrape_timeout: 1s }',
      `scrape_configs: [{ job_name: t, static_configs: [{ targets: ["${target.host}:${target.port}"] }] }]`,
    ].join('\n');
    await writeFile(join(directory, 'prometheus.yml'), config);
    const child = spawn(
      'prometheus',
      [
        `--config.file=${join(directory, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(directory, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: 'ignore' },
    );
    return new Prometheus(child, directory, `http://127.0.0.1:${port}`);
  }

  async query(expression: string): Promise<QueryResult[]> {
    const response = await fetch(`${this.url}/api/v1/query?query=${encodeURIComponent(expression)}`);
    const answer = (await response.json()) as { data: { result: QueryResult[] } };
    return answer.data.result;
  }

  /** Asks until there is an answer: Prometheus has no event for "scraped". */
  async queryUntilFound(expression: string): Promise<QueryResult[]> {
    for (let poll = 0; poll < POLLS_MAX; poll++) {
      const result = await this.query(expression).catch(() => []);
      if (result.length > 0) return result;
      await new Promise(resolve => setTimeout(resolve, POLL_MS));
    }
    throw new Error(`no result for ${expression} after ${(POLLS_MAX * POLL_MS) / 1_000} s`);
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    await once(this.child, 'exit');
    await rm(this.directory, { recursive: true, force: true });
  }
}

const HOSTILE = ['plain', 'quote " backslash \\ newline \n', 'emoji 🦆 comma , brace }', 'a="b"', ' '];

describe('a real Prometheus', { skip: HAS_PROMETHEUS ? false : 'prometheus is not installed' }, () => {
  const registry = new Registry();
  let server: MetricsServer;
  let prometheus: Prometheus;

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
    prometheus = await Prometheus.scraping(server);
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
