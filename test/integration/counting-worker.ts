/** A worker that counts, says so, and waits to be ended. */
import { parentPort, workerData } from 'node:worker_threads';
import { Registry } from '../../src/index.js';
import type { RegistryToken } from '../../src/index.js';

const { token, count } = workerData as { readonly token: RegistryToken; readonly count: number };
Registry.attach(token).counter({ name: 'counted_total', help: 'Counted.' }).inc(count);
parentPort!.postMessage('counted');
parentPort!.on('message', () => undefined);
