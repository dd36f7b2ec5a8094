/** Instrumented worker: the instrumented server in a worker thread. */
import { parentPort } from 'node:worker_threads';
import { startMeterProvider } from '../../src/otel/index.js';
import { instrumented, serveRequests } from './instrumented-server.js';

startMeterProvider();
const { http } = instrumented();
await serveRequests(http, { good: 5, bad: 1 });
const port = parentPort!;
port.on('message', () => port.close());
port.postMessage('served');
