/** A worker thread that serves metrics over the transport in its workerData, and reports its port or its error. */
import { parentPort, workerData } from 'node:worker_threads';
import { serveMetrics } from '../../src/server/index.js';
import { fixedSource } from './server-sources.js';

try {
  const server = await serveMetrics(fixedSource('from a worker'), { port: 0, transport: workerData });
  parentPort?.postMessage({ port: server.port, transport: server.transport });
} catch (error) {
  const { code, message } = error as Error & { code?: string };
  parentPort?.postMessage({ code, message });
}
