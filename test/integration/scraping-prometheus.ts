/** A real Prometheus that scrapes one target of a test. */
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

export interface NativeHistogramValue {
  readonly count: string;
  readonly sum: string;
  /** How the bounds belong to the bucket, lower bound, upper bound, count. */
  readonly buckets?: readonly (readonly [number, string, string, string])[];
}

export interface QueryResult {
  readonly metric: Record<string, string>;
  readonly value: readonly [number, string];
  /** Instead of one, of a range. */
  readonly values?: readonly (readonly [number, string])[];
  /** Instead of a value, of a native histogram. */
  readonly histogram?: readonly [number, NativeHistogramValue];
}

export class ScrapingPrometheus {
  private constructor(
    private readonly child: ChildProcess,
    private readonly directory: string,
    private readonly url: string,
  ) {}

  static async of(
    target: { readonly host: string; readonly port: number },
    ...flags: string[]
  ): Promise<ScrapingPrometheus> {
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
        ...flags,
      ],
      { stdio: 'ignore' },
    );
    return new ScrapingPrometheus(child, directory, `http://127.0.0.1:${port}`);
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

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
