/** A worker that records one series of a family whose idle series expire, and blocks its event loop when it is told to. */
import { parentPort, workerData } from 'node:worker_threads';
import type { RegistryToken } from '../../src/index.js';
import { Registry } from '../../src/index.js';

export function defineSessions(registry: Registry) {
  return registry.counter({
    name: 'sessions_total',
    help: 'Sessions.',
    labelNames: ['of'],
    idleExpirySeconds: 0.05,
  });
}

if (parentPort !== null) {
  const port = parentPort;
  defineSessions(Registry.attach(workerData as RegistryToken)).inc({ of: 'worker' });
  port.once('message', () => {
    port.postMessage('blocked');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
  port.postMessage('recorded');
}
