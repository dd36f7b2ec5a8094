/**
 * The server process of an HTTP case: serves 10,000 counters while its other threads record.
 *
 *   argv     an HttpPlan as JSON
 *   sends    ServerMessages
 *   obeys    'stop': ends the recorders and tells what they recorded; goes on serving until the parent disconnects
 */
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Registry } from '../../src/index.js';
import { serveMetrics } from '../../src/server/index.js';
import { HTTP_FAMILIES } from './http-plan.js';
import type { HttpPlan, ServerMessage } from './http-plan.js';
import { optionsFor, recordPlan } from './own-registry.js';

const { recorders, nice, transport } = JSON.parse(process.argv[2]) as HttpPlan;
const registry = new Registry(optionsFor(HTTP_FAMILIES));
recordPlan(registry, HTTP_FAMILIES);
const stopFlag = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
const workers = Array.from({ length: recorders }, () => startRecorder());
await Promise.all(workers.map(worker => once(worker, 'message')));
const server = await serveMetrics(registry, { port: 0, transport });

process.once('message', () => void stopRecorders());
process.once('disconnect', () => {
  // A parent that died has not said stop.
  Atomics.store(stopFlag, 0, 1);
  void server.close();
});
send({ port: server.port });

function startRecorder(): Worker {
  return new Worker(join(import.meta.dirname, 'recorder.js'), {
    workerData: { token: registry.share(), stopFlag, nice },
  });
}

async function stopRecorders(): Promise<void> {
  const totals = workers.map(worker => once(worker, 'message') as Promise<[number]>);
  Atomics.store(stopFlag, 0, 1);
  let recorded = 0;
  for (const [calls] of await Promise.all(totals)) recorded += calls;
  send({ recorded });
}

function send(message: ServerMessage): void {
  process.send?.(message);
}
