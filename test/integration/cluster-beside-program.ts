/** A cluster of two workers that record, by the client whose module is the argument; prints what the primary shows. */
import cluster from 'node:cluster';
import { once } from 'node:events';

type Client = typeof import('../../src/index.js');

const client = (await import(process.argv[2]!)) as Client;
const { AggregatorRegistry, Counter, Gauge, Histogram } = client;
const aggregated = new AggregatorRegistry();

if (cluster.isPrimary) {
  const workers = [cluster.fork(), cluster.fork()];
  await Promise.all(workers.map(worker => once(worker, 'message')));
  // prom-client takes no options: it waits for seconds anyway.
  console.log(await aggregated.clusterMetrics({ collectTimeoutMs: 60_000 }));
  for (const worker of workers) worker.process.kill();
  process.exit();
} else {
  const { id } = cluster.worker!;
  const help = 'H.';
  const jobs = new Counter({ name: 'jobs_total', help, labelNames: ['queue'] });
  jobs.inc({ queue: 'mail' }, id);
  jobs.inc({ queue: `of ${id}` });
  for (const aggregator of ['sum', 'min', 'max', 'average'] as const)
    new Gauge({ name: `depth_${aggregator}`, help, aggregator }).set(10 * id);
  const wait = new Histogram({ name: 'wait_seconds', help, labelNames: ['queue'], buckets: [0.5, 1.5] });
  wait.observe({ queue: 'mail' }, id);
  wait.observe({ queue: 'mail' }, 0.25);
  client.register.setDefaultLabels({ zone: 'a' });
  process.send!('recorded');
}
