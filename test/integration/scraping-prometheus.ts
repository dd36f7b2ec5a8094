/** A real Prometheus, or something that has its API, that scrapes one target of a test. */
import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const POLL_MS = 200;
const POLLS_MAX = 150;

/** For the options of a test: false, or why it is skipped. */
export const NO_PROMETHEUS =
  spawnSync('prometheus', ['--version']).status === 0 ? false : 'prometheus is not installed';

/** As above, of VictoriaMetrics. */
export const NO_VICTORIA_METRICS =
  spawnSync('victoria-metrics', ['--version']).error === undefined
    ? false
    : 'victoria-metrics is not installed';

export interface NativeHistogramValue {
  readonly count: string;
  readonly sum: string;
  /** How the bounds belong to the bucket, lower bound, upper bound, count. */
  readonly buckets?: readonly (readonly [number, string, string, string])[];
}

interface Target {
  readonly host: string;
  readonly port: number;
}

export interface QueryResult {
  readonly metric: Record<string, string>;
  readonly value: readonly [number, string];
  /** Instead of one, of a range. */
  readonly values?: readonly (readonly [number, string])[];
  /** Instead of a value, of a native histogram. */
  readonly histogram?: readonly [number, NativeHistogramValue];
}

/**
 * What `check` resolves with, asked again as long as it rejects: a backend has no event for "scraped", and a scrape that
 * failed because the machine was busy hides all samples until the next one. Rejects as the last try did.
 */
export async function eventually<T>(check: () => Promise<T>): Promise<T> {
  for (let poll = 1; ; poll++) {
    try {
      return await check();
    } catch (error) {
      if (poll === POLLS_MAX) throw error;
    }
    await new Promise(resolve => setTimeout(resolve, POLL_MS));
  }
}

export class ScrapingPrometheus {
  private constructor(
    private readonly child: ChildProcess,
    private readonly directory: string,
    private readonly url: string,
  ) {}

  static of(target: Target, ...flags: string[]): Promise<ScrapingPrometheus> {
    return ScrapingPrometheus.start(target, (config, data, address) => [
      'prometheus',
      `--config.file=${config}`,
      `--storage.tsdb.path=${data}`,
      `--web.listen-address=${address}`,
      ...flags,
    ]);
  }

  /** VictoriaMetrics as a scraper: the same configuration, and the same API for queries. */
  static victoriaMetrics(target: Target): Promise<ScrapingPrometheus> {
    return ScrapingPrometheus.start(target, (config, data, address) => [
      'victoria-metrics',
      `-promscrape.config=${config}`,
      `-storageDataPath=${data}`,
      `-httpListenAddr=${address}`,
      // What was scraped is shown at once.
      '-search.latencyOffset=0s',
      '-search.disableCache',
    ]);
  }

  private static async start(
    target: Target,
    commandFor: (configFile: string, dataFolder: string, address: string) => string[],
  ): Promise<ScrapingPrometheus> {
    const directory = await mkdtemp(join(tmpdir(), 'scraping-'));
    const address = `127.0.0.1:${await freePort()}`;
    const configFile = join(directory, 'prometheus.yml');
    const config = [
      'global: { scrape_interval: 2s, scrape_timeout: 2s }',
      `scrape_configs: [{ job_name: t, static_configs: [{ targets: ["${target.host}:${target.port}"] }] }]`,
    ].join('\n');
    await writeFile(configFile, config);
    const [program, ...args] = commandFor(configFile, join(directory, 'data'), address);
    const child = spawn(program!, args, { stdio: 'ignore' });
    return new ScrapingPrometheus(child, directory, `http://${address}`);
  }

  /** What the API answers at a path below /api/v1. */
  async ask<T>(path: string, parameters: Record<string, string> = {}): Promise<T> {
    const response = await fetch(`${this.url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
    const answer = (await response.json()) as { data: T; error?: string };
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.data;
  }

  async query(expression: string): Promise<QueryResult[]> {
    return (await this.ask<{ result: QueryResult[] }>('query', { query: expression })).result;
  }

  async queryUntilFound(expression: string): Promise<QueryResult[]> {
    return await eventually(async () => {
      const result = await this.query(expression);
      if (result.length === 0) throw new Error(`there is no result for ${expression}`);
      return result;
    });
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    await once(this.child, 'exit');
    await rm(this.directory, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
