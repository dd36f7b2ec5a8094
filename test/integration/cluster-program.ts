/**
 * A cluster of this package: a primary that does what it is told by the test, and workers that do what it tells them.
 *
 *   argv     'json' or 'advanced': how the channels serialize
 *   test     -> [name, ...arguments] of a command below; answered with its result
 *   worker   <- { do, ... }; answers { done } once it has, but for what it does not come back from
 */
import cluster from 'node:cluster';
import type { Worker } from 'node:cluster';
import { existsSync } from 'node:fs';
import { once } from 'node:events';
import { AggregatorRegistry, register } from '../../src/index.js';
import type { LateWorker } from '../../src/index.js';
import { serveMetrics } from '../../src/server/index.js';
import type { MetricsServer } from '../../src/server/index.js';

export type Task =
  | { readonly do: 'record'; readonly times: number }
  | { readonly do: 'spin'; readonly until: string }
  | { readonly do: 'shutdown' }
  | { readonly do: 'exit' }
  | { readonly do: 'disconnect' };

/** What a scrape showed. */
export interface Shown {
  readonly text: string;
  readonly late: readonly LateWorker[];
}

/** Longer than the tests may take, for scrapes that set no time of their own. */
const LONG_MS = 60_000;
/** No unasked snapshots: what arrives is what was asked for, and what a worker sends at its end. */
const NEVER_MS = 600_000;

const metrics = {
  counter: register.counter({ name: 'jobs_total', help: 'J.', labelNames: ['kind'] }),
  gauge: register.gauge({ name: 'busy', help: 'B.' }),
  processes: register.gauge({ name: 'up', help: 'U.', aggregator: 'thread' }),
  histogram: register.histogram({ name: 'size', help: 'S.', buckets: [1, 10], native: true }),
  summary: register.summary({ name: 'wait', help: 'W.', percentiles: [0.5] }),
};
const registry = new AggregatorRegistry({ collectTimeoutMs: LONG_MS, pushIntervalMs: NEVER_MS });

function record(times: number): void {
  for (let i = 0; i < times; i++) {
    metrics.counter.inc({ kind: '"a\\b"' });
    metrics.histogram.observe(5);
    metrics.summary.observe(2);
  }
  metrics.gauge.set(1);
  metrics.processes.set(1);
}

async function work(task: Task): Promise<void> {
  switch (task.do) {
    case 'record':
      record(task.times);
      process.send!({ done: 'record' });
      break;
    case 'spin':
      process.send!({ done: 'spin' });
      while (!existsSync(task.until));
      break;
    case 'shutdown':
      await registry.shutdown(NEVER_MS);
      process.exit();
    // falls through
    case 'exit':
      process.exit();
    // falls through
    case 'disconnect':
      await registry.shutdown(NEVER_MS);
      cluster.worker!.disconnect();
  }
}

/** The primary's answers to the test. */
class Commands {
  private server: MetricsServer | undefined;

  async fork(): Promise<number> {
    const worker = cluster.fork();
    await answerOf(worker);
    return worker.id;
  }

  async tell(id: number, task: Task): Promise<void> {
    const worker = cluster.workers![id]!;
    worker.send(task);
    await answerOf(worker);
  }

  /** Has a worker end, by a task or by a signal, and waits until nothing more of it can come. */
  async end(id: number, task: Task | 'SIGKILL'): Promise<void> {
    const worker = cluster.workers![id]!;
    const gone = Promise.all([once(worker, 'exit'), once(worker, 'disconnect')]);
    if (task === 'SIGKILL') worker.process.kill(task);
    else worker.send(task);
    await gone;
  }

  record(times: number): void {
    record(times);
  }

  /** Makes the exposition long enough to be compressed. */
  widen(): void {
    for (let i = 0; i < 100; i++) metrics.counter.inc({ kind: `kind ${i}` });
  }

  async scrape(collectTimeoutMs: number): Promise<Shown> {
    const { body, lateWorkers } = await registry.render({ collectTimeoutMs });
    return { text: Buffer.from(body).toString(), late: lateWorkers };
  }

  async serve(): Promise<number> {
    this.server = await serveMetrics(registry, { port: 0 });
    return this.server.port;
  }

  async close(): Promise<void> {
    await this.server?.close();
    for (const worker of Object.values(cluster.workers ?? {})) worker!.process.kill('SIGKILL');
    process.disconnect();
  }
}

export type Command = keyof Commands;

/** The next thing that a worker says by itself, past what the package sends. */
function answerOf(worker: Worker): Promise<void> {
  return new Promise(resolve => {
    const listen = (message: { done?: string }): void => {
      if (message.done === undefined) return;
      worker.off('message', listen);
      resolve();
    };
    worker.on('message', listen);
  });
}

if (cluster.isPrimary) {
  cluster.setupPrimary({ serialization: process.argv[2] as 'json' });
  const commands = new Commands();
  process.on('message', (text: string) => {
    const [name, ...given] = JSON.parse(text) as [Command, ...never[]];
    const run = commands[name].bind(commands) as (...given: never[]) => unknown;
    void Promise.resolve(run(...given)).then(result => process.connected && process.send!({ result }));
  });
  process.send!({ result: 'ready' });
} else {
  process.on('message', (task: Task) => void work(task));
  process.send!({ done: 'start' });
}
