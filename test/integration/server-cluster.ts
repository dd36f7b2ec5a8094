/**
 * A program whose two cluster workers serve on one port, over the transport in argv. Sends an array of what became of
 * the first and of the second, and ends.
 */
import cluster from 'node:cluster';
import { once } from 'node:events';
import { serveMetrics } from '../../src/server/index.js';
import type { ServerOptions } from '../../src/server/index.js';
import { fixedSource } from './server-sources.js';
import { freePort } from './server-transports.js';

const [transport, workerPort] = process.argv.slice(2);

async function serve(): Promise<string> {
  try {
    const options = { transport, port: Number(workerPort) } as ServerOptions;
    return `serves on ${(await serveMetrics(fixedSource(''), options)).port}`;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

async function runPrimary(): Promise<void> {
  cluster.setupPrimary({ args: [transport, String(await freePort())] });
  const reports: unknown[] = [];
  const workers = [];
  for (let i = 0; i < 2; i++) {
    const worker = cluster.fork();
    workers.push(worker);
    reports.push((await once(worker, 'message'))[0]);
  }
  for (const worker of workers) worker.process.kill();
  process.send?.(reports);
  process.disconnect();
}

if (cluster.isPrimary) await runPrimary();
else process.send?.(await serve());
