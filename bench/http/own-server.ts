/** This library's server under load. */
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Registry } from '../../src/index.js';
import { serveMetrics } from '../../src/server/index.js';
import { HTTP_FAMILIES } from '../scrape/http-plan.js';
import { optionsFor, recordPlan } from '../scrape/own-registry.js';
import type { LoadedServer, LoadPlan } from './load-plan.js';

export async function ownServer({ transport, isChanging }: LoadPlan): Promise<LoadedServer> {
  const registry = new Registry(optionsFor(HTTP_FAMILIES));
  recordPlan(registry, HTTP_FAMILIES);
  const stopRecording = isChanging ? await startRecorder(registry) : () => Promise.resolve(0);
  const server = await serveMetrics(registry, { port: 0, transport });
  return {
    port: server.port,
    stopRecording,
    close: async () => {
      await stopRecording();
      await server.close();
    },
  };
}

async function startRecorder(registry: Registry): Promise<() => Promise<number>> {
  const stopFlag = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const worker = new Worker(join(import.meta.dirname, 'paced-recorder.js'), {
    workerData: { token: registry.share(), stopFlag },
  });
  await once(worker, 'message');
  let recorded: Promise<number> | undefined;
  return () => {
    recorded ??= once(worker, 'message').then(([calls]) => calls as number);
    Atomics.store(stopFlag, 0, 1);
    Atomics.notify(stopFlag, 0);
    return recorded;
  };
}
